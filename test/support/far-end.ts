/** Phones behind a trunk in the test's own process: they outlive a platform that is killed, and know how each call ended. */
import { randomBytes } from 'node:crypto';
import type { Behaviour } from '../../src/phones/behaviours.ts';
import { systemClock } from '../../src/phones/clock.ts';
import { HandsetMedia } from '../../src/phones/handset-media.ts';
import { SipHandset } from '../../src/phones/sip-handset.ts';
import { voiceOf } from '../../src/phones/voice.ts';
import type { IncomingSession } from '../../src/sip/user-agent/incoming-session.ts';
import type { SessionEvent } from '../../src/sip/user-agent/session-event.ts';
import { SipEndpoint } from '../../src/telephony/sip-endpoint.ts';

/**
 * How a call ended for the phone: `cancelled` and `bye` by the caller, `left` by itself or refused, `lost` when the caller
 * never said so (no ACK, no refresh).
 */
export type FarEndOutcome = 'cancelled' | 'bye' | 'left' | 'lost';

export interface FarEndCall {
  readonly callId: string;
  /** The number that was called. */
  readonly number: string;
  /** ms since the epoch. */
  readonly at: number;
  /** The caller acknowledged our answer. */
  talking: boolean;
  outcome?: FarEndOutcome;
}

export class FarEnd {
  /** Every call since the start, in order. */
  readonly calls: FarEndCall[] = [];
  readonly problems: unknown[] = [];
  readonly #endpoint: SipEndpoint;
  readonly #handsets = new Set<SipHandset>();

  private constructor(endpoint: SipEndpoint) {
    this.#endpoint = endpoint;
  }

  /** @param behaviourOf what the phone of a number does */
  static async start(behaviourOf: (number: string) => Behaviour): Promise<FarEnd> {
    const endpoint = await SipEndpoint.start({
      listen: { host: '127.0.0.1', port: 0 },
      userAgent: { product: 'far-end', inbound: 'accept', redirects: 'refuse' },
      onIncoming: (session) => farEnd.#ring(session, behaviourOf),
      log: { error: (fields, message) => void farEnd.problems.push(new Error(message, { cause: fields })) },
    });
    const farEnd = new FarEnd(endpoint);
    return farEnd;
  }

  /** For `--trunk`. */
  get trunk(): string {
    const { host, port } = this.#endpoint.address;
    return `sip:${host}:${port}`;
  }

  /** Calls that are not over. */
  get open(): FarEndCall[] {
    return this.calls.filter(({ outcome }) => outcome === undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#handsets].map((handset) => handset.leave()));
    await this.#endpoint.close();
  }

  #ring(session: IncomingSession, behaviourOf: (number: string) => Behaviour): (event: SessionEvent) => void {
    const uri = session.request.requestUri;
    const number = uri.kind === 'sip' ? (uri.user ?? '') : '';
    const call: FarEndCall = { callId: session.callId, number, at: Date.now(), talking: false };
    this.calls.push(call);
    const handset = new SipHandset(session, voiceOf(number), {
      clock: systemClock,
      openMedia: () => HandsetMedia.open({ host: '127.0.0.1', clock: systemClock }),
      sdpSessionId: () => String(randomBytes(6).readUIntBE(0, 6)),
      act: (action) => this.#endpoint.act(action),
      onProblem: (problem) => void this.problems.push(problem),
    });
    this.#handsets.add(handset);
    void handset.closed.then(() => this.#handsets.delete(handset));
    void handset.follow(behaviourOf(number));
    return (event) => {
      if (event.kind === 'answered') call.talking = true;
      call.outcome ??= outcomeOf(event);
      handset.receive(event);
    };
  }
}

function outcomeOf(event: SessionEvent): FarEndOutcome | undefined {
  if (event.kind === 'failed') {
    if (event.origin === 'remote') return 'cancelled';
    return event.origin === 'local' ? 'left' : 'lost';
  }
  if (event.kind !== 'ended') return undefined;
  if (event.by === 'remote') return 'bye';
  return event.by === 'local' ? 'left' : 'lost';
}
