import type { QualityRows } from '../../src/call/leg-quality.ts';
import type {
  BindingStep,
  DialRequest,
  Key,
  LegEnd,
  LegListener,
  Playback,
  ActiveRecording,
  PromptAudio,
  PromptLibrary,
  PromptRef,
  RecordingStorage,
  Telephony,
  TelephonyLeg,
  TrunkAttempt,
} from '../../src/call/ports.ts';
import { PromptUnavailable } from '../../src/call/prompt-unavailable.ts';

const named = new Map<string, PromptAudio>();
const nameOf = (audio: PromptAudio): string =>
  [...named].find(([, known]) => known === audio)?.[0] ?? 'unnamed';

/** ms that each text took to be spoken. */
export const SPOKEN_IN = 800;

/** Prompts by name instead of sound: a file's name, a text, a system prompt, a tone. `missing.wav` is not there. */
export const namedPrompts: PromptLibrary = {
  async get(ref: PromptRef, _spId, _signal, spoken): Promise<PromptAudio> {
    const name = { file: 'name', speech: 'text', system: 'prompt', tone: 'tone' }[ref.kind];
    const text = (ref as unknown as Record<string, string>)[name] ?? '';
    if (text === 'missing.wav') throw new PromptUnavailable('missing');
    if (text === 'unspeakable') throw new PromptUnavailable('speech-failed');
    if (ref.kind === 'speech') spoken?.(SPOKEN_IN);
    const audio = named.get(text) ?? { samples: new Int16Array(1) };
    named.set(text, audio);
    return audio;
  },
};

/** Recordings that are named and nowhere written. */
export const namedRecordings: RecordingStorage = {
  begin: (sessionId) => {
    const objectName = `${sessionId.split('@')[0]}.wav`;
    return { objectName, bucketName: 'recordings', domain: 'ovc.test', file: `/nowhere/${objectName}` };
  },
  complete: async () => {},
  lengthOf: async () => undefined,
};

/** What a scripted far end does when it is dialled. */
export type Script = (leg: ScriptedLeg) => void;

/** A far end under the test's control: it does what the test says and remembers what it was given to hear. */
export class ScriptedLeg implements TelephonyLeg {
  readonly request: DialRequest;
  readonly #listener: LegListener;
  readonly #stepwise: boolean;
  /** `nothing`, `prompt:NAME`, `loop:NAME`, or `leg:A` / `leg:B`, in order. */
  readonly heard: string[] = [];
  readonly hangUps: number[] = [];
  /** Of a telephony whose steps wait: those taken, `INVITE` and `ACK`. */
  readonly steps: string[] = [];
  #finish: ((how: 'completed' | 'stopped') => void) | undefined;

  constructor(request: DialRequest, listener: LegListener, stepwise: boolean) {
    this.request = request;
    this.#listener = listener;
    this.#stepwise = stepwise;
  }

  /** Rings the phone, or waits until it may be rung. */
  dial(rings: () => void): void {
    const { party } = this.request;
    const step = this.#step('INVITE', rings);
    this.#listener.dialled?.(`${party}@test`, step);
    if (step === undefined) rings();
  }

  #step(name: string, taken?: () => void): BindingStep | undefined {
    if (!this.#stepwise) return undefined;
    const take = (): void => {
      this.steps.push(name);
      taken?.();
    };
    return { trace: `${name} of ${this.request.party}`, take };
  }

  attempted(attempt: TrunkAttempt): void {
    this.#listener.attempted?.(attempt);
  }
  ring(): void {
    this.#listener.ringing();
  }
  answer(): void {
    this.#listener.answered(this.#step('ACK'));
  }
  press(...keys: Key[]): void {
    for (const key of keys) this.#listener.key?.(key);
  }
  earlyMedia(): void {
    this.#listener.earlyMedia();
  }
  announceFailure(q850: number): void {
    this.#listener.failureAnnouncement({ q850 });
  }
  end(end: LegEnd): void {
    this.#listener.ended(end);
  }
  fail(sipStatus: number, q850?: number): void {
    this.end({ kind: 'failed', cause: { sipStatus, q850 } });
  }
  hangUpByUser(): void {
    this.end({ kind: 'remote-hangup', cause: { q850: 16 } });
  }
  /** The prompt that is playing comes to its end. */
  finishPrompt(): void {
    this.#replace('completed');
  }

  play(prompt: PromptAudio, options: { loop?: boolean } = {}): Playback {
    this.#replace('stopped');
    this.heard.push(`${options.loop ? 'loop' : 'prompt'}:${nameOf(prompt)}`);
    const finished = Promise.withResolvers<'completed' | 'stopped'>();
    this.#finish = finished.resolve;
    return { finished: finished.promise, stop: () => this.#replace('stopped') };
  }
  hear(source: TelephonyLeg): void {
    this.#replace('stopped');
    this.heard.push(`leg:${(source as ScriptedLeg).request.party}`);
  }
  hearNothing(): void {
    this.#replace('stopped');
    this.heard.push('nothing');
  }
  watched = false;
  watchForMachine(): void {
    this.watched = true;
  }
  /** What was heard of who answered; `beepsAt` for a machine. */
  isTakenBy(verdict: 'person' | 'machine' | 'unknown'): void {
    this.#listener.answeredBy?.({ verdict, confidence: 0.9, after: 1_200 });
  }
  beep(at: number): void {
    this.#listener.beep?.(at);
  }
  async audio(): Promise<undefined> {}
  /** What a test says of its media. */
  media: QualityRows | undefined;
  async quality(): Promise<QualityRows | undefined> {
    return this.media;
  }
  hangUp(cause: { q850: number }): void {
    this.hangUps.push(cause.q850);
    this.#replace('stopped');
    this.#listener.ended({ kind: 'local-hangup' });
  }

  #replace(how: 'completed' | 'stopped'): void {
    const finish = this.#finish;
    this.#finish = undefined;
    finish?.(how);
  }
}

/** The carrier and the phones behind it, played by a test. */
export class ScriptedTelephony implements Telephony {
  readonly legs: ScriptedLeg[] = [];
  readonly #scripts: Partial<Record<'A' | 'B', Script>>;
  /** Steps that bind the far end wait for the call to be stored, as on a trunk. */
  stepwise = false;

  constructor(scripts: Partial<Record<'A' | 'B', Script>> = {}) {
    this.#scripts = scripts;
  }

  leg(party: 'A' | 'B'): ScriptedLeg {
    const leg = this.legs.find(({ request }) => request.party === party);
    if (leg === undefined) throw new Error(`leg ${party} was not dialled`);
    return leg;
  }

  /** Recordings begun, by file; `recordingFails` lets the next one fail at once. */
  readonly recordings: string[] = [];
  recordingFails = false;
  stoppedRecordings = 0;

  async record(_a: TelephonyLeg, _b: TelephonyLeg, file: string): Promise<ActiveRecording> {
    if (this.recordingFails) throw new Error('no space left');
    this.recordings.push(file);
    const stop = async (): Promise<{ milliseconds: number }> => {
      this.stoppedRecordings += 1;
      return { milliseconds: 5_000 };
    };
    return { stop, failed: new Promise(() => {}) };
  }

  /** Traces of legs that were ended after a crash. */
  readonly released: string[] = [];

  async release(trace: string): Promise<void> {
    this.released.push(trace);
  }

  dial(request: DialRequest, listener: LegListener): TelephonyLeg {
    const leg = new ScriptedLeg(request, listener, this.stepwise);
    this.legs.push(leg);
    const script = this.#scripts[request.party];
    leg.dial(() => {
      if (script) queueMicrotask(() => script(leg));
    });
    return leg;
  }
}
