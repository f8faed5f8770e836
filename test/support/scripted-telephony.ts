import type {
  DialRequest,
  LegEnd,
  LegListener,
  Playback,
  PromptRef,
  Telephony,
  TelephonyLeg,
} from '../../src/call/ports.ts';

/** What a scripted far end does when it is dialled. */
export type Script = (leg: ScriptedLeg) => void;

/** A far end under the test's control: it does what the test says and remembers what it was given to hear. */
export class ScriptedLeg implements TelephonyLeg {
  readonly request: DialRequest;
  readonly #listener: LegListener;
  /** `nothing`, `prompt:NAME`, `loop:NAME`, or `leg:A` / `leg:B`, in order. */
  readonly heard: string[] = [];
  readonly hangUps: number[] = [];
  #finish: ((how: 'completed' | 'stopped') => void) | undefined;

  constructor(request: DialRequest, listener: LegListener) {
    this.request = request;
    this.#listener = listener;
  }

  ring(): void {
    this.#listener.ringing();
  }
  answer(): void {
    this.#listener.answered();
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

  play(prompt: PromptRef, options: { loop?: boolean } = {}): Playback {
    this.#replace('stopped');
    this.heard.push(`${options.loop ? 'loop' : 'prompt'}:${prompt.tone}`);
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

  constructor(scripts: Partial<Record<'A' | 'B', Script>> = {}) {
    this.#scripts = scripts;
  }

  leg(party: 'A' | 'B'): ScriptedLeg {
    const leg = this.legs.find(({ request }) => request.party === party);
    if (leg === undefined) throw new Error(`leg ${party} was not dialled`);
    return leg;
  }

  dial(request: DialRequest, listener: LegListener): TelephonyLeg {
    const leg = new ScriptedLeg(request, listener);
    this.legs.push(leg);
    listener.dialled?.(`${request.party}@test`);
    const script = this.#scripts[request.party];
    if (script) queueMicrotask(() => script(leg));
    return leg;
  }
}
