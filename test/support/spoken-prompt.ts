import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EspeakProvider } from '../../src/speech/espeak/espeak.ts';
import { promptKey } from '../../src/speech/prompt-cache.ts';
import type { SpeechRequest } from '../../src/speech/provider.ts';
import { readSampleFile } from '../../src/speech/sample-file.ts';
import { ManualClock } from './manual-clock.ts';

/**
 * What the built-in voice made of a text that was spoken in a call, as the platform keeps it. Speaking it anew would not do: the
 * engine never says a thing twice in exactly the same way.
 *
 * @param data the platform's directory
 */
export function spokenPrompt(
  data: string,
  text: string,
  language: SpeechRequest['language'] = 'auto',
): Int16Array {
  const key = promptKey({ text, language, speed: 0 }, new EspeakProvider({ clock: new ManualClock() }));
  const samples = readSampleFile(readFileSync(join(data, 'speech-cache', `${key}.speech`)));
  if (samples === undefined) throw new Error('a spoken prompt is damaged');
  return samples;
}
