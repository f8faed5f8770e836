import { existsSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventually, temporaryDirectory } from '../support/peer-process.ts';
import { TestPlatform } from '../support/platform.ts';

const DAY = 86_400_000;

it('what sandbox phones heard is its owner’s only, and removed when the time of recordings is over', async () => {
  using directory = temporaryDirectory();
  const folder = join(directory.path, 'phones');
  mkdirSync(folder, { mode: 0o755 });
  const [old, young] = [3, 1].map((days) => {
    const path = join(folder, `${days}.wav`);
    writeFileSync(path, '');
    const at = (Date.now() - days * DAY) / 1_000;
    utimesSync(path, at, at);
    return path;
  });
  await using _platform = await TestPlatform.start({ data: directory.path, recordingRetention: '48h' });
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  await eventually(() => !existsSync(old!), 'what is old is removed');
  expect(existsSync(young!)).toBe(true);
});
