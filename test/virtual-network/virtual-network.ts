import type { Flow, Transport } from '../../src/sip/flow.ts';
import type { SipMessage } from '../../src/sip/message/message.ts';
import { parseMessage } from '../../src/sip/message/parse.ts';
import { serializeMessage } from '../../src/sip/message/serialize.ts';
import { SipParseError } from '../../src/sip/message/sip-parse-error.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualConnections } from './virtual-connections.ts';

/** An address on the virtual network. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface SendOutput {
  readonly kind: 'send';
  readonly message: SipMessage;
  readonly to: Flow;
}

/** Anything sans-IO that speaks SIP: a TransactionLayer, a UserAgent. */
export interface SansIoNode<Output extends { readonly kind: string }> {
  receive(message: SipMessage, flow: Flow, now: number): void;
  transportFailed(flow: Flow, now: number): void;
  refuse?(error: SipParseError, flow: Flow, now: number): void;
  wake(now: number): void;
  readonly deadline: number;
  poll(): Output | SendOutput | undefined;
}

/** How one direction between two addresses behaves; applies to datagrams, connections only have the latency. */
export interface LinkConditions {
  /** One-way delay in ms: fixed, or drawn evenly between two bounds (datagrams then overtake each other). */
  readonly latency: number | readonly [from: number, to: number];
  /** Share of datagrams lost, 0 to 1. */
  readonly loss: number;
  /** Share of datagrams delivered twice, 0 to 1. */
  readonly duplication: number;
  /** Loses the datagrams it says true for; `index` counts those sent on this link from 0. */
  readonly drop?: (message: SipMessage, index: number) => boolean;
}

export const perfectLink: LinkConditions = Object.freeze({ latency: 10, loss: 0, duplication: 0 });

/** One message that was handed to the network. */
export interface TraceEntry {
  /** When it was sent, ms. */
  readonly at: number;
  /** `host:port` of both ends. */
  readonly from: string;
  readonly to: string;
  readonly transport: Transport;
  /** `INVITE`, or `200 INVITE` for a response to one. */
  readonly what: string;
  readonly message: SipMessage;
  readonly fate: 'delivered' | 'lost' | 'duplicated' | 'refused';
}

interface AttachedNode {
  readonly flush: () => void;
  readonly node: SansIoNode<{ readonly kind: string }>;
}

interface Occurrence {
  readonly at: number;
  readonly act: () => void;
}

const defaultStepLimit = 2_000_000;

/**
 * A network in memory between sans-IO nodes. Time is a number that `run` moves from one occurrence to the next, so
 * that 32 seconds of timers pass in microseconds. Messages cross it as bytes. The same seed gives the same run.
 */
export class VirtualNetwork {
  readonly trace: TraceEntry[] = [];
  readonly random: SeededRandom;
  #now = 0;
  readonly #stepLimit: number;
  #standard: LinkConditions;
  readonly #links = new Map<string, LinkConditions>();
  readonly #sentOnLink = new Map<string, number>();
  readonly #nodes = new Map<string, AttachedNode>();
  readonly #refusing = new Set<string>();
  readonly #occurrences: Occurrence[] = [];
  readonly connections = new VirtualConnections();

  /** @param options.stepLimit how much may happen in one `run` before it counts as endless */
  constructor(options: { seed?: number; link?: Partial<LinkConditions>; stepLimit?: number } = {}) {
    this.#stepLimit = options.stepLimit ?? defaultStepLimit;
    this.random = new SeededRandom(options.seed ?? 1);
    this.#standard = { ...perfectLink, ...options.link };
  }

  get now(): number {
    return this.#now;
  }

  /**
   * Puts a node on the network.
   *
   * @param address where it is reached, and what its messages seem to come from: behind a NAT, the NAT's
   * @param onOutput hears every output of the node but `send`
   */
  attach<Output extends { readonly kind: string }>(
    address: Address,
    node: SansIoNode<Output>,
    onOutput: (output: Exclude<Output, SendOutput>, now: number) => void = () => {},
  ): void {
    const flush = () => {
      for (let output = node.poll(); output !== undefined; output = node.poll()) {
        if (isSend(output)) this.#send(address, output.message, output.to);
        else onOutput(output as Exclude<Output, SendOutput>, this.#now);
      }
    };
    this.#nodes.set(nameOf(address), { flush, node });
  }

  /** Takes a node off the network; what is on its way to it is lost. */
  detach(address: Address): void {
    this.#nodes.delete(nameOf(address));
  }

  /** Sets how datagrams from one address to another fare; without addresses, all that have no rule of their own. */
  link(conditions: Partial<LinkConditions>, from?: Address, to?: Address): void {
    if (from === undefined || to === undefined) this.#standard = { ...this.#standard, ...conditions };
    else this.#links.set(linkName(from, to), { ...this.#linkBetween(from, to), ...conditions });
  }

  /** Makes an address refuse a transport: an ICMP error for datagrams, a reset for connections. */
  refuse(transport: Transport, address: Address): void {
    this.#refusing.add(`${transport} ${nameOf(address)}`);
  }

  /** Breaks every connection between two addresses; both ends hear of it after the latency. */
  breakConnections(one: Address, other: Address): void {
    for (const connection of this.connections.closeBetween(one, other)) {
      const { id, client, server, clientPort } = connection;
      const after = (from: Address, to: Address) => this.#now + this.#delay(this.#linkBetween(from, to));
      this.#schedule(after(client, server), () =>
        this.#fail(server, tcp({ ...client, port: clientPort }, id)),
      );
      this.#schedule(after(server, client), () => this.#fail(client, tcp(server)));
    }
  }

  /** Does something at a time of the run, such as hanging up. */
  at(time: number, act: () => void): void {
    this.#schedule(time, act);
  }

  /** Lets time pass until nothing is left to happen, or until the given time. */
  run(until = Infinity): void {
    this.#flushAll();
    for (let steps = 0; ; steps += 1) {
      if (steps > this.#stepLimit) throw new Error(`The nodes do not come to rest (at ${this.#now} ms).`);
      const next = Math.min(this.#occurrences[0]?.at ?? Infinity, this.#earliestDeadline());
      if (next > until || next === Infinity) break;
      this.#now = Math.max(this.#now, next);
      this.#step();
      this.#flushAll();
    }
    if (until !== Infinity) this.#now = Math.max(this.#now, until);
  }

  /** What was sent, as `ms what` lines: all of it, or from one address only. */
  sent(from?: Address): string[] {
    const entries =
      from === undefined ? this.trace : this.trace.filter((entry) => entry.from === nameOf(from));
    return entries.map((entry) => `${entry.at} ${entry.what}`);
  }

  #step(): void {
    const due = this.#occurrences[0];
    if (due !== undefined && due.at <= this.#now) {
      this.#occurrences.shift();
      due.act();
      return;
    }
    for (const { node } of this.#nodes.values()) {
      if (node.deadline <= this.#now) node.wake(this.#now);
    }
  }

  #flushAll(): void {
    for (const attached of this.#nodes.values()) attached.flush();
  }

  #earliestDeadline(): number {
    let earliest = Infinity;
    for (const { node } of this.#nodes.values()) earliest = Math.min(earliest, node.deadline);
    return earliest;
  }

  #send(from: Address, message: SipMessage, to: Flow): void {
    const bytes = serializeMessage(message);
    if (to.transport === 'UDP') this.#sendDatagram(from, message, bytes, to);
    else this.#sendOnConnection(from, message, bytes, to);
  }

  #sendDatagram(from: Address, message: SipMessage, bytes: Uint8Array, to: Flow): void {
    const link = this.#linkBetween(from, to);
    const index = this.#sentOnLink.get(linkName(from, to)) ?? 0;
    this.#sentOnLink.set(linkName(from, to), index + 1);
    if (this.#refusing.has(`UDP ${nameOf(to)}`)) {
      this.#record('refused', from, message, to);
      this.#schedule(this.#now + 2 * this.#delay(link), () => this.#fail(from, to));
      return;
    }
    const lost = this.random.next() < link.loss || link.drop?.(message, index) === true;
    const twice = this.random.next() < link.duplication;
    this.#record(lost ? 'lost' : twice ? 'duplicated' : 'delivered', from, message, to);
    if (lost) return;
    const source: Flow = { transport: 'UDP', host: from.host, port: from.port };
    for (let copies = twice ? 2 : 1; copies > 0; copies -= 1) {
      this.#schedule(this.#now + this.#delay(link), () => this.#deliver(bytes, to, source));
    }
  }

  #sendOnConnection(from: Address, message: SipMessage, bytes: Uint8Array, to: Flow): void {
    const delay = this.#delay(this.#linkBetween(from, to));
    const connection = this.#refusing.has(`TCP ${nameOf(to)}`)
      ? undefined
      : this.connections.toward(from, to);
    if (connection === undefined) {
      this.#record('refused', from, message, to);
      this.#schedule(this.#now + 2 * delay, () => this.#fail(from, to));
      return;
    }
    this.#record('delivered', from, message, to);
    const outward = nameOf(connection.client) === nameOf(from);
    const target = outward ? connection.server : connection.client;
    // Only the end that accepted a connection names it; the end that made it can make another.
    const source = outward
      ? tcp({ ...from, port: connection.clientPort }, connection.id)
      : tcp(connection.server);
    const at = connection.inOrder(outward, this.#now + delay);
    this.#schedule(at, () => this.#deliver(bytes, target, source));
  }

  #deliver(bytes: Uint8Array, to: Address, source: Flow): void {
    const target = this.#nodes.get(nameOf(to))?.node;
    if (target === undefined) return;
    let message: SipMessage;
    try {
      message = parseMessage(bytes);
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      target.refuse?.(error, source, this.#now);
      return;
    }
    target.receive(message, source, this.#now);
  }

  #fail(at: Address, flow: Flow): void {
    this.#nodes.get(nameOf(at))?.node.transportFailed(flow, this.#now);
  }

  #record(fate: TraceEntry['fate'], from: Address, message: SipMessage, to: Flow): void {
    this.trace.push({
      at: this.#now,
      from: nameOf(from),
      to: nameOf(to),
      transport: to.transport,
      what: describe(message),
      message,
      fate,
    });
  }

  #linkBetween(from: Address, to: Address): LinkConditions {
    return this.#links.get(linkName(from, to)) ?? this.#standard;
  }

  #delay(link: LinkConditions): number {
    if (typeof link.latency === 'number') return link.latency;
    return this.random.between(link.latency[0], link.latency[1]);
  }

  /** Keeps what happens at the same time in the order in which it was scheduled. */
  #schedule(at: number, act: () => void): void {
    let low = 0;
    let high = this.#occurrences.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#occurrences[middle]!.at <= at) low = middle + 1;
      else high = middle;
    }
    this.#occurrences.splice(low, 0, { at, act });
  }
}

/** `INVITE`, or `200 INVITE` for a response to one. */
export function describe(message: SipMessage): string {
  return message.kind === 'request' ? message.method : `${message.status} ${message.cseq.method}`;
}

function isSend(output: { readonly kind: string }): output is SendOutput {
  return output.kind === 'send';
}

function tcp(address: Address, connection?: number): Flow {
  const flow = { transport: 'TCP', host: address.host, port: address.port } as const;
  return connection === undefined ? flow : { ...flow, connection };
}

function nameOf(address: Address): string {
  return `${address.host}:${address.port}`;
}

function linkName(from: Address, to: Address): string {
  return `${nameOf(from)} > ${nameOf(to)}`;
}
