import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VoiceFileFolder } from './voice-file-folder.ts';

const first = '0'.repeat(32);
const second = '1'.repeat(32);
const forms = { original: Uint8Array.of(1, 2, 3), converted: Uint8Array.of(4, 5) };

let root: string;
let folder: string;
let archive: VoiceFileFolder;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ovc-voice-files-'));
  folder = join(root, 'voice-files');
  archive = new VoiceFileFolder(folder);
});
afterEach(() => rmSync(root, { recursive: true }));

describe('the folder of voice files', () => {
  it('keeps both forms, for its owner only', async () => {
    await archive.keep(first, forms);
    expect(Uint8Array.from((await archive.read(first, 'original'))!)).toEqual(forms.original);
    expect(Uint8Array.from((await archive.read(first, 'converted'))!)).toEqual(forms.converted);
    expect(readdirSync(folder).sort()).toEqual([`${first}.original`, `${first}.wav`]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  it('has nothing of what it does not keep', async () => {
    expect(await archive.read(first, 'converted')).toBeUndefined();
    await archive.remove(first);
    expect(await archive.sweep(new Set())).toBe(0);
  });

  it('removes both forms, and those of no other', async () => {
    await archive.keep(first, forms);
    await archive.keep(second, forms);
    await archive.remove(first);
    expect(readdirSync(folder).sort()).toEqual([`${second}.original`, `${second}.wav`]);
  });

  it('sweeps away what no entry names, drafts of a crash included', async () => {
    await archive.keep(first, forms);
    await archive.keep(second, forms);
    writeFileSync(join(folder, `${'2'.repeat(32)}.wav.draft`), 'half');
    expect(await archive.sweep(new Set([second]))).toBe(3);
    expect(readdirSync(folder).sort()).toEqual([`${second}.original`, `${second}.wav`]);
  });

  it('keeps nothing of what cannot be written whole', async () => {
    writeFileSync(folder, 'a file where the folder should be');
    await expect(archive.keep(first, forms)).rejects.toThrow();
    rmSync(folder);
    await archive.keep(first, forms);
    expect(readdirSync(folder).length).toBe(2);
  });

  it.each(['..', '../../etc/passwd', 'a/b', '', `${'0'.repeat(31)}G`])(
    'has no file named %j',
    async (name) => {
      await expect(archive.read(name, 'converted')).rejects.toThrow(RangeError);
    },
  );
});
