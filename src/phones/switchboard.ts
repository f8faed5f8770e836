import { randomBytes } from 'node:crypto';
import type { Uri } from '../sip/message/uri.ts';
import type { IncomingSession } from '../sip/user-agent/incoming-session.ts';
import type { SessionListener } from '../sip/user-agent/invite-session.ts';
import { SipEndpoint } from '../telephony/sip-endpoint.ts';
import { behaviours } from './behaviours.ts';
import { CallRecorder } from './call-recorder.ts';
import { type Clock, systemClock } from './clock.ts';
import { behaviourOf } from './directory.ts';
import { HandsetMedia } from './handset-media.ts';
import { SipHandset } from './sip-handset.ts';
import { voiceOf } from './voice.ts';

export interface SwitchboardOptions {
  /** The address to bind for SIP and media, and what the far end is told. */
  readonly host: string;
  /** Folder for what the handsets hear; nothing is recorded without it. */
  readonly recordings?: string | undefined;
  /** Hears of faults that are not the caller's: a full disk, no free port. */
  readonly onProblem: (error: unknown) => void;
  readonly clock?: Clock;
  /** ms from the answer, after which a handset hangs up by itself; never without one. */
  readonly longestCall?: number | undefined;
}

/** A public exchange in miniature: one SIP address behind which every number has a handset. */
export class Switchboard {
  readonly #options: SwitchboardOptions;
  readonly #clock: Clock;
  readonly #endpoint: SipEndpoint;
  readonly #handsets = new Set<SipHandset>();

  private constructor(options: SwitchboardOptions, endpoint: SipEndpoint) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#endpoint = endpoint;
  }

  /** @throws the system's error when the address cannot be bound */
  static async start(options: SwitchboardOptions): Promise<Switchboard> {
    const endpoint = await SipEndpoint.start({
      listen: { host: options.host, port: 0 },
      userAgent: {
        product: 'OpenVoiceCall-phones',
        inbound: 'accept',
        redirects: 'refuse',
        sessionTimer: { expires: 1800, minimum: 90 },
      },
      onIncoming: (session) => switchboard.#connect(session),
      log: { error: (fields, message) => options.onProblem(new Error(message, { cause: fields })) },
    });
    const switchboard = new Switchboard(options, endpoint);
    return switchboard;
  }

  /** Where its numbers are called, over UDP and TCP. */
  get address(): { readonly host: string; readonly port: number } {
    return this.#endpoint.address;
  }

  /** Ends all calls, completes their recordings and frees all ports. */
  async close(): Promise<void> {
    await Promise.all([...this.#handsets].map((handset) => handset.leave()));
    await this.#endpoint.close();
  }

  #connect(session: IncomingSession): SessionListener {
    const number = numberIn(session.request.requestUri);
    const handset = new SipHandset(session, voiceOf(number), {
      clock: this.#clock,
      longestCall: this.#options.longestCall,
      openMedia: (callId) => this.#openMedia(callId),
      sdpSessionId: () => String(randomBytes(6).readUIntBE(0, 6)),
      act: (action) => this.#endpoint.act(action),
      onProblem: this.#options.onProblem,
    });
    this.#handsets.add(handset);
    void handset.closed.then(() => this.#handsets.delete(handset));
    void handset.follow(behaviours[behaviourOf(number)]);
    return (event) => handset.receive(event);
  }

  async #openMedia(callId: string): Promise<HandsetMedia> {
    const recorder = await this.#beginRecording(callId);
    try {
      return await HandsetMedia.open({ host: this.#options.host, clock: this.#clock, recorder });
    } catch (error) {
      await recorder?.finish();
      throw error;
    }
  }

  /** A handset that cannot record still talks. */
  async #beginRecording(callId: string): Promise<CallRecorder | undefined> {
    const { recordings, onProblem } = this.#options;
    if (recordings === undefined) return undefined;
    try {
      return await CallRecorder.begin(recordings, callId);
    } catch (error) {
      onProblem(error);
      return undefined;
    }
  }
}

/** Who is called; empty when the URI names nobody. */
function numberIn(uri: Uri): string {
  if (uri.kind === 'sip') return uri.user ?? '';
  return uri.kind === 'tel' ? uri.number : '';
}
