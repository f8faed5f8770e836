import { describe, expect, it } from 'vitest';
import { ManualClock, settle } from '../../test/support/manual-clock.ts';
import { PromptCache } from './prompt-cache.ts';
import { SpeechFailure, type SpeechProvider, type SpeechRequest, speedFactor } from './provider.ts';
import { Speech, type SpeechOptions } from './speech.ts';
import { systemPrompts, systemPromptText } from './system-prompts.ts';

type Script = (request: SpeechRequest, signal: AbortSignal) => Promise<Int16Array>;

/** A provider that does what the test says, and counts. */
class ScriptedProvider implements SpeechProvider {
  readonly name: string;
  readonly voice = 'scripted';
  readonly atOnce = 2;
  attempts = 0;
  closed = 0;
  script: Script;

  constructor(name: string, script: Script) {
    this.name = name;
    this.script = script;
  }

  synthesise(request: SpeechRequest, signal: AbortSignal): Promise<Int16Array> {
    this.attempts += 1;
    return this.script(request, signal);
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}

const SECRET = '密码是8305';
const request: SpeechRequest = { text: SECRET, language: 'zh', speed: 0 };
const speaks =
  (value: number): Script =>
  async () =>
    new Int16Array(800).fill(value);
const fails =
  (retryable: boolean): Script =>
  () =>
    Promise.reject(new SpeechFailure('broken', { retryable }));
const hangs: Script = () => new Promise(() => {});

function speechOf(providers: SpeechProvider[], options: Partial<SpeechOptions> = {}) {
  const clock = new ManualClock();
  const lines: string[] = [];
  const write = (fields: object, message: string): void => {
    const { err, ...rest } = fields as { err?: Error };
    lines.push(`${message} ${JSON.stringify(rest)} ${err?.message} ${err?.stack}`);
  };
  const log = { debug: write, info: write, warn: write, error: write };
  const cache = new PromptCache({ log, clock });
  return { speech: new Speech({ providers, cache, log, clock, ...options }), clock, lines };
}

/** Says a text in four seconds, and keeps the order. */
const slowly = (spoken: string[], clock: () => ManualClock): Script => {
  return ({ text }) =>
    new Promise((resolve) => {
      clock().after(4_000, () => {
        spoken.push(text);
        resolve(new Int16Array(800).fill(1));
      });
    });
};

describe('many texts at once', () => {
  it('wait for one another without being the fault of the provider, the short ones of the system first', async () => {
    const spoken: string[] = [];
    const { speech, clock, lines } = speechOf([
      new ScriptedProvider(
        'one',
        slowly(spoken, () => clock),
      ),
    ]);
    const texts = Array.from({ length: 10 }, (_, index) => `text ${index}`);
    const rendered = texts.map((text) => speech.render({ ...request, text }));
    await settle();
    rendered.push(speech.render({ ...request, text: 'one, two' }, true));
    for (let second = 0; second < 24; second += 1) await clock.advance(1_000);
    await Promise.all(rendered);
    expect(spoken.slice(0, 3)).toEqual(['text 0', 'text 1', 'one, two']);
    expect(spoken.slice(3)).toEqual(texts.slice(2));
    expect(lines).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('give up where the provider is busy for longer than they wait', async () => {
    const spoken: string[] = [];
    const provider = new ScriptedProvider(
      'one',
      slowly(spoken, () => clock),
    );
    const { speech, clock, lines } = speechOf([provider], { patience: 5_000 });
    const rendered = Array.from({ length: 5 }, (_, index) =>
      speech.render({ ...request, text: `text ${index}` }).then(
        () => 'spoken',
        (error: Error) => error.message,
      ),
    );
    for (let second = 0; second < 12; second += 1) await clock.advance(1_000);
    const failed = 'no speech provider could speak';
    expect(await Promise.all(rendered)).toEqual(['spoken', 'spoken', 'spoken', 'spoken', failed]);
    expect(lines.join()).toContain('waited for a speech provider in vain');
    expect(provider.attempts).toBe(4);
  });
});

describe('speech', () => {
  it('is synthesised once for a thousand simultaneous requests, and then comes from the cache', async () => {
    const provider = new ScriptedProvider('one', speaks(1));
    const { speech } = speechOf([provider]);
    const rendered = await Promise.all(Array.from({ length: 1000 }, () => speech.render({ ...request })));
    expect(provider.attempts).toBe(1);
    expect(new Set(rendered.map(({ samples }) => samples)).size).toBe(1);
    const again = await speech.render(request);
    expect(again).toEqual({ samples: rendered[0]!.samples, milliseconds: 0 });
    expect(again.samples).toBe(rendered[0]!.samples);
    expect(provider.attempts).toBe(1);
  });

  it('is synthesised for each language and speed', async () => {
    const provider = new ScriptedProvider('one', speaks(1));
    const { speech } = speechOf([provider]);
    await Promise.all(
      [request, { ...request, language: 'en' as const }, { ...request, speed: 5 }].map((each) =>
        speech.render(each),
      ),
    );
    expect(provider.attempts).toBe(3);
  });

  it('tells how long the synthesis took', async () => {
    const { promise, resolve } = Promise.withResolvers<Int16Array>();
    const { speech, clock } = speechOf([new ScriptedProvider('one', () => promise)]);
    const rendering = speech.render(request);
    await clock.advance(250);
    resolve(new Int16Array(8));
    expect((await rendering).milliseconds).toBe(250);
    expect(clock.pending).toBe(0);
  });

  it('is tried again, then left to the next provider', async () => {
    const [first, second] = [
      new ScriptedProvider('one', fails(true)),
      new ScriptedProvider('two', speaks(2)),
    ];
    const { speech } = speechOf([first, second], { retries: 2 });
    expect((await speech.render(request)).samples[0]).toBe(2);
    expect([first.attempts, second.attempts]).toEqual([3, 1]);
  });

  it('succeeds at the second attempt', async () => {
    const provider = new ScriptedProvider('one', fails(true));
    const { speech } = speechOf([provider]);
    provider.script = async (...order) => {
      provider.script = speaks(1);
      return fails(true)(...order);
    };
    expect((await speech.render(request)).samples[0]).toBe(1);
  });

  it('is not tried again where that is of no use', async () => {
    const [first, second] = [
      new ScriptedProvider('one', fails(false)),
      new ScriptedProvider('two', speaks(2)),
    ];
    const { speech } = speechOf([first, second]);
    await speech.render(request);
    expect(first.attempts).toBe(1);
    // Nor does it keep the provider from other texts.
    first.script = speaks(1);
    expect((await speech.render({ ...request, text: '二' })).samples[0]).toBe(1);
  });

  it('lets a provider that failed rest', async () => {
    const [first, second] = [
      new ScriptedProvider('one', fails(true)),
      new ScriptedProvider('two', speaks(2)),
    ];
    const { speech, clock } = speechOf([first, second], { retries: 0, rest: 30_000 });
    await speech.render(request);
    await speech.render({ ...request, text: '二' });
    expect(first.attempts).toBe(1);
    first.script = speaks(1);
    await clock.advance(30_000);
    expect((await speech.render({ ...request, text: '三' })).samples[0]).toBe(1);
    // What it had not spoken itself, it speaks now.
    expect((await speech.render(request)).samples[0]).toBe(1);
  });

  it('still tries one that rests when the others fail', async () => {
    const [first, second] = [
      new ScriptedProvider('one', fails(true)),
      new ScriptedProvider('two', fails(true)),
    ];
    const { speech } = speechOf([first, second], { retries: 0 });
    await expect(speech.render(request)).rejects.toThrow();
    second.script = speaks(2);
    expect((await speech.render(request)).samples[0]).toBe(2);
  });

  it('has a time limit for each attempt, whether the provider heeds it or not', async () => {
    const signals: AbortSignal[] = [];
    const first = new ScriptedProvider('one', (order, signal) => {
      signals.push(signal);
      return hangs(order, signal);
    });
    const { speech, clock } = speechOf([first, new ScriptedProvider('two', speaks(2))], {
      timeout: 3000,
      retries: 1,
    });
    const rendering = speech.render(request);
    await clock.advance(2999);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await clock.advance(1);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    await clock.advance(3000);
    expect((await rendering).samples[0]).toBe(2);
    expect(clock.pending).toBe(0);
  });

  it('fails when no provider speaks, is not kept as a failure, and never logs the text', async () => {
    const provider = new ScriptedProvider('one', () => Promise.reject(new Error('broken')));
    const { speech, lines } = speechOf([provider]);
    const failure = { name: 'PromptUnavailable', reason: 'speech-failed' };
    await expect(speech.render(request)).rejects.toMatchObject(failure);
    expect(lines.length).toBe(2);
    expect(lines.join()).not.toMatch(/密码|8305/);
    provider.script = speaks(1);
    expect((await speech.render(request)).samples[0]).toBe(1);
    await expect(speechOf([]).speech.render(request)).rejects.toMatchObject(failure);
    await expect(speech.render({ ...request, text: '一'.repeat(5001) })).rejects.toMatchObject(failure);
  });

  it('is given up when it is closed', async () => {
    const providers = [new ScriptedProvider('one', hangs), new ScriptedProvider('two', speaks(2))];
    const { speech, clock } = speechOf(providers);
    const rendering = speech.render(request);
    const refused = expect(rendering).rejects.toMatchObject({ reason: 'speech-failed' });
    await settle();
    await speech.close();
    await refused;
    expect(providers.map(({ closed }) => closed)).toEqual([1, 1]);
    expect(providers[1]!.attempts).toBe(0);
    expect(clock.pending).toBe(0);
  });
});

describe('speed', () => {
  it.each([
    [0, 1],
    [500, 2],
    [-200, 2 ** -0.4],
    [9999, 2],
    [-9999, 2 ** -0.4],
  ])('%d is %d times as fast', (speed, factor) => {
    expect(speedFactor(speed)).toBeCloseTo(factor);
  });
});

describe('the system’s own prompts', () => {
  it('are those of spec 11, in both languages', () => {
    expect(systemPromptText('transfer', 'zh')).toBe('正在为您转接中,请稍后');
    expect(systemPromptText('last-minute', 'zh')).toBe('本次通话时长还剩1分钟');
    expect(systemPromptText('recording', 'zh')).toBe('您好,本次通话将被录音');
    expect(systemPrompts.length).toBe(13);
    expect(
      systemPrompts
        .slice(3)
        .map((prompt) => systemPromptText(prompt, 'zh'))
        .join(''),
    ).toBe('零一二三四五六七八九');
    for (const prompt of systemPrompts) expect(systemPromptText(prompt, 'en')).toMatch(/^[\w ,.]+$/);
  });
});
