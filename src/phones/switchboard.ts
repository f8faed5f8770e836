import { randomBytes } from 'node:crypto';
import type { Uri } from '../sip/message/uri.ts';
import type { IncomingSession } from '../sip/user-agent/incoming-session.ts';
import type { SessionListener } from '../sip/user-agent/invite-session.ts';
import { SipEndpoint } from '../telephony/sip-endpoint.ts';
import { behaviours } from './behaviours.ts';
import { CallRecorder } from './call-recorder.ts';
import { type Clock, systemClock } from './clock.ts';
import { behaviourOf, digitsOf } from './directory.ts';
import { HandsetMedia } from './handset-media.ts';
import { type FromHeldPhone, HeldPhone } from './held-phone.ts';
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

/** ms that a phone is kept for a holder who is gone; in a call there is time to load a page again over a slow line. */
const PUT_BACK = 5_000;
const PUT_BACK_IN_CALL = 25_000;

/** A phone in somebody's hands. */
interface Held {
  /** Only he can have it again. */
  readonly holder: string;
  readonly phone: HeldPhone;
  /** Once it is put back: he has it again. */
  stopWaiting: () => void;
}

/** A public exchange in miniature: one SIP address behind which every number has a handset. */
export class Switchboard {
  readonly #options: SwitchboardOptions;
  readonly #clock: Clock;
  readonly #endpoint: SipEndpoint;
  readonly #handsets = new Set<SipHandset>();
  /** By the digits of their numbers. */
  readonly #held = new Map<string, Held>();

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

  /**
   * Calls to `number` are `holder`'s from now on; a phone that he has already, or has just put back, he has as it is.
   *
   * @param tell shows and lets hear
   * @returns the phone, and what puts it back; undefined while somebody else holds it
   */
  hold(
    number: string,
    holder: string,
    tell: (message: FromHeldPhone) => void,
  ): { readonly phone: HeldPhone; readonly putBack: () => void } | undefined {
    const digits = digitsOf(number);
    const held = this.#held.get(digits);
    if (held && held.holder !== holder) return undefined;
    held?.stopWaiting();
    const own: Held = { holder, phone: held?.phone ?? new HeldPhone(), stopWaiting: () => {} };
    this.#held.set(digits, own);
    own.phone.show(tell);
    const putBack = (): void => {
      // He may hold it in another page meanwhile.
      if (this.#held.get(digits) !== own) return;
      own.phone.show(() => {});
      const wait = own.phone.isInCall ? PUT_BACK_IN_CALL : PUT_BACK;
      own.stopWaiting = this.#clock.after(wait, () => {
        this.#held.delete(digits);
        own.phone.letGo();
      });
    };
    return { phone: own.phone, putBack };
  }

  /** Ends all calls, completes their recordings and frees all ports. */
  async close(): Promise<void> {
    for (const { stopWaiting } of this.#held.values()) stopWaiting();
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
    const held = this.#held.get(digitsOf(number));
    void handset.follow(held ? (call) => held.phone.follow(call) : behaviours[behaviourOf(number)]);
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
