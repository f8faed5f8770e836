import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { speechProviderContract } from '../../../test/contract/speech-provider.ts';
import { ManualClock, settle } from '../../../test/support/manual-clock.ts';
import { everySyllable } from '../../../test/support/pinyin-syllables.ts';
import { temporaryDirectory } from '../../../test/support/peer-process.ts';
import type { SpeechRequest } from '../provider.ts';
import { type EspeakOptions, EspeakProcess, EspeakProvider } from './espeak.ts';
import { englishSpelling, pinyinSpelling } from './spelling.ts';

const clock = new ManualClock();
const inTime = (): AbortSignal => AbortSignal.timeout(15_000);
const zh = (text: string): SpeechRequest => ({ text, language: 'zh', speed: 0 });

/** Whether a process of that id runs; a zombie does not. */
const runs = (pid: number): boolean => existsSync(`/proc/${pid}`);

describe('the built-in engine', () => {
  speechProviderContract(async () => new EspeakProvider({ clock }));
});

describe('speech of the built-in engine', () => {
  let engine: EspeakProvider;
  beforeAll(() => {
    engine = new EspeakProvider({ clock, processes: 1 });
  });
  afterAll(() => engine.close());

  it('lasts as long as a person would take, and sounds for most of it', async () => {
    const samples = await engine.synthesise(zh('您好,本次通话将被录音'), inTime());
    expect(samples.length / 8000).toBeGreaterThan(2);
    expect(samples.length / 8000).toBeLessThan(5);
    const blocks = Array.from({ length: Math.floor(samples.length / 160) }, (_, index) =>
      samples.subarray(index * 160, index * 160 + 160).reduce((sum, sample) => sum + sample ** 2, 0),
    );
    const loud = blocks.filter((power) => Math.sqrt(power / 160) > 300);
    expect(loud.length / blocks.length).toBeGreaterThan(0.6);
  });

  it('is a woman’s: the pitch of a high level tone is above 165 Hz', async () => {
    expect(pitchOf(await engine.synthesise(zh('三三三三'), inTime()))).toBeGreaterThan(165);
  });

  it('has third tones before third tones as second ones, which the engine sees to', async () => {
    const process = new EspeakProcess();
    const heard = async (text: string): Promise<number[]> => {
      const segments = [{ voice: 'cmn-latn-pinyin+f3', text, pause: 0 }];
      const answer = await process.answer({ segments, rate: 120, wanted: 'samples' }, inTime());
      if (answer.kind !== 'samples') throw new Error('no samples');
      return pitches(answer.samples.subarray(0, 3200));
    };
    const [raised, second, low] = [await heard('ma3 ma3'), await heard('ma2 ma3'), await heard('ma3 ma1')];
    await process.end();
    const last = (each: readonly number[]): number => each.at(-3)!;
    expect(Math.abs(last(raised) - last(second))).toBeLessThan(8);
    expect(last(raised) - last(low)).toBeGreaterThan(20);
  });

  it('is another for every digit', async () => {
    const spoken: string[] = [];
    for (const digit of '0123456789') spoken.push((await engine.phonemes(zh(digit), inTime())).join(' '));
    expect(new Set(spoken).size).toBe(10);
  });

  it('begins and ends with sound, not with silence', async () => {
    const samples = await engine.synthesise(zh('一二三'), inTime());
    const peak = (part: Int16Array): number =>
      part.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(peak(samples.subarray(0, 240))).toBeGreaterThan(50);
    expect(peak(samples.subarray(-240))).toBeGreaterThan(50);
  });

  it('has a word for every syllable in every tone', async () => {
    const syllables = everySyllable();
    expect(syllables.length).toBeGreaterThan(400);
    const process = new EspeakProcess();
    const texts = syllables.flatMap((syllable) =>
      [1, 2, 3, 4, 5].map((tone) => pinyinSpelling(`${syllable}${tone}`)),
    );
    const segments = texts.map((text) => ({ voice: 'cmn-latn-pinyin', text, pause: 0 }));
    const answer = await process.answer({ segments, rate: 160, wanted: 'phonemes' }, inTime());
    await process.end();
    if (answer.kind !== 'phonemes') throw new Error('no phonemes');
    // What it has no word for it reads in English, or without a tone.
    const unknown = texts.filter((_, index) => !/^[^(]*(?:55|35|214|51|11)/.test(answer.phonemes[index]!));
    expect(unknown).toEqual([]);
  });

  it('says the letter A, not the article, in codes', async () => {
    expect(englishSpelling('A B A one A call on Plan A')).toBe('eigh B eigh one A call on Plan A');
    const [code] = await engine.phonemes({ text: 'A1', language: 'en', speed: 0 }, inTime());
    expect(code).toContain('eI');
  });
});

describe('the engine’s processes', () => {
  async function withEngine(
    options: Partial<EspeakOptions>,
    act: (engine: EspeakProvider) => Promise<void>,
  ): Promise<void> {
    const engine = new EspeakProvider({ clock, ...options });
    try {
      await act(engine);
    } finally {
      await engine.close();
    }
  }

  it('are started when there is work, and work again', async () => {
    await withEngine({ processes: 2 }, async (engine) => {
      expect(engine.atOnce).toBe(2);
      expect(engine.pids).toEqual([]);
      const twice = () => Promise.all(['一', '二'].map((text) => engine.synthesise(zh(text), inTime())));
      await twice();
      const { pids } = engine;
      expect(pids.length).toBe(2);
      await twice();
      expect(engine.pids).toEqual(pids);
    });
  });

  it('are replaced when one was killed at work', async () => {
    await withEngine({ processes: 1 }, async (engine) => {
      await engine.synthesise(zh('一'), inTime());
      const [pid] = engine.pids;
      process.kill(pid!, 'SIGSTOP');
      const cut = engine.synthesise(zh('二'), inTime());
      await settle();
      process.kill(pid!, 'SIGKILL');
      await expect(cut).rejects.toMatchObject({ name: 'SpeechFailure', retryable: true });
      await engine.synthesise(zh('二'), inTime());
      expect(engine.pids).not.toContain(pid);
    });
  });

  it('are replaced when one was killed while it waited for work', async () => {
    await withEngine({ processes: 1 }, async (engine) => {
      await engine.synthesise(zh('一'), inTime());
      process.kill(engine.pids[0]!, 'SIGKILL');
      // The first order may still be given to the dead; a second one never is.
      await engine.synthesise(zh('二'), inTime()).catch(() => undefined);
      expect((await engine.synthesise(zh('二'), inTime())).length).toBeGreaterThan(0);
    });
  });

  it('are killed and replaced when one hangs', async () => {
    await withEngine({ processes: 1 }, async (engine) => {
      await engine.synthesise(zh('一'), inTime());
      const [pid] = engine.pids;
      process.kill(pid!, 'SIGSTOP');
      const abort = new AbortController();
      const hung = engine.synthesise(zh('二'), abort.signal);
      await settle();
      abort.abort();
      await expect(hung).rejects.toMatchObject({ name: 'SpeechFailure', retryable: true });
      expect((await engine.synthesise(zh('三'), inTime())).length).toBeGreaterThan(0);
      expect(engine.pids).not.toContain(pid);
    });
  });

  describe('of another program', () => {
    const directory = temporaryDirectory();
    afterAll(() => directory[Symbol.dispose]());

    async function withProgram(text: string, act: (engine: EspeakProvider) => Promise<void>): Promise<void> {
      const path = join(directory.path, 'program.mjs');
      writeFileSync(path, text);
      await withEngine({ processes: 1, program: pathToFileURL(path) }, act);
    }
    const failure = expect.objectContaining({ name: 'SpeechFailure', retryable: true });

    it('that ends before its first order fail at once', async () => {
      await withProgram('process.exit(3);', async (engine) => {
        await expect(engine.synthesise(zh('一'), inTime())).rejects.toEqual(failure);
        expect(engine.pids).toEqual([]);
      });
    });

    it('that stop listening are killed, and nobody waits for them', async () => {
      await withProgram(
        "process.on('message', () => process.disconnect()); setInterval(() => {}, 1000);",
        async (engine) => {
          const endless = new AbortController().signal;
          const refused = expect(engine.synthesise(zh('一'), endless)).rejects.toEqual(failure);
          await expect.poll(() => engine.pids).toHaveLength(1);
          const [pid] = engine.pids;
          await refused;
          await expect.poll(() => runs(pid!)).toBe(false);
        },
      );
    });
  });

  it('end after a while without work', async () => {
    const clock = new ManualClock();
    await withEngine({ processes: 1, idle: 60_000, clock }, async (engine) => {
      await engine.synthesise(zh('一'), inTime());
      await clock.advance(59_999);
      expect(engine.pids.length).toBe(1);
      await clock.advance(1);
      expect(engine.pids).toEqual([]);
    });
    expect(clock.pending).toBe(0);
  });

  it('are gone when the provider is closed, and what was spoken is refused', async () => {
    const engine = new EspeakProvider({ clock, processes: 2 });
    await engine.synthesise(zh('一'), inTime());
    const waiting = [engine.synthesise(zh('二'), inTime()), engine.synthesise(zh('三'), inTime())];
    const refused = Promise.all(
      waiting.map((each) => expect(each).rejects.toMatchObject({ name: 'SpeechFailure' })),
    );
    await settle();
    const { pids } = engine;
    await engine.close();
    await refused;
    await expect(engine.synthesise(zh('一'), inTime())).rejects.toMatchObject({ retryable: false });
    expect(pids.filter(runs)).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')('are told nothing of our environment', async () => {
    const { readFileSync } = await import('node:fs');
    await withEngine({ processes: 1 }, async (engine) => {
      await engine.synthesise(zh('一'), inTime());
      const names = readFileSync(`/proc/${engine.pids[0]!}/environ`, 'utf8')
        .split('\0')
        .map((each) => each.split('=')[0]!);
      expect(names.filter((name) => name !== '' && !name.startsWith('NODE_CHANNEL'))).toEqual([]);
    });
  });
});

/** The most frequent pitch of voiced blocks, Hz, by autocorrelation. */
function pitchOf(samples: Int16Array): number {
  return pitches(samples).toSorted((one, other) => one - other)[pitches(samples).length >> 1] ?? 0;
}

/** Of voiced blocks, one each 40 ms, Hz. */
function pitches(samples: Int16Array): number[] {
  const found: number[] = [];
  for (let start = 0; start + 640 <= samples.length; start += 320) {
    const block = samples.subarray(start, start + 640);
    const at = (lag: number): number => {
      let sum = 0;
      for (let index = 0; index + lag < block.length; index += 1) sum += block[index]! * block[index + lag]!;
      return sum / (block.length - lag);
    };
    const lags = Array.from({ length: 90 }, (_, index) => index + 20);
    const best = lags.reduce((one, other) => (at(other) > at(one) * 1.02 ? other : one));
    if (at(best) > at(0) * 0.5 && at(0) > 300 ** 2) found.push(8000 / best);
  }
  return found;
}
