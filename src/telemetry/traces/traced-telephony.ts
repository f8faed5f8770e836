import { type Span, SpanStatusCode } from '@opentelemetry/api';
import type {
  ActiveRecording,
  Clock,
  DialRequest,
  LegListener,
  Playback,
  PromptAudio,
  PromptLibrary,
  PromptRef,
  Telephony,
  TelephonyLeg,
} from '../../call/ports.ts';
import { passingOn } from '../pass-on.ts';
import type { CallTraces } from './call-traces.ts';

interface Tracing {
  readonly traces: CallTraces;
  readonly clock: Pick<Clock, 'now'>;
  /** What kind of prompt samples are; never which. */
  readonly kinds: WeakMap<PromptAudio, PromptRef['kind']>;
}

/** Spans of what legs hear and of recordings, from the ports through which calls are carried. */
export class MediaTraces {
  readonly #tracing: Tracing;

  constructor(traces: CallTraces, clock: Pick<Clock, 'now'>) {
    this.#tracing = { traces, clock, kinds: new WeakMap() };
  }

  /** The same prompts; it is remembered of which kind each is. */
  traced(prompts: PromptLibrary): PromptLibrary {
    return {
      get: async (ref, spId, signal, spoken) => {
        const audio = await prompts.get(ref, spId, signal, spoken);
        this.#tracing.kinds.set(audio, ref.kind);
        return audio;
      },
    };
  }

  /** The same telephony; prompts, bridges and recordings on it become spans. */
  tracedTelephony(telephony: Telephony): Telephony {
    return {
      dial: (request, listener) => TracedLeg.dial(telephony, request, listener, this.#tracing),
      release: (trace, sessionId) => telephony.release(trace, sessionId),
      record: (a, b, file) => this.#record(telephony, a, b, file),
    };
  }

  async #record(
    telephony: Telephony,
    a: TelephonyLeg,
    b: TelephonyLeg,
    file: string,
  ): Promise<ActiveRecording> {
    const recording = await telephony.record(innerOf(a), innerOf(b), file);
    if (!(a instanceof TracedLeg)) return recording;
    const { traces, clock } = this.#tracing;
    const span = traces.spanOf(a.sessionId, 'recording', { startedAt: clock.now() });
    void recording.failed.then(() => {
      span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(new Date(clock.now()));
    });
    return {
      failed: recording.failed,
      stop: async () => {
        const length = await recording.stop();
        if (span.isRecording()) span.end(new Date(clock.now()));
        return length;
      },
    };
  }
}

/** A leg whose prompts and bridges become spans below its own. A leg hears one thing at a time: there is one open span at most. */
class TracedLeg implements TelephonyLeg {
  readonly sessionId: string;
  readonly #party: string;
  readonly #tracing: Tracing;
  readonly inner: TelephonyLeg;
  #hears: Span | undefined;

  private constructor({ sessionId, party }: DialRequest, inner: TelephonyLeg, tracing: Tracing) {
    this.sessionId = sessionId;
    this.#party = party;
    this.inner = inner;
    this.#tracing = tracing;
  }

  static dial(
    telephony: Telephony,
    request: DialRequest,
    listener: LegListener,
    tracing: Tracing,
  ): TracedLeg {
    let leg: TracedLeg | undefined;
    const inner = telephony.dial(request, {
      ...passingOn(listener),
      ended: (end) => {
        if (leg !== undefined) leg.#endSpan();
        listener.ended(end);
      },
    });
    leg = new TracedLeg(request, inner, tracing);
    return leg;
  }

  play(prompt: PromptAudio, options?: { readonly loop?: boolean }): Playback {
    const playback = this.inner.play(prompt, options);
    const span = this.#begin('prompt', {
      'ovc.prompt.kind': this.#tracing.kinds.get(prompt),
      'ovc.prompt.loop': options?.loop ?? false,
    });
    void playback.finished.then((how) => {
      if (span.isRecording()) span.setAttribute('ovc.prompt.end', how);
      this.#endSpan(span);
    });
    return playback;
  }

  hear(source: TelephonyLeg): void {
    this.inner.hear(innerOf(source));
    this.#begin('bridge', {});
  }

  hearNothing(): void {
    this.inner.hearNothing();
    this.#endSpan();
  }

  watchForMachine(): void {
    this.inner.watchForMachine();
  }

  hangUp(cause: { readonly q850: number }): void {
    this.inner.hangUp(cause);
  }

  audio(): ReturnType<TelephonyLeg['audio']> {
    return this.inner.audio();
  }

  quality(): ReturnType<TelephonyLeg['quality']> {
    return this.inner.quality();
  }

  #begin(name: string, attributes: Record<string, string | boolean | undefined>): Span {
    this.#endSpan();
    const { traces, clock } = this.#tracing;
    this.#hears = traces.spanOf(this.sessionId, name, {
      startedAt: clock.now(),
      party: this.#party,
      attributes: { 'ovc.party': this.#party, ...attributes },
    });
    return this.#hears;
  }

  /** Ends what is open; only `span` where one is given and it is still that. */
  #endSpan(span = this.#hears): void {
    if (span === undefined || span !== this.#hears) return;
    this.#hears = undefined;
    span.end(new Date(this.#tracing.clock.now()));
  }
}

const innerOf = (leg: TelephonyLeg): TelephonyLeg => (leg instanceof TracedLeg ? leg.inner : leg);
