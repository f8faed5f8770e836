import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/support/peer-process.ts';
import { CallRecorder } from './call-recorder.ts';
import { openHeardFolder, removeHeardBefore } from './heard-folder.ts';

const modeOf = (path: string): number => statSync(path).mode & 0o777;

it.each(['missing', 'open to all'])(
  'the folder is its owner’s only where it was %s, as its files',
  async (before) => {
    using directory = temporaryDirectory();
    const folder = join(directory.path, 'phones');
    if (before !== 'missing') mkdirSync(folder, { mode: 0o755 });
    await openHeardFolder(folder);
    const recorder = await CallRecorder.begin(folder, 'call');
    await recorder.finish();
    expect(modeOf(folder)).toBe(0o700);
    expect(modeOf(recorder.path)).toBe(0o600);
  },
);

it('what was heard before a moment is removed, and nothing else', async () => {
  using directory = temporaryDirectory();
  const moment = Date.UTC(2026, 0, 2);
  for (const [name, at] of [
    ['old.wav', moment - 1_000],
    ['old.txt', moment - 1_000],
    ['at-once.wav', moment],
    ['young.wav', moment + 1_000],
  ] as const) {
    const path = join(directory.path, name);
    writeFileSync(path, '');
    utimesSync(path, at / 1_000, at / 1_000);
  }
  expect(await removeHeardBefore(directory.path, moment)).toBe(1);
  expect(readdirSync(directory.path).toSorted()).toEqual(['at-once.wav', 'old.txt', 'young.wav']);
  expect(await removeHeardBefore(directory.path, moment)).toBe(0);
});

it('where no phone ever heard anything there is nothing to remove', async () => {
  using directory = temporaryDirectory();
  expect(await removeHeardBefore(join(directory.path, 'phones'), Date.now())).toBe(0);
});

it('a folder that cannot be read is an error', async () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'file');
  writeFileSync(file, '');
  await expect(removeHeardBefore(file, Date.now())).rejects.toThrow(/ENOTDIR/);
});
