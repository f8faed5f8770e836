/** The SIP messages of the latest calls, for people who look for what went wrong. In memory. */
import type { Flow } from '../sip/flow.ts';
import type { SipMessage } from '../sip/message/message.ts';
import { serializeMessage } from '../sip/message/serialize.ts';

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

interface Kept extends Omit<LoggedMessage, 'bytes'> {
  readonly message: SipMessage;
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
  readonly #legs = new Map<string, Kept[]>();

  constructor(options: SipLogOptions) {
    this.#options = options;
  }

  /** Notes a message that comes in, or goes out, at our address `local`. Nothing is written out before somebody asks. */
  seen(direction: 'in' | 'out', message: SipMessage, flow: Flow, local: LoggedMessage['local']): void {
    const callId = message.headers.get('Call-ID');
    if (callId === undefined) return;
    const leg = this.#legs.get(callId) ?? this.#begun(direction, message, callId);
    if (leg === undefined || leg.length >= MOST_MESSAGES) return;
    const { transport, host, port } = flow;
    leg.push({ at: this.#options.now(), direction, transport, local, remote: { host, port }, message });
  }

  /** In the order in which they went; empty where nothing is kept. */
  of(callId: string): LoggedMessage[] {
    const messages = this.#legs.get(callId) ?? [];
    return messages.map(({ message, ...rest }) => ({ ...rest, bytes: serializeMessage(message) }));
  }

  /** A leg begins with our INVITE. */
  #begun(direction: 'in' | 'out', message: SipMessage, callId: string): Kept[] | undefined {
    const dials = direction === 'out' && message.kind === 'request' && message.method === 'INVITE';
    if (!dials || this.#options.legs === 0) return undefined;
    const [oldest] = this.#legs.keys();
    if (oldest !== undefined && this.#legs.size >= this.#options.legs) this.#legs.delete(oldest);
    const leg: Kept[] = [];
    this.#legs.set(callId, leg);
    return leg;
  }
}
