/** The SIP messages of the latest calls, for people who look for what went wrong. In memory. */
import type { Flow } from '../sip/flow.ts';
import type { SipTraceEntry } from './sip-endpoint.ts';

/** One message as it went over the wire. */
export interface LoggedMessage {
  /** ms since 1970-01-01T00:00:00Z. */
  readonly at: number;
  readonly direction: 'in' | 'out';
  readonly transport: Flow['transport'];
  /** Ours. */
  readonly local: { readonly host: string; readonly port: number };
  readonly remote: { readonly host: string; readonly port: number };
  readonly bytes: Uint8Array;
}

export interface SipLogOptions {
  /** Legs whose messages are kept; of more, those that were dialled first are forgotten. 0 keeps none. */
  readonly legs: number;
  readonly now: () => number;
}

/** Messages of one leg; a far end that repeats itself for ever fills no memory. */
const MOST_MESSAGES = 200;

/** Keeps what was said about the calls that we dial, by Call-ID; what strangers send is not kept. */
export class SipLog {
  readonly #options: SipLogOptions;
  /** Oldest first. */
  readonly #legs = new Map<string, LoggedMessage[]>();

  constructor(options: SipLogOptions) {
    this.#options = options;
  }

  /**
   * Notes a message that came in, or went out, at our address `local`. Its octets are kept and not what was read of them:
   * that is some forty objects each, which the collector of garbage would move about for as long.
   */
  seen(entry: Omit<SipTraceEntry, 'at'>, local: LoggedMessage['local']): void {
    const callId = entry.message.headers.get('Call-ID');
    if (callId === undefined) return;
    const leg = this.#legs.get(callId) ?? this.#begun(entry, callId);
    if (leg === undefined || leg.length >= MOST_MESSAGES) return;
    const { direction, flow, bytes } = entry;
    const { transport, host, port } = flow;
    leg.push({ at: this.#options.now(), direction, transport, local, remote: { host, port }, bytes });
  }

  /** In the order in which they went; empty where nothing is kept. */
  of(callId: string): readonly LoggedMessage[] {
    return this.#legs.get(callId) ?? [];
  }

  /** A leg begins with our INVITE. */
  #begun(
    { direction, message }: Pick<SipTraceEntry, 'direction' | 'message'>,
    callId: string,
  ): LoggedMessage[] | undefined {
    const dials = direction === 'out' && message.kind === 'request' && message.method === 'INVITE';
    if (!dials || this.#options.legs === 0) return undefined;
    const [oldest] = this.#legs.keys();
    if (oldest !== undefined && this.#legs.size >= this.#options.legs) this.#legs.delete(oldest);
    const leg: LoggedMessage[] = [];
    this.#legs.set(callId, leg);
    return leg;
  }
}
