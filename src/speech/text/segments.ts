/** A text as the segments that a voice of one language speaks. Pure; nothing here logs. */
import type { SpeechLanguage } from '../provider.ts';
import type { Piece } from './pieces.ts';
import { numeralPinyin, pinyinOf } from './pinyin.ts';
import { readText } from './read-text.ts';

/** What one voice speaks in one go. */
export interface SpeechSegment {
  readonly language: 'zh' | 'en';
  /** Chinese: pinyin syllables with tone numbers. English: words. Both with , . ? ! after what they close. */
  readonly text: string;
}

/** The text as segments; no two neighbours are of one language. Empty where nothing can be spoken. */
export function speechSegments(text: string, language: SpeechLanguage): SpeechSegment[] {
  const segments: { language: 'zh' | 'en'; text: string }[] = [];
  const pieces = readText(text, language);
  for (const [index, piece] of pieces.entries()) {
    const last = segments.at(-1);
    if (piece.kind === 'pause') {
      if (last !== undefined && !/[,.?!]$/.test(last.text)) last.text += piece.mark;
      continue;
    }
    const spoken = piece.kind === 'en' ? piece.text : syllables(piece, pieces[index + 1]).join(' ');
    if (spoken === '') continue;
    const spokenIn = piece.kind === 'en' ? 'en' : 'zh';
    if (last?.language === spokenIn) last.text += ` ${spoken}`;
    else segments.push({ language: spokenIn, text: spoken });
  }
  return segments;
}

function syllables(piece: Exclude<Piece, { kind: 'pause' | 'en' }>, next: Piece | undefined): string[] {
  if (piece.kind === 'numeral') return numeralPinyin(piece.text);
  const read = pinyinOf(piece.text);
  // 尾号为1234: what something is, not for whom.
  if (piece.text.endsWith('为') && next !== undefined && next.kind !== 'zh') read[read.length - 1] = 'wei2';
  return read;
}

/** The text in words, for a voice that reads words but would not keep to our rules for numbers. */
export function spokenText(text: string, language: SpeechLanguage): string {
  let spoken = '';
  for (const piece of readText(text, language)) {
    if (piece.kind === 'pause') spoken += piece.mark;
    else spoken += (piece.kind === 'en' && spoken !== '' ? ' ' : '') + piece.text;
  }
  return spoken;
}
