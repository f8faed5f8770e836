import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { PromptCache, type PromptCacheOptions, promptKey } from './prompt-cache.ts';

const SECOND = 16_000;
const DIGEST = 32;

const sound = (value: number, octets = SECOND): Int16Array => new Int16Array(octets / 2).fill(value);
const key = (text: string): string =>
  promptKey({ text, language: 'zh', speed: 0 }, { name: 'a', voice: 'b' });

describe('the prompt cache', () => {
  let folder: string;
  let clock: ManualClock;
  let warnings: string[];

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'ovc-cache-')), 'speech');
    clock = new ManualClock();
    warnings = [];
  });
  afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

  function open(options: Partial<PromptCacheOptions> = {}): PromptCache {
    const silent = (): void => undefined;
    const log = {
      debug: silent,
      info: silent,
      warn: (_: object, text: string) => void warnings.push(text),
      error: silent,
    };
    return new PromptCache({ folder, log, clock, ...options });
  }

  it('gives the same object while it is in memory, and the same samples after a restart', async () => {
    const cache = open();
    const samples = sound(-7);
    await cache.put(key('一'), samples);
    expect(await cache.get(key('一'))).toBe(samples);
    const restarted = open();
    expect(await restarted.get(key('一'))).toEqual(samples);
    expect(await restarted.get(key('一'))).toBe(await restarted.get(key('一')));
    expect(await restarted.get(key('二'))).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it('works without a folder', async () => {
    const cache = open({ folder: undefined });
    await cache.put(key('一'), sound(1));
    expect(await cache.get(key('一'))).toEqual(sound(1));
    expect(cache.size).toEqual({ memory: SECOND, disk: 0 });
  });

  it('names by everything that the sound depends on, and shows none of it', () => {
    const request = { text: '密码8305', language: 'zh', speed: 0 } as const;
    const provider = { name: 'a', voice: 'b' };
    const names = [
      promptKey(request, provider),
      promptKey({ ...request, text: '密码8306' }, provider),
      promptKey({ ...request, language: 'en' }, provider),
      promptKey({ ...request, speed: 1 }, provider),
      promptKey(request, { ...provider, name: 'c' }),
      promptKey(request, { ...provider, voice: 'c' }),
    ];
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{64}$/);
  });

  it('keeps memory in its bounds: what was not used for the longest goes', async () => {
    const cache = open({ folder: undefined, memory: 3 * SECOND });
    for (const text of ['一', '二', '三']) await cache.put(key(text), sound(1));
    await cache.get(key('一'));
    await cache.put(key('四'), sound(1));
    expect(cache.size.memory).toBe(3 * SECOND);
    expect(await cache.get(key('二'))).toBeUndefined();
    expect(await cache.get(key('一'))).toBeDefined();
  });

  it('keeps the disk in its bounds, across restarts, by last use', async () => {
    const disk = 3 * (SECOND + DIGEST);
    const cache = open({ disk });
    for (const text of ['一', '二', '三']) {
      await cache.put(key(text), sound(1));
      await clock.advance(1000);
    }
    // Used from disk by another process: that counts, too.
    for (const text of ['三', '二', '一']) {
      await open({ disk }).get(key(text));
      await clock.advance(1000);
    }
    const restarted = open({ disk });
    await restarted.put(key('四'), sound(1));
    expect(restarted.size.disk).toBe(disk);
    const names = await readdir(folder);
    expect(names.toSorted()).toEqual(['一', '二', '四'].map((text) => `${key(text)}.speech`).toSorted());
  });

  it('counts a replaced file once, and does not write what is larger than all of it', async () => {
    const cache = open({ disk: 2 * SECOND });
    await cache.put(key('一'), sound(1));
    await cache.put(key('一'), sound(2));
    expect(cache.size).toEqual({ memory: SECOND, disk: SECOND + DIGEST });
    await cache.put(key('二'), sound(3, 3 * SECOND));
    expect(await readdir(folder)).toEqual([`${key('一')}.speech`]);
    expect(await open().get(key('一'))).toEqual(sound(2));
  });

  it.each([
    ['cut off', (path: string) => truncate(path, 5000)],
    ['empty', (path: string) => truncate(path, 0)],
    [
      'altered',
      async (path: string) => {
        const file = await readFile(path);
        file[DIGEST + 100]! ^= 1;
        await writeFile(path, file);
      },
    ],
    ['gone', (path: string) => rm(path)],
  ])('passes over a file that is %s, and replaces it', async (_, damage) => {
    await open().put(key('一'), sound(1));
    const cache = open();
    await cache.get(key('none'));
    await damage(join(folder, `${key('一')}.speech`));
    expect(await cache.get(key('一'))).toBeUndefined();
    await cache.put(key('一'), sound(2));
    expect(await open().get(key('一'))).toEqual(sound(2));
    expect(cache.size.disk).toBe(SECOND + DIGEST);
  });

  it('is for the platform alone', async () => {
    await open().put(key('一'), sound(1));
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, `${key('一')}.speech`))).mode & 0o777).toBe(0o600);
  });

  it('clears away what a crash left half written, and nothing else', async () => {
    await open().put(key('一'), sound(1));
    await writeFile(join(folder, 'half.tmp'), 'x');
    await writeFile(join(folder, 'README'), 'x');
    await open().get(key('二'));
    expect((await readdir(folder)).toSorted()).toEqual([`${key('一')}.speech`, 'README'].toSorted());
  });

  it('goes on in memory when the disk fails, and says so without the key', async () => {
    await writeFile(join(folder, '..', 'file'), '');
    const cache = open({ folder: join(folder, '..', 'file', 'speech') });
    await cache.put(key('一'), sound(1));
    expect(await cache.get(key('一'))).toEqual(sound(1));
    expect(warnings).toEqual(['a spoken prompt could not be written in the cache']);
  });
});
