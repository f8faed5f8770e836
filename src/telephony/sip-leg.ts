import type { LegAudio } from '../call/leg-audio.ts';
import type { QualityRows } from '../call/leg-quality.ts';
import type {
  BindingStep,
  DialRequest,
  Key,
  LegEnd,
  LegListener,
  Playback,
  PromptAudio,
  SipCause,
  TrunkAttempt,
  TelephonyLeg,
} from '../call/ports.ts';
import { SdpError, SdpNegotiationError } from '../sdp/errors.ts';
import type { OfferAnswer } from '../sdp/offer-answer.ts';
import { q850Cause, type Reason } from '../sip/message/reason.ts';
import type { InviteOrder, ReleaseReason, SessionTrace } from '../sip/user-agent/options.ts';
import type { OutgoingSession } from '../sip/user-agent/outgoing-session.ts';
import type { SessionEvent } from '../sip/user-agent/session-event.ts';
import { keyOfInfo } from './info-keys.ts';
import { LegNegotiation } from './leg-negotiation.ts';
import { writeTrace } from './leg-trace.ts';
import { audioVerdict } from './media/audio-verdict.ts';
import {
  type MediaStream,
  MediaUnavailableError,
  type Prompt,
  type StreamStatistics,
} from './media/media-pool.ts';
import type { InviteFailure } from './trunks/fail-over.ts';
import { type Attempt, NoTrunkError, type Route } from './trunks/route.ts';

/** What a leg needs of the machinery around it. */
export interface LegSurroundings {
  openMedia(sessionId: string): Promise<MediaStream>;
  /** The encoded form of `audio`, made once. */
  prompt(audio: PromptAudio): Prompt;
  /** Sends the INVITE; events of the session go to `listener`. */
  invite(order: InviteOrder, listener: (event: SessionEvent) => void): OutgoingSession;
  /** Where the INVITE may go, one gateway after the other. */
  readonly route: Pick<Route, 'next' | 'hasMore' | 'stop'>;
  /** Hears what came of each attempt; absent where nobody is to know (the sandbox). */
  readonly attempted?: ((attempt: TrunkAttempt) => void) | undefined;
  /** Calls `action` once after so many ms; the returned function cancels it. */
  after(milliseconds: number, action: () => void): () => void;
  /** Whether the far end outlives a crash of ours, so that what would end it is told before each binding step. */
  readonly stepwise: boolean;
  /** Decimal digits for the o= line, new for each leg (RFC 8866 section 5.2). */
  sdpSessionId(): string;
  /** Runs `action` with the present time and sends what it caused. */
  act(action: (now: number) => void): void;
  failed(error: unknown, message: string): void;
  /** Something is short or out of reach, and no fault of the program. */
  warned(reason: string, message: string): void;
}

/** The Q.850 cause among the reasons of a message, if it carries one (RFC 3326, RFC 6432). */
const causeOf = (reasons: readonly Reason[], sipStatus?: number): SipCause => ({
  sipStatus,
  q850: q850Cause(reasons),
});

/** One dialled party: an INVITE session and a media stream, told to the domain in its own words. */
export class SipLeg implements TelephonyLeg {
  readonly #surroundings: LegSurroundings;
  readonly #listener: LegListener;
  #stream: MediaStream | undefined;
  #session: OutgoingSession | undefined;
  #negotiation: LegNegotiation | undefined;
  #lastStatistics: Promise<StreamStatistics | undefined> | undefined;
  /** The INVITE under way, or that was answered. */
  #attempt: Attempt | undefined;
  /** It has its result. */
  #isAttemptTold = false;
  #stopWaiting: (() => void) | undefined;
  /** The phone rang, or played something: it is never dialled once more. */
  #reached = false;
  #answered = false;
  #over = false;

  constructor(request: DialRequest, listener: LegListener, surroundings: LegSurroundings) {
    this.#listener = listener;
    this.#surroundings = surroundings;
    void this.#dial(request);
  }

  play(audio: PromptAudio, options: { readonly loop?: boolean } = {}): Playback {
    if (this.#over || this.#stream === undefined) {
      return { finished: Promise.resolve('stopped'), stop: () => {} };
    }
    return this.#stream.play(this.#surroundings.prompt(audio), { loop: options.loop ?? false });
  }

  /** The media stream, while there is one. */
  get stream(): MediaStream | undefined {
    return this.#over ? undefined : this.#stream;
  }

  hear(source: TelephonyLeg): void {
    if (!(source instanceof SipLeg)) throw new TypeError('a SIP leg can only hear a SIP leg');
    if (this.#over || source.#stream === undefined) return;
    this.#stream?.hear(source.#stream);
  }

  watchForMachine(): void {
    this.#stream?.watchForMachine();
  }

  hearNothing(): void {
    this.#stream?.hear(undefined);
  }

  hangUp(cause: { readonly q850: number }): void {
    this.#release(cause);
    this.#end(() => this.#listener.ended({ kind: 'local-hangup' }));
  }

  async audio(): Promise<LegAudio | undefined> {
    const statistics = await this.#lastStatistics;
    return statistics && this.#answered ? audioVerdict(statistics) : undefined;
  }

  async quality(): Promise<QualityRows | undefined> {
    return this.#stream?.quality();
  }

  async #dial(request: DialRequest): Promise<void> {
    try {
      const attempt = await this.#surroundings.route.next();
      if (attempt !== undefined) await this.#try(request, attempt);
    } catch (error) {
      this.#couldNotDial(error);
    }
  }

  /** Each attempt is a session of its own, with media of its own: what a gateway sent before it failed is not heard. */
  async #try(request: DialRequest, attempt: Attempt): Promise<void> {
    this.#attempt = attempt;
    // Without an INVITE there is nothing to be told.
    this.#isAttemptTold = true;
    if (this.#over) return attempt.over();
    const stream = await this.#surroundings.openMedia(request.sessionId);
    if (this.#over) {
      stream.close();
      return;
    }
    this.#listenTo(stream);
    const sessionId = this.#surroundings.sdpSessionId();
    this.#negotiation = new LegNegotiation({ local: stream.local, sessionId });
    const { stepwise } = this.#surroundings;
    const order = { ...attempt.order(this.#negotiation.offer), stepwise };
    this.#isAttemptTold = false;
    this.#session = this.#surroundings.invite(order, (event) => {
      // A gateway that was passed over may still have something to say.
      if (this.#attempt === attempt) this.#receive(event, request);
    });
    if (stepwise) return;
    attempt.sent();
    this.#listener.dialled?.(this.#session.callId);
    this.#waitForResponse(request);
  }

  /** No INVITE was sent. */
  #couldNotDial(error: unknown): void {
    const message = 'a leg could not be dialled';
    const isPortless = error instanceof MediaUnavailableError;
    if (isPortless || error instanceof NoTrunkError) this.#surroundings.warned(error.message, message);
    else this.#surroundings.failed(error, message);
    const local = isPortless ? 'no-port' : error instanceof NoTrunkError ? error.local : 'transport';
    this.#end(() => this.#listener.ended({ kind: 'failed', cause: {}, local }));
  }

  /** A gateway that says nothing at all is passed over, as long as there is another one. */
  #waitForResponse(request: DialRequest): void {
    const { after, route } = this.#surroundings;
    const session = this.#session;
    this.#stopWaiting?.();
    this.#stopWaiting = after(this.#attempt?.patience ?? 0, () => {
      if (this.#over || session !== this.#session || session?.state !== 'calling' || !route.hasMore) return;
      void this.#fail(
        request,
        { status: 408, local: 'silent' },
        { kind: 'failed', cause: {}, local: 'timeout' },
      );
    });
  }

  /** The attempt failed: another gateway may do, unless a phone was reached or the failure is about the callee. */
  async #fail(
    request: DialRequest,
    failure: InviteFailure,
    end: LegEnd & { kind: 'failed' },
    retryAfter?: number,
  ): Promise<void> {
    const attempt = this.#attempt;
    if (this.#over || attempt === undefined) return;
    this.#stopWaiting?.();
    const consequence = attempt.failed(failure, retryAfter);
    this.#tell({ result: failure.local ?? 'refused', ...end.cause });
    if (consequence === 'over' || this.#reached) return this.#end(() => this.#listener.ended(end));
    // Whatever still comes of it is not ours to hear; it is cancelled where it may yet be answered.
    this.#attempt = undefined;
    attempt.over();
    this.#release({ q850: 31 });
    try {
      const next = await this.#surroundings.route.next();
      if (next === undefined) return this.#end(() => this.#listener.ended(end));
      void this.#stream?.close();
      await this.#try(request, next);
    } catch (error) {
      this.#couldNotDial(error);
    }
  }

  #tell(result: Omit<TrunkAttempt, 'trunk' | 'gateway'>): void {
    const attempt = this.#attempt;
    if (attempt === undefined || this.#isAttemptTold) return;
    this.#isAttemptTold = true;
    this.#surroundings.attempted?.({ trunk: attempt.trunk, gateway: attempt.gateway, ...result });
  }

  #listenTo(stream: MediaStream): void {
    this.#stream = stream;
    stream.onFirstPacket = () => {
      if (this.#answered || this.#over || stream !== this.#stream) return;
      this.#reached = true;
      this.#listener.earlyMedia();
    };
    stream.onKey = (key) => this.#press(key);
    stream.onMachineVerdict = ({ verdict, confidence, after }) =>
      this.#listener.answeredBy?.({ verdict, confidence, after });
    stream.onBeep = ({ at }) => this.#listener.beep?.(at);
    stream.onSilentMedia = () => {
      this.#release({ q850: 102, text: 'no media' });
      this.#end(() => this.#listener.ended({ kind: 'lost', reason: 'silent-media' }));
    };
    stream.onFailure = () => {
      this.#release({ q850: 41 });
      this.#end(() => this.#listener.ended({ kind: 'lost', reason: 'media-failure' }));
    };
  }

  #receive(event: SessionEvent, request: DialRequest): void {
    switch (event.kind) {
      case 'inviting':
        return this.#inviting(event.trace, request);
      case 'provisional':
        return this.#provisional(event);
      case 'answered':
        return this.#answer(event);
      case 'failed': {
        const { status, reasons, origin, retryAfter } = event;
        const local = origin === 'timeout' || origin === 'transport' ? origin : undefined;
        const cause = causeOf(reasons, status);
        void this.#fail(
          request,
          { status, q850: cause.q850, local },
          { kind: 'failed', cause, local },
          retryAfter,
        );
        return;
      }
      case 'offer':
        return this.#answerOffer(event);
      case 'offerWanted':
        return this.#surroundings.act((now) => {
          const negotiation = this.#negotiation?.of(event.dialogId);
          if (negotiation) this.#session?.answerOffer(negotiation.createOffer(), now);
        });
      case 'remoteAnswer':
        // An answer that says nothing we can do leaves what was agreed before, and our offer behind.
        if (!this.#agree(event.sdp, this.#negotiation?.confirmed))
          this.#negotiation?.confirmed?.offerRefused();
        return;
      case 'offerWithdrawn':
      case 'renegotiationFailed':
        // What was agreed before holds (RFC 3261 section 14.1).
        return this.#negotiation?.confirmed?.offerRefused();
      case 'message':
        return this.#info(event.contentType, event.body);
      case 'ended':
        return this.#ended(event);
    }
  }

  #inviting(trace: SessionTrace, request: DialRequest): void {
    if (this.#over) return;
    const step = this.#step(trace);
    const take = (): void => {
      this.#attempt?.sent();
      step?.take();
      this.#waitForResponse(request);
    };
    this.#listener.dialled?.(this.#session?.callId ?? '', step && { ...step, take });
  }

  #provisional({ status, reasons, sdp, dialogId }: SessionEvent & { kind: 'provisional' }): void {
    if (sdp !== undefined) this.#agree(sdp, this.#negotiation?.of(dialogId));
    if (status === 180) {
      this.#reached = true;
      this.#listener.ringing();
    }
    // RFC 3398 section 7.2.4.1 and practice: the reason in a provisional response says that what follows is an announcement.
    if (reasons.length > 0) this.#listener.failureAnnouncement(causeOf(reasons));
  }

  #answer({ sdp, dialogId, trace }: SessionEvent & { kind: 'answered' }): void {
    if (this.#over) return;
    const negotiation = this.#negotiation?.confirm(dialogId);
    const agrees = sdp === undefined ? this.#resume(negotiation) : this.#agree(sdp, negotiation);
    if (!agrees) {
      this.#release({ q850: 88, sipStatus: 488, text: 'no acceptable answer to our offer' });
      this.#tell({ result: 'media' });
      return this.#end(() => this.#listener.ended({ kind: 'failed', cause: {}, local: 'media' }));
    }
    this.#answered = true;
    this.#attempt?.answered();
    this.#tell({ result: 'answered' });
    this.#stream?.restartJudgement();
    this.#listener.answered(this.#surroundings.stepwise ? this.#step(trace) : undefined);
  }

  #step(trace: SessionTrace | undefined): BindingStep | undefined {
    if (trace === undefined) return undefined;
    return {
      trace: writeTrace({ ...trace, trunk: this.#attempt?.trunk }),
      take: () => this.#surroundings.act((now) => this.#session?.proceed(now)),
    };
  }

  /** The stream tells each press once, however often and in whichever ways it was signalled. */
  #info(contentType: string | undefined, body: string): void {
    const key = keyOfInfo(contentType, body);
    if (key !== undefined) this.#stream?.receiveKey(key);
  }

  #press(key: string): void {
    if (!this.#over) this.#listener.key?.(key as Key);
  }

  #answerOffer({ sdp, dialogId }: SessionEvent & { kind: 'offer' }): void {
    const negotiation = this.#negotiation?.of(dialogId);
    if (!negotiation) return;
    this.#surroundings.act((now) => {
      try {
        const { answer, agreed } = negotiation.receiveOffer(sdp);
        this.#stream?.configure(agreed);
        this.#session?.answerOffer(answer, now);
      } catch (error) {
        if (!(error instanceof SdpError)) throw error;
        // RFC 3261 section 14.2: what cannot be agreed is refused, and what was agreed before goes on.
        const glare = error instanceof SdpNegotiationError && error.reason === 'offer-pending';
        this.#session?.refuseOffer(glare ? 491 : 488, now);
      }
    });
  }

  /** Configures the media as a dialog agreed before it was answered. False when it did not. */
  #resume(negotiation: OfferAnswer | undefined): boolean {
    if (negotiation?.agreed === undefined) return false;
    this.#stream?.configure(negotiation.agreed);
    return true;
  }

  /** Configures the media by an answer to our offer. False when there is nothing in it that we can do. */
  #agree(sdp: string, negotiation: OfferAnswer | undefined): boolean {
    if (negotiation === undefined) return false;
    try {
      this.#stream?.configure(negotiation.receiveAnswer(sdp));
      return true;
    } catch (error) {
      if (!(error instanceof SdpError)) throw error;
      this.#surroundings.failed(error, 'an SDP answer is unacceptable');
      return false;
    }
  }

  #ended({ by, reasons }: SessionEvent & { kind: 'ended' }): void {
    if (by === 'local') return;
    this.#end(() =>
      this.#listener.ended(
        by === 'remote' ? { kind: 'remote-hangup', cause: causeOf(reasons) } : { kind: 'lost', reason: by },
      ),
    );
  }

  /** CANCEL, or ACK and BYE for an answer that crosses it, or BYE. */
  #release(reason: ReleaseReason): void {
    this.#surroundings.act((now) => this.#session?.hangUp(now, reason));
  }

  /** The far end's dialog may still be closing; for the call the leg is over now. */
  #end(tell: () => void): void {
    if (this.#over) return;
    this.#tell({ result: 'given-up' });
    this.#over = true;
    this.#stopWaiting?.();
    this.#surroundings.route.stop();
    this.#attempt?.over();
    this.#lastStatistics = this.#stream?.close();
    tell();
  }
}
