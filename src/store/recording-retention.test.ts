import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock, settle } from '../../test/support/manual-clock.ts';
import type { RecordingArchive } from '../call/recording-archive.ts';
import { RecordingFolder } from './recording-folder.ts';
import { recordingKey } from './recording-key.ts';
import { RecordingRetention } from './recording-retention.ts';

const WEEK = 7 * 24 * 3_600_000;

let folder: string;
let clock: ManualClock;
let archive: RecordingFolder;
let logged: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recordings-'));
  clock = new ManualClock();
  archive = new RecordingFolder(folder, 'ovc.test');
  logged = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function retention(of: RecordingArchive = archive): RecordingRetention {
  const write = (fields: object, message: string): void => {
    logged.push(`${JSON.stringify(fields)} ${message}`);
  };
  const log = { debug: write, info: write, warn: write, error: write };
  return new RecordingRetention({ archive: of, clock, log, keepFor: WEEK });
}

/** A recording of a call that ended `age` ms ago. */
function recording(session: string, age: number): string {
  const { file } = archive.begin(`${session}@ovc.test`);
  writeFileSync(file, 'RIFF');
  const at = new Date(clock.now() - age);
  utimesSync(file, at, at);
  return file;
}

describe('recordings', () => {
  it('are removed at the start when their time is over, and only they', async () => {
    const [old, young] = [
      recording('1_1_0_20160101000000', WEEK + 1),
      recording('1_2_0_20160101000000', WEEK),
    ];
    const other = join(folder, 'note.txt');
    writeFileSync(other, 'kept');
    utimesSync(other, 0, 0);
    const sweeper = retention();
    sweeper.start();
    await sweeper.stop();
    expect([old, young, other].map((path) => existsSync(path))).toEqual([false, true, true]);
    expect(logged).toEqual(['{"recordings":1} recordings were removed because their time is over']);
    expect(await archive.locate('1_1_0_20160101000000.wav')).toBeUndefined();
  });

  it('are looked at again every hour, until it is stopped', async () => {
    const file = recording('1_1_0_20160101000000', WEEK - 3_600_000 + 1);
    const sweeper = retention();
    sweeper.start();
    await clock.advance(3_599_999);
    expect(existsSync(file)).toBe(true);
    await clock.advance(1);
    await sweeper.stop();
    expect(existsSync(file)).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('that cannot be removed are told without their names, and tried again', async () => {
    let attempts = 0;
    const failing: RecordingArchive = Object.assign(Object.create(archive) as RecordingArchive, {
      removeBefore: async () => {
        attempts += 1;
        throw new Error('the disk is away');
      },
    });
    const sweeper = retention(failing);
    sweeper.start();
    await settle();
    expect(logged).toHaveLength(1);
    await clock.advance(3_600_000);
    await sweeper.stop();
    expect(attempts).toBe(2);
  });

  it('that could not be moved to where they are kept are every hour, and no stop waits for them', async () => {
    const moves: PromiseWithResolvers<void>[] = [];
    const moving: RecordingArchive = Object.assign(Object.create(archive) as RecordingArchive, {
      removeBefore: async () => 0,
      resume: () => {
        moves.push(Promise.withResolvers<void>());
        return moves.at(-1)!.promise;
      },
    });
    const sweeper = retention(moving);
    sweeper.start();
    await expect.poll(() => moves.length).toBe(1);
    await clock.advance(3_600_000);
    await settle();
    // One that lasts longer than an hour is not begun again.
    expect(moves).toHaveLength(1);
    moves[0]!.reject(new Error('the bucket is away'));
    await expect.poll(() => logged).toHaveLength(1);
    await clock.advance(3_600_000);
    await expect.poll(() => moves.length).toBe(2);
    await sweeper.stop();
    expect(clock.pending).toBe(0);
  });

  it('have no name that leads out of their folder', async () => {
    writeFileSync(join(folder, 'note.txt'), 'x');
    for (const name of ['../x.wav', '/etc/passwd', 'note.txt', '.wav', '..wav', 'a/b.wav', '']) {
      expect(await archive.locate(name)).toBeUndefined();
    }
  });
});

describe('the key of their addresses', () => {
  let drawn = 0;
  const random = { bytes: (count: number) => new Uint8Array(count).fill((drawn += 1)) };

  it('outlives a restart and is its owner’s alone', () => {
    const key = recordingKey(folder, random);
    expect(key).toHaveLength(32);
    expect(Buffer.from(recordingKey(folder, random))).toEqual(Buffer.from(key));
    expect(statSync(join(folder, 'recording-key')).mode & 0o777).toBe(0o600);
  });

  it('is made anew when half of it is there', () => {
    writeFileSync(join(folder, 'recording-key'), 'half');
    expect(recordingKey(folder, random)).toHaveLength(32);
    expect(readFileSync(join(folder, 'recording-key'))).toHaveLength(32);
  });
});
