import { pinyin } from 'pinyin-pro';

/** Every reading, without its tone, that a Chinese character has: some 420 syllables, and a few interjections without a vowel. */
export function everySyllable(): string[] {
  const syllables = new Set<string>();
  for (let code = 0x4e00; code < 0x9fff; code += 1)
    for (const read of pinyin(String.fromCharCode(code), {
      multiple: true,
      toneType: 'none',
      type: 'array',
    }))
      if (/^[a-zêü]+$/.test(read)) syllables.add(read);
  return [...syllables];
}
