import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_SP_ID } from '../accounts/apps.ts';
import { VoiceFileAdministration } from '../accounts/voice-file-administration.ts';
import { findTones } from '../audio/spectrum.ts';
import { tone, waitingTone } from '../audio/tone.ts';
import { writeWav } from '../audio/wav.ts';
import { PromptUnavailable } from '../call/prompt-unavailable.ts';
import type { PromptAudio, PromptRef } from '../call/prompt.ts';
import { StoreUnavailableError } from '../call/store-unavailable-error.ts';
import { MemoryVoiceFiles } from '../../test/support/memory-stores.ts';
import { convert } from './convert.ts';
import { type SpeechRenderer, StoredPrompts } from './prompt-library.ts';
import { SampleCache } from './sample-cache.ts';
import { VoiceFileFolder } from './voice-file-folder.ts';

/** Speaks a tone for each text; the same samples for the same request, as the cache of `Speech` does. */
class ToneSpeech implements SpeechRenderer {
  readonly requests: unknown[] = [];
  readonly #kept = new Map<string, Int16Array>();
  failure: Error | undefined;

  async render(request: {
    text: string;
    language: string;
    speed: number;
  }): Promise<{ samples: Int16Array; milliseconds: number }> {
    if (this.failure) throw this.failure;
    this.requests.push(request);
    const key = JSON.stringify(request);
    const kept = this.#kept.get(key);
    const samples = kept ?? tone([500], 100);
    this.#kept.set(key, samples);
    return { samples, milliseconds: kept === undefined ? 700 : 0 };
  }

  async forget(request: { text: string; language: string; speed: number }): Promise<void> {
    this.#kept.delete(JSON.stringify(request));
  }
}

let root: string;
let folder: VoiceFileFolder;
let store: MemoryVoiceFiles;
let files: VoiceFileAdministration;
let speech: ToneSpeech;
let reads: number;
let prompts: StoredPrompts;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ovc-prompts-'));
  folder = new VoiceFileFolder(root);
  store = new MemoryVoiceFiles();
  let drawn = 0;
  const random = { integer: (below: number) => (drawn = (drawn * 31 + 17) % 1_000_003) % below };
  files = new VoiceFileAdministration({
    store,
    archive: folder,
    converter: { convert },
    now: () => 0,
    random,
  });
  speech = new ToneSpeech();
  reads = 0;
  prompts = new StoredPrompts({
    files: store,
    archive: {
      keep: (...kept) => folder.keep(...kept),
      read: (...wanted) => ((reads += 1), folder.read(...wanted)),
      remove: (sound) => folder.remove(sound),
    },
    speech,
    tones: { waiting: waitingTone() },
    language: 'en',
    codeLanguage: 'zh',
    systemText: (prompt, language) => `${prompt} in ${language}`,
  });
});
afterEach(() => rmSync(root, { recursive: true }));

const upload = (name: string, frequency: number, approve = true) =>
  files.submit({ name, source: writeWav(tone([frequency], 500)), approve });

const get = (ref: PromptRef, signal?: AbortSignal): Promise<PromptAudio> =>
  prompts.get(ref, DEFAULT_SP_ID, signal);
const notify: PromptRef = { kind: 'file', name: 'notify.wav' };
const missing = { name: 'PromptUnavailable', reason: 'missing' };

function expectTone({ samples }: PromptAudio, frequency: number): void {
  expect(findTones(samples.subarray(400, -400))[0]?.frequency).toBeCloseTo(frequency, 0);
}

describe('a voice file', () => {
  it('is played once it is approved, and no longer when its approval is taken back', async () => {
    await expect(get(notify)).rejects.toMatchObject(missing);
    await upload('notify.wav', 600, false);
    await expect(get(notify)).rejects.toMatchObject(missing);
    await files.approve('notify.wav');
    expectTone(await get(notify), 600);
    await files.reject('notify.wav', 'not nice');
    await expect(get(notify)).rejects.toMatchObject(missing);
  });

  it('is played as it was last read while the database is away, and so are tones that nobody replaced', async () => {
    await upload('notify.wav', 600);
    await get(notify);
    await get({ kind: 'tone', tone: 'waiting' });
    const away = new StoreUnavailableError('The database cannot be used: the server cannot be reached.');
    const find = store.find.bind(store);
    store.find = () => Promise.reject(away);
    expectTone(await get(notify), 600);
    expect((await get({ kind: 'tone', tone: 'waiting' })).samples).toEqual(waitingTone());
    await expect(get({ kind: 'file', name: 'never-read.wav' })).rejects.toBe(away);
    await expect(prompts.get(notify, 'other')).rejects.toBe(away);
    store.find = find;
    await files.reject('notify.wav', 'not nice');
    await expect(get(notify)).rejects.toMatchObject(missing);
  });

  it('is of its account only', async () => {
    await upload('notify.wav', 600);
    await expect(prompts.get(notify, 'other')).rejects.toMatchObject(missing);
  });

  it('is read once, and is one object for all calls', async () => {
    await upload('notify.wav', 600);
    const [one, other] = await Promise.all([get(notify), get(notify)]);
    expect(one).toBe(other);
    expect(await get(notify)).toBe(one);
    expect(reads).toBe(1);
  });

  it('is played until a later revision is approved, and then never again', async () => {
    await upload('notify.wav', 600);
    const old = await get(notify);
    await upload('notify.wav', 900, false);
    expect(await get(notify)).toBe(old);
    await files.reject('notify.wav', 'not nice', { revision: 2 });
    expect(await get(notify)).toBe(old);
    await upload('notify.wav', 900, false);
    await files.approve('notify.wav', { revision: 3 });
    const replaced = await get(notify);
    expectTone(replaced, 900);
    expect(replaced).not.toBe(old);
  });

  it('that is replaced while a call asks for it is played in its new form', async () => {
    await upload('notify.wav', 600);
    const asked = store.find(DEFAULT_SP_ID, 'notify.wav');
    await upload('notify.wav', 900);
    // The first look finds the old entry, as a call does that asked just before.
    const find = store.find.bind(store);
    let looks = 0;
    store.find = (...wanted) => (looks++ === 0 ? asked : find(...wanted));
    expectTone(await get(notify), 900);
  });

  it('whose sound is gone is missing', async () => {
    const { file } = await upload('notify.wav', 600);
    await folder.remove(file.latest.content.sound);
    await expect(get(notify)).rejects.toMatchObject(missing);
  });
});

describe('speech and tones', () => {
  it('speaks a text at its speed, as one object for all calls', async () => {
    const text: PromptRef = { kind: 'speech', text: '您好', speed: 50 };
    expect(await get(text)).toBe(await get({ ...text }));
    expect(speech.requests[0]).toEqual({ text: '您好', language: 'auto', speed: 50 });
    await get({ kind: 'speech', text: '再见' });
    expect(speech.requests.at(-1)).toEqual({ text: '再见', language: 'auto', speed: 0 });
  });

  it('tells how long a voice worked on a text of the customer, and nothing of what was there', async () => {
    const told: number[] = [];
    const spoken = (milliseconds: number) => told.push(milliseconds);
    const text: PromptRef = { kind: 'speech', text: '您好' };
    await prompts.get(text, 'account', undefined, spoken);
    expect(told).toEqual([700]);
    await prompts.get(text, 'account', undefined, spoken);
    await prompts.get({ kind: 'system', prompt: 'transfer' }, 'account', undefined, spoken);
    expect(told).toEqual([700]);
  });

  it('passes on that nobody can speak', async () => {
    speech.failure = new PromptUnavailable('speech-failed');
    await expect(get({ kind: 'speech', text: '您好' })).rejects.toBe(speech.failure);
  });

  it('has each tone once', async () => {
    expect((await get({ kind: 'tone', tone: 'waiting' })).samples).toEqual(waitingTone());
    expect(await get({ kind: 'tone', tone: 'waiting' })).toBe(await get({ kind: 'tone', tone: 'waiting' }));
  });
});

describe('a prompt of the system', () => {
  it('is spoken in the language that was set', async () => {
    await get({ kind: 'system', prompt: 'transfer' });
    expect(speech.requests).toEqual([{ text: 'transfer in en', language: 'en', speed: 0 }]);
  });

  it('is spoken in the language of codes where it is a digit', async () => {
    await get({ kind: 'system', prompt: 'digit-7' });
    expect(speech.requests).toEqual([{ text: 'digit-7 in zh', language: 'zh', speed: 0 }]);
  });

  it('is replaced by an approved voice file of its name', async () => {
    await upload('system-digit-7.wav', 700, false);
    await get({ kind: 'system', prompt: 'digit-7' });
    expect(speech.requests.length).toBe(1);
    await files.approve('system-digit-7.wav');
    expectTone(await get({ kind: 'system', prompt: 'digit-7' }), 700);
    expect(speech.requests.length).toBe(1);
  });
});

describe('a tone of the system', () => {
  it('is replaced by an approved voice file of its name', async () => {
    await upload('system-waiting.wav', 700, false);
    const own = await get({ kind: 'tone', tone: 'waiting' });
    await files.approve('system-waiting.wav');
    const replaced = await get({ kind: 'tone', tone: 'waiting' });
    expectTone(replaced, 700);
    expect(replaced.samples).not.toEqual(own.samples);
  });
});

describe('a call that is over', () => {
  it('does not wait for its prompt, which the next call still gets', async () => {
    await upload('notify.wav', 600);
    const over = new AbortController();
    const pending = get(notify, over.signal);
    over.abort(new Error('hung up'));
    await expect(pending).rejects.toThrow('hung up');
    await expect(get(notify, over.signal)).rejects.toThrow('hung up');
    expectTone(await get(notify, new AbortController().signal), 600);
    expect(reads).toBe(1);
  });
});

describe('the cache of samples', () => {
  const audio = (samples: number) => async (): Promise<PromptAudio> => ({ samples: new Int16Array(samples) });

  it('keeps what was used last, up to its size', async () => {
    const cache = new SampleCache(100);
    const a = await cache.get('a', audio(20));
    const b = await cache.get('b', audio(20));
    expect(cache.size).toBe(80);
    expect(await cache.get('a', audio(1))).toBe(a);
    await cache.get('c', audio(20));
    expect(cache.size).toBe(80);
    expect(await cache.get('a', audio(1))).toBe(a);
    expect(await cache.get('b', audio(1))).not.toBe(b);
  });

  it('does not keep what is larger than itself, nor a failure', async () => {
    const cache = new SampleCache(100);
    await cache.get('large', audio(51));
    expect(cache.size).toBe(0);
    await expect(cache.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect((await cache.get('a', audio(10))).samples.length).toBe(10);
  });
});

it('says a text anew that was to be forgotten', async () => {
  const ref = { kind: 'speech', text: 'the code is 4711', speed: 3 } as const;
  const first = await prompts.get(ref, 'sp');
  expect((await prompts.get(ref, 'sp')).samples).toBe(first.samples);
  await prompts.forget(ref);
  expect((await prompts.get(ref, 'sp')).samples).not.toBe(first.samples);
});
