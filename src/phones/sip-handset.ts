import { SdpError, SdpNegotiationError } from '../sdp/errors.ts';
import { type AgreedAudio, OfferAnswer } from '../sdp/offer-answer.ts';
import { formatReason } from '../sip/message/reason.ts';
import type { IncomingSession } from '../sip/user-agent/incoming-session.ts';
import type { SessionEvent } from '../sip/user-agent/session-event.ts';
import type { FailureCause } from './behaviours.ts';
import { type Clock, wait } from './clock.ts';
import type { HandsetMedia } from './handset-media.ts';
import type { UsableHandset } from './held-phone.ts';
import type { LiveSpeech } from './live-speech.ts';
import { speechOf, type Voice } from './voice.ts';

/** What a handset needs of its switchboard. */
export interface HandsetSurroundings {
  readonly clock: Clock;
  /** ms from the answer, after which it hangs up by itself; never without one. */
  readonly longestCall?: number | undefined;
  openMedia(callId: string): Promise<HandsetMedia>;
  /** Decimal digits for the o= line, new for each call (RFC 8866 5.2). */
  sdpSessionId(): string;
  /** Runs `action` with the present time and sends what it caused. */
  act(action: (now: number) => void): void;
  /** Something went wrong that the caller has no part in. */
  onProblem(error: unknown): void;
}

/** Milliseconds that a handset which leaves waits for the caller's ACK. */
const ACK_PATIENCE = 1000;

/** Milliseconds without a sound after which the caller has finished: longer than the pauses of a speaker. */
const HEARD_OUT = 1000;
/** Milliseconds between looks for it. */
const LOOK = 100;

/** What a key lasts in an INFO request, ms. */
const KEY_DURATION = 160;

/** What aborts the steps of a behaviour when its call is over. */
class CallOver extends Error {
  override readonly name = 'CallOver';
}

/** One handset with one call: an incoming session, and media from the moment it needs them. */
export class SipHandset implements UsableHandset {
  readonly #session: IncomingSession;
  readonly #voice: Voice;
  readonly #surroundings: HandsetSurroundings;
  readonly #over = new AbortController();
  readonly #acknowledged = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  #negotiation: OfferAnswer | undefined;
  /** Our description, for every response to the INVITE that carries one. */
  #described: string | undefined;
  #opening: Promise<HandsetMedia> | undefined;
  #media: HandsetMedia | undefined;
  #reported: unknown;
  #takesTelephoneEvents = true;

  constructor(session: IncomingSession, voice: Voice, surroundings: HandsetSurroundings) {
    this.#session = session;
    this.#voice = voice;
    this.#surroundings = surroundings;
    // Nobody waits for the answer of a call that is over before: its rejection is expected.
    this.#acknowledged.promise.catch(() => {});
  }

  /** Who calls: the number in From; empty where it is hidden. */
  get caller(): string {
    const { uri } = this.#session.request.from;
    return uri.kind === 'sip' ? (uri.user ?? '') : '';
  }

  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Resolves when the call is over, its ports are free and its recording is complete. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Lets `behaviour` have the call. Resolves when the script is at its end, or the call before it. */
  async follow(behaviour: (handset: UsableHandset) => Promise<void>): Promise<void> {
    try {
      await behaviour(this);
    } catch (error) {
      if (this.over.aborted) return;
      const unacceptable = error instanceof SdpError;
      if (!unacceptable) this.#report(error);
      this.refuse(unacceptable ? 488 : 500);
    }
  }

  /** What happens to the session of this handset. */
  receive(event: SessionEvent): void {
    switch (event.kind) {
      case 'answered':
        return this.#receiveAcknowledgement(event.sdp);
      case 'offer':
        return this.#receiveOffer(event.sdp);
      case 'offerWanted':
        return this.#surroundings.act((now) => {
          const offer = this.#negotiation?.createOffer();
          if (offer !== undefined) this.#session.answerOffer(offer, now);
        });
      case 'remoteAnswer':
        return void this.#receiveAnswer(event.sdp);
      case 'offerWithdrawn':
      case 'renegotiationFailed':
        return this.#negotiation?.offerRefused();
      case 'failed':
      case 'ended':
        return void this.#end();
      case 'provisional':
      case 'message':
        return;
    }
  }

  wait(milliseconds: number): Promise<void> {
    return wait(this.#surroundings.clock, milliseconds, this.over);
  }

  ring(): void {
    this.#surroundings.act((now) => this.#session.ring(now));
  }

  async openEarlyMedia(cause?: FailureCause): Promise<void> {
    const sdp = await this.#describe();
    const headers: [string, string][] =
      cause === undefined
        ? []
        : [['Reason', formatReason({ protocol: 'Q.850', cause: cause.q850, text: cause.text })]];
    this.#surroundings.act((now) => this.#session.progress(now, 183, { sdp, headers, reliable: true }));
  }

  async answer(): Promise<void> {
    const sdp = await this.#describe();
    this.#surroundings.act((now) => this.#session.answer(sdp, now));
    await this.#acknowledged.promise;
    const { clock, longestCall } = this.#surroundings;
    if (longestCall === undefined) return;
    const stopTimer = clock.after(longestCall, () => this.hangUp());
    this.over.addEventListener('abort', stopTimer, { once: true });
  }

  refuse(status: number, cause?: FailureCause): void {
    this.#surroundings.act((now) => this.#session.hangUp(now, { ...cause, sipStatus: status }));
  }

  speak(): void {
    this.play(speechOf(this.#voice));
  }

  play(samples: Int16Array): void {
    this.#media?.play(samples);
  }

  async say(samples: Int16Array): Promise<void> {
    this.#media?.say(samples);
    await this.wait(samples.length / 8);
  }

  refuseTelephoneEvents(): void {
    this.#takesTelephoneEvents = false;
  }

  talk(speech: LiveSpeech, onHeard: (samples: Int16Array) => void): void {
    this.#media?.talk(speech, onHeard);
  }

  async heardOut(): Promise<void> {
    while ((this.#media?.quietFor ?? 0) < HEARD_OUT) await this.wait(LOOK);
  }

  press(keys: string, signalling: 'telephone-event' | 'info'): void {
    if (signalling === 'telephone-event') return this.#media?.press(keys);
    for (const key of keys) {
      const body = `Signal=${key}\r\nDuration=${KEY_DURATION}\r\n`;
      this.#surroundings.act((now) => this.#session.sendInfo('application/dtmf-relay', body, now));
    }
  }

  hangUp(): void {
    this.#surroundings.act((now) => this.#session.hangUp(now, { q850: 16, text: 'normal call clearing' }));
  }

  /**
   * Ends the call from outside, as when the switchboard closes. A caller that has not yet acknowledged the answer is
   * waited for a moment: there is no BYE before its ACK (RFC 3261 15).
   */
  async leave(): Promise<void> {
    this.hangUp();
    const stopWaiting = this.#surroundings.clock.after(ACK_PATIENCE, () => void this.#end());
    await this.closed;
    stopWaiting();
  }

  /** Our description for a response to the INVITE: the answer to its offer, or our offer. */
  async #describe(): Promise<string> {
    this.#opening ??= this.#surroundings.openMedia(this.#session.callId);
    const media = await this.#opening;
    this.over.throwIfAborted();
    this.#media = media;
    const sessionId = this.#surroundings.sdpSessionId();
    const local = { ...media.local, telephoneEvent: this.#takesTelephoneEvents };
    this.#negotiation ??= new OfferAnswer({ local, sessionId });
    this.#described ??= this.#firstDescription(this.#negotiation);
    return this.#described;
  }

  #firstDescription(negotiation: OfferAnswer): string {
    const { offer } = this.#session;
    if (offer === undefined) return negotiation.createOffer();
    const { answer, agreed } = negotiation.receiveOffer(offer);
    this.#configure(agreed);
    return answer;
  }

  /** The ACK arrived: the answer to our offer is in it, if the INVITE made none (RFC 3261 13.2.2.4). */
  #receiveAcknowledgement(sdp: string | undefined): void {
    const understood = sdp !== undefined ? this.#receiveAnswer(sdp) : this.#negotiation?.agreed !== undefined;
    if (understood) this.#acknowledged.resolve();
    else
      this.#surroundings.act((now) =>
        this.#session.hangUp(now, { q850: 88, text: 'no answer to our offer' }),
      );
  }

  #receiveOffer(sdp: string): void {
    const negotiation = this.#negotiation;
    this.#surroundings.act((now) => {
      if (negotiation === undefined) return this.#session.refuseOffer(488, now);
      try {
        const { answer, agreed } = negotiation.receiveOffer(sdp);
        this.#configure(agreed);
        this.#session.answerOffer(answer, now);
      } catch (error) {
        if (!(error instanceof SdpError)) throw error;
        // RFC 3261 14.2: what was agreed before goes on.
        const glare = error instanceof SdpNegotiationError && error.reason === 'offer-pending';
        this.#session.refuseOffer(glare ? 491 : 488, now);
      }
    });
  }

  /** False when the answer holds nothing that we can do. */
  #receiveAnswer(sdp: string): boolean {
    try {
      const agreed = this.#negotiation?.receiveAnswer(sdp);
      if (agreed !== undefined) this.#configure(agreed);
      return agreed !== undefined;
    } catch (error) {
      if (!(error instanceof SdpError)) throw error;
      this.#negotiation?.offerRefused();
      return false;
    }
  }

  #configure(agreed: AgreedAudio): void {
    this.#media?.configure(agreed);
  }

  async #end(): Promise<void> {
    if (this.over.aborted) return;
    const over = new CallOver('the call is over');
    this.#over.abort(over);
    this.#acknowledged.reject(over);
    this.#media = undefined;
    try {
      const media = await this.#opening;
      await media?.close();
    } catch (error) {
      this.#report(error);
    }
    this.#closed.resolve();
  }

  /** Ports that could not be opened fail both the script and the end of the call: one problem, told once. */
  #report(error: unknown): void {
    if (error === this.#reported) return;
    this.#reported = error;
    this.#surroundings.onProblem(error);
  }
}
