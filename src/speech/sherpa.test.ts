import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SherpaProvider } from './sherpa.ts';
import { sherpaConfiguration } from './sherpa-models.ts';

/** No model can be had here: what is tested is what is refused, and how a folder is understood. */
describe('sherpa-onnx', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ovc-sherpa-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const put = (...names: string[]): Promise<unknown> =>
    Promise.all(names.map((name) => writeFile(join(folder, name), '')));

  it('is refused without its package, which the message names', async () => {
    await put('model.onnx', 'tokens.txt');
    expect(() => new SherpaProvider({ folder })).toThrow('npm install sherpa-onnx-node');
  });

  it.each([
    [[], 'has no .onnx file'],
    [['model.onnx'], 'has no tokens.txt'],
    [['tokens.txt'], 'has no .onnx file'],
  ])('is refused when the folder holds %j', async (names, message) => {
    await put(...names);
    expect(() => new SherpaProvider({ folder })).toThrow(message);
  });

  it('is refused when there is no such folder', () => {
    expect(() => new SherpaProvider({ folder: join(folder, 'none') })).toThrow('cannot be read');
  });

  it('takes a folder with voices.bin for Kokoro', async () => {
    await put('model.onnx', 'tokens.txt', 'voices.bin', 'lexicon-zh.txt');
    await mkdir(join(folder, 'espeak-ng-data'));
    expect(sherpaConfiguration(folder).model).toEqual({
      kokoro: {
        model: join(folder, 'model.onnx'),
        tokens: join(folder, 'tokens.txt'),
        voices: join(folder, 'voices.bin'),
        dataDir: join(folder, 'espeak-ng-data'),
        lexicon: join(folder, 'lexicon-zh.txt'),
      },
      numThreads: 1,
      provider: 'cpu',
    });
  });

  it('takes any other for VITS', async () => {
    await put('zh_CN-huayan-medium.onnx', 'tokens.txt');
    expect(sherpaConfiguration(folder).model.vits).toEqual({
      model: join(folder, 'zh_CN-huayan-medium.onnx'),
      tokens: join(folder, 'tokens.txt'),
    });
  });
});
