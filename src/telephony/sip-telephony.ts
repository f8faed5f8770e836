import type {
  ActiveRecording,
  DialRequest,
  LegListener,
  Logger,
  PromptAudio,
  Random,
  Telephony,
  TelephonyLeg,
} from '../call/ports.ts';
import { readTrace } from './leg-trace.ts';
import { SipLeg } from './sip-leg.ts';
import type { MediaPool, MediaStream, Prompt, RecordingLayout } from './media/media-pool.ts';
import type { SipEndpoint } from './sip-endpoint.ts';
import type { Trunks } from './trunks/trunks.ts';

export interface SipTelephonyOptions {
  readonly endpoint: SipEndpoint;
  readonly media: MediaPool;
  /** Where calls leave. */
  readonly trunks: Trunks;
  /** The sandbox's switchboard: for calls that must never reach a trunk, and for all while there is none. */
  readonly sandbox?: Trunks | undefined;
  /** One mixed track, as the service makes it, or a track for each party. */
  readonly recordingLayout: RecordingLayout;
  readonly random: Random;
  readonly log: Logger;
}

/** Dials over SIP: the domain's `Telephony` on one endpoint, one media pool and a trunk. */
export class SipTelephony implements Telephony {
  readonly #options: SipTelephonyOptions;
  /** Encoded once, and let go when nobody holds the samples any more. */
  readonly #prompts = new WeakMap<PromptAudio, Prompt>();

  constructor(options: SipTelephonyOptions) {
    this.#options = options;
  }

  dial(request: DialRequest, listener: LegListener): SipLeg {
    const { endpoint, media, random, log } = this.#options;
    const trunks = this.#trunksFor(request);
    const isSandbox = trunks === this.#options.sandbox;
    const attempted = isSandbox ? undefined : listener.attempted?.bind(listener);
    const failed = (error: unknown, message: string): void =>
      log.error({ sessionId: request.sessionId, err: error }, message);
    return new SipLeg(request, listener, {
      openMedia: (sessionId) => media.open(sessionId),
      prompt: (audio) => this.#prompt(audio),
      // The endpoint knows no session, and its log line would name none.
      invite: (order, listen) =>
        endpoint.invite(order, (event) => {
          try {
            listen(event);
          } catch (error) {
            failed(error, 'a leg failed on what its far end did');
          }
        }),
      route: trunks.route(request, (trunk, result) => attempted?.({ trunk, result })),
      attempted,
      after: (milliseconds, action) => {
        const timer = setTimeout(action, milliseconds);
        return () => clearTimeout(timer);
      },
      // The phones of the sandbox end with this process.
      stepwise: !isSandbox,
      sdpSessionId: () => String(random.integer(2 ** 32)),
      act: (action) => endpoint.act(action),
      failed,
      warned: (reason, message) => log.warn({ sessionId: request.sessionId, reason }, message),
    });
  }

  release(trace: string, sessionId: string): Promise<void> {
    const { endpoint, trunks, log } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    try {
      const read = readTrace(trace);
      endpoint.release({
        trace: read,
        credentials: trunks.credentials(read.trunk ?? ''),
        // What was cut off failed for a while (Q.850: temporary failure).
        reason: { q850: 41, text: 'the platform was restarted' },
        onOver: resolve,
      });
    } catch (error) {
      log.error({ sessionId, err: error }, 'a leg that was cut off could not be ended');
      resolve();
    }
    return promise;
  }

  async record(a: TelephonyLeg, b: TelephonyLeg, file: string): Promise<ActiveRecording> {
    const { media, recordingLayout: layout } = this.#options;
    const recording = media.record({ streams: [streamOf(a), streamOf(b)], layout }, file);
    const failed = Promise.withResolvers<Error>();
    recording.onFailure = (error) => failed.resolve(error);
    if ((await recording.started) === undefined) throw await failed.promise;
    return { stop: () => recording.stop(), failed: failed.promise };
  }

  #trunksFor(request: DialRequest): Trunks {
    const { trunks, sandbox } = this.#options;
    if (request.route === 'default' && (sandbox === undefined || !trunks.isEmpty)) return trunks;
    if (sandbox === undefined)
      throw new Error('a sandbox call was accepted, but no sandbox phones are running');
    return sandbox;
  }

  #prompt(audio: PromptAudio): Prompt {
    const known = this.#prompts.get(audio);
    if (known !== undefined) return known;
    const prompt = this.#options.media.prepare(audio.samples);
    this.#prompts.set(audio, prompt);
    return prompt;
  }
}

function streamOf(leg: TelephonyLeg): MediaStream {
  const stream = leg instanceof SipLeg ? leg.stream : undefined;
  if (stream === undefined) throw new Error('a leg that is over cannot be recorded');
  return stream;
}
