import type { Flow, Transport } from '../../src/sip/flow.ts';
import type { SipMessage, SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import type { IncomingSession } from '../../src/sip/user-agent/incoming-session.ts';
import type { InviteSession } from '../../src/sip/user-agent/invite-session.ts';
import type { InviteOrder, UserAgentOptions } from '../../src/sip/user-agent/options.ts';
import type { OutgoingSession } from '../../src/sip/user-agent/outgoing-session.ts';
import type { SessionEvent } from '../../src/sip/user-agent/session-event.ts';
import { UserAgent } from '../../src/sip/user-agent/user-agent.ts';
import { SeededRandom } from './seeded-random.ts';
import { type Address, describe, type VirtualNetwork } from './virtual-network.ts';

export type PartyOptions = Partial<Omit<UserAgentOptions, 'random' | 'address'>> & { readonly seed?: number };

export interface HeardEvent {
  readonly at: number;
  readonly session: InviteSession;
  readonly event: SessionEvent;
}

/** A user agent on the virtual network, with an owner that notes what it hears. */
export class CallParty {
  readonly agent: UserAgent;
  readonly address: Address;
  readonly events: HeardEvent[] = [];
  readonly incoming: IncomingSession[] = [];
  /** What the owner does beyond noting. */
  onIncoming: (session: IncomingSession, now: number) => void = () => {};
  onEvent: (session: InviteSession, event: SessionEvent, now: number) => void = () => {};
  readonly #network: VirtualNetwork;

  constructor(network: VirtualNetwork, address: Address, options: PartyOptions = {}) {
    const { seed = Number(address.host.split('.').at(-1)), ...others } = options;
    this.#network = network;
    this.address = address;
    this.agent = new UserAgent({
      product: 'Party/1',
      inbound: 'accept',
      redirects: 'refuse',
      ...others,
      random: new SeededRandom(seed),
      address: () => address,
    });
    network.attach(address, this.agent, (output, now) => {
      if (output.kind === 'incoming') {
        this.incoming.push(output.session);
        this.onIncoming(output.session, now);
      } else {
        const { session, event } = output;
        this.events.push({ at: now, session, event });
        this.onEvent(session, event, now);
      }
    });
  }

  /** Dials an address; `changes` go into the order. */
  call(
    to: Address,
    changes: Partial<InviteOrder> & { readonly transport?: Transport } = {},
  ): OutgoingSession {
    const { transport = 'UDP', ...others } = changes;
    return this.agent.invite(
      {
        requestUri: `sip:callee@${to.host}:${to.port}`,
        from: `<sip:caller@${this.address.host}>`,
        to: `<sip:callee@${to.host}>`,
        destination: flow(to, transport),
        offer: 'offer-1',
        ...others,
      },
      this.#network.now,
    );
  }

  /** The events in short: `180`, `answered answer-1`, `failed 486 remote`, `ended local`. */
  get story(): string[] {
    return this.events.map(({ event }) => summary(event));
  }

  /** The last session that called us. */
  get called(): IncomingSession {
    const session = this.incoming.at(-1);
    if (session === undefined) throw new Error('Nobody has called.');
    return session;
  }
}

/** Answers every call after a ring. */
export function answering(party: CallParty, sdp = 'answer-1'): void {
  party.onIncoming = (session, now) => {
    session.ring(now);
    session.answer(sdp, now);
  };
}

export function flow(address: Address, transport: Transport = 'UDP'): Flow {
  return { transport, host: address.host, port: address.port };
}

export function summary(event: SessionEvent): string {
  switch (event.kind) {
    case 'provisional':
      return [event.status, event.sdp].filter((part) => part !== undefined).join(' ');
    case 'answered':
      return ['answered', event.sdp].filter((part) => part !== undefined).join(' ');
    case 'failed':
      return `failed ${event.status} ${event.origin}`;
    case 'offer':
      return `offer ${event.sdp} by ${event.by}`;
    case 'remoteAnswer':
      return `remoteAnswer ${event.sdp}${event.refresh === true ? ' (refresh)' : ''}`;
    case 'renegotiationFailed':
      return `renegotiationFailed ${event.status}`;
    case 'message':
      return `message ${event.contentType ?? ''} ${event.body}`;
    case 'ended':
      return `ended ${event.by}`;
    default:
      return event.kind;
  }
}

/** The messages of one kind that were sent, lost ones and repetitions included. */
export function messagesOf(network: VirtualNetwork, what: string): SipMessage[] {
  return network.trace.filter((entry) => entry.what === what).map(({ message }) => message);
}

/** The nth request of a method that was sent. */
export function requestOf(network: VirtualNetwork, method: string, index = 0): SipRequest {
  const message = messagesOf(network, method).at(index);
  if (message?.kind !== 'request') throw new Error(`There is no ${method} number ${index}.`);
  return message;
}

/** The nth response, e.g. to `200 INVITE`. */
export function responseOf(network: VirtualNetwork, what: string, index = 0): SipResponse {
  const message = messagesOf(network, what).at(index);
  if (message?.kind !== 'response') throw new Error(`There is no ${what} number ${index}.`);
  return message;
}

/** What went over the network, in order, without times: `INVITE`, `180 INVITE` ... */
export function ladder(network: VirtualNetwork): string[] {
  return network.trace.map(({ message }) => describe(message));
}

/** What must be left of a call once all waiting is over. */
export const idle = { dialogs: 0, requests: 0, invitations: 0, timers: 0, transactions: 0 };
