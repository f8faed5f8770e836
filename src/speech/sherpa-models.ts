/** What a folder of sherpa-onnx models holds, by the files in it. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The configuration of sherpa-onnx's OfflineTts. */
export interface SherpaConfiguration {
  readonly model: {
    readonly vits?: Readonly<Record<string, string>>;
    readonly kokoro?: Readonly<Record<string, string>>;
    readonly numThreads: number;
    readonly provider: 'cpu';
  };
  readonly maxNumSentences: number;
}

/**
 * Kokoro (with `voices.bin`) or VITS and Piper (without).
 *
 * @throws {Error} saying what the folder lacks
 */
export function sherpaConfiguration(folder: string): SherpaConfiguration {
  const files = filesOf(folder);
  const models = files.filter((name) => name.endsWith('.onnx'));
  const model = models.find((name) => name === 'model.onnx') ?? models[0];
  if (model === undefined) throw new Error(`the folder of speech models has no .onnx file: ${folder}`);
  if (!files.includes('tokens.txt'))
    throw new Error(`the folder of speech models has no tokens.txt: ${folder}`);
  const lexicons = files.filter((name) => /^lexicon.*\.txt$/.test(name)).map((name) => join(folder, name));
  const has = (name: string, key: string): Record<string, string> =>
    files.includes(name) ? { [key]: join(folder, name) } : {};
  const parts = {
    model: join(folder, model),
    tokens: join(folder, 'tokens.txt'),
    ...has('espeak-ng-data', 'dataDir'),
    ...has('dict', 'dictDir'),
    ...(lexicons.length === 0 ? {} : { lexicon: lexicons.join(',') }),
  };
  const kind = files.includes('voices.bin')
    ? { kokoro: { ...parts, voices: join(folder, 'voices.bin') } }
    : { vits: parts };
  return { model: { ...kind, numThreads: 1, provider: 'cpu' }, maxNumSentences: 1 };
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw new Error(`the folder of speech models cannot be read: ${folder}`, { cause });
  }
}
