import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../test/support/peer-process.ts';
import { parseWav, wavHeaderLength, wavSamples } from '../audio/wav.ts';
import { CallRecorder, recordingName } from './call-recorder.ts';

const HEADER_LENGTH = wavHeaderLength('PCM16');

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'call-recorder-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function recorded(path: string): Promise<Int16Array> {
  return wavSamples(parseWav(await readFile(path)));
}

describe('the name of a recording', () => {
  test.each([
    ['843817637684230@998sdasdh09', '843817637684230@998sdasdh09'],
    ['../../etc/passwd', '_._.._etc_passwd'],
    ['..', '_.'],
    ['', '_'],
    ['a/b\\c:d*e?f"g<h>i|j k\0l', 'a_b_c_d_e_f_g_h_i_j_k_l'],
    ['电话', '__'],
    ['x'.repeat(500), 'x'.repeat(120)],
  ])('of %j', (callId, name) => {
    expect(recordingName(callId)).toBe(name);
  });
});

test('what was appended is in the file, to the sample', async () => {
  const samples = Int16Array.from({ length: 20_011 }, (_, index) => ((index * 7919) % 65_536) - 32_768);
  const recorder = await CallRecorder.begin(directory, 'call');
  for (let at = 0; at < samples.length; at += 160) recorder.append(samples.subarray(at, at + 160));
  await recorder.finish();
  expect(basename(recorder.path)).toBe('call.wav');
  const file = parseWav(await readFile(recorder.path));
  expect(file).toMatchObject({ encoding: 'PCM16', sampleRate: 8000, tracks: 1 });
  expect(wavSamples(file)).toEqual(samples);
});

test('a recording can be read while it grows, and after a crash', async () => {
  const recorder = await CallRecorder.begin(directory, 'call');
  for (const seconds of [1, 2]) {
    recorder.append(new Int16Array(8000).fill(seconds));
    // The length of the last chunk, which players go by.
    const told = async (): Promise<number> => (await readFile(recorder.path)).readUInt32LE(HEADER_LENGTH - 4);
    await eventually(
      async () => (await told()) === seconds * 16_000,
      'the header tells of the samples',
      5_000,
    );
    expect((await recorded(recorder.path)).at(-1)).toBe(seconds);
  }
  await recorder.finish();
});

test('a recording of nothing is a file without samples', async () => {
  const recorder = await CallRecorder.begin(directory, 'call');
  await recorder.finish();
  expect((await recorded(recorder.path)).length).toBe(0);
});

test('ten minutes are kept, and no more', async () => {
  const recorder = await CallRecorder.begin(directory, 'call');
  const minute = new Int16Array(60 * 8000).fill(1);
  for (let count = 0; count < 9; count += 1) recorder.append(minute);
  recorder.append(minute.subarray(1));
  recorder.append(Int16Array.from([2, 3, 3]));
  recorder.append(minute);
  await recorder.finish();
  const samples = await recorded(recorder.path);
  expect(samples.length).toBe(600 * 8000);
  expect(samples.at(-1)).toBe(2);
});

test('the same Call-ID again gets a file of its own', async () => {
  const recorders = [];
  for (let call = 0; call < 3; call += 1) recorders.push(await CallRecorder.begin(directory, 'call'));
  for (const recorder of recorders) await recorder.finish();
  expect((await readdir(directory)).sort()).toEqual(['call-2.wav', 'call-3.wav', 'call.wav']);
});

test('the folder is made; one that cannot be made is an error', async () => {
  const recorder = await CallRecorder.begin(join(directory, 'a', 'b'), 'call');
  await recorder.finish();
  await writeFile(join(directory, 'file'), '');
  await expect(CallRecorder.begin(join(directory, 'file'), 'call')).rejects.toThrow(/EEXIST|ENOTDIR/);
});
