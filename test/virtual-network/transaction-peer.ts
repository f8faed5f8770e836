import type { Flow, Transport } from '../../src/sip/flow.ts';
import { Headers } from '../../src/sip/message/headers.ts';
import { type SipMessage, SipRequest } from '../../src/sip/message/message.ts';
import { type ResponseOptions, responseTo } from '../../src/sip/message/response.ts';
import type { Timers } from '../../src/sip/timers.ts';
import {
  type ServerTransaction,
  TransactionLayer,
  type TransactionLimits,
  type TransactionOutput,
} from '../../src/sip/transaction/transaction-layer.ts';
import { SeededRandom } from './seeded-random.ts';
import { type Address, describe, type SendOutput, type VirtualNetwork } from './virtual-network.ts';

export const alice: Address = Object.freeze({ host: '192.0.2.1', port: 5060 });
export const bob: Address = Object.freeze({ host: '192.0.2.2', port: 5060 });

/** A transaction layer on the virtual network, with a user that notes what it hears. */
export class TransactionPeer {
  readonly layer: TransactionLayer;
  /** `ms what`: `request INVITE`, `response 180 INVITE`, `ack`, `cancelled`, `failed timeout`, `stray 200 INVITE`. */
  readonly heard: string[] = [];
  readonly outputs: Exclude<TransactionOutput, SendOutput>[] = [];
  /** What the user does beyond noting. */
  onOutput: (output: Exclude<TransactionOutput, SendOutput>, now: number) => void = () => {};

  constructor(
    network: VirtualNetwork,
    address: Address,
    options: { timers?: Timers; limits?: TransactionLimits; sentBy?: string; seed?: number } = {},
  ) {
    this.layer = new TransactionLayer({
      random: new SeededRandom(
        options.seed ?? address.port + address.host.length * 7 + Number(address.host.at(-1)),
      ),
      sentBy: () => options.sentBy ?? `${address.host}:${address.port}`,
      ...(options.timers && { timers: options.timers }),
      ...(options.limits && { limits: options.limits }),
    });
    network.attach<TransactionOutput>(address, this.layer, (output, now) => {
      this.heard.push(`${now} ${describeOutput(output)}`);
      this.outputs.push(output);
      this.onOutput(output, now);
    });
  }

  /** The server transactions whose requests reached the user, in order. */
  get requests(): ServerTransaction[] {
    return this.outputs.flatMap((output) => (output.kind === 'request' ? [output.transaction] : []));
  }

  respond(transaction: ServerTransaction, status: number, now: number, options: ResponseOptions = {}): void {
    const tagged = status === 100 ? options : { toTag: 'peer', ...options };
    this.layer.respond(transaction, responseTo(transaction.request, status, tagged), now);
  }

  /** The kinds of the outputs, without times. */
  get story(): string[] {
    return this.heard.map((line) => line.slice(line.indexOf(' ') + 1));
  }

  get isEmpty(): boolean {
    const { client, server } = this.layer.size;
    return client === 0 && server === 0;
  }
}

/** A node without a stack: notes what reaches it and sends what a test writes by hand. */
export class RawPeer {
  readonly received: { message: SipMessage; flow: Flow; at: number }[] = [];
  readonly deadline = Infinity;
  onMessage: (message: SipMessage, flow: Flow, now: number) => void = () => {};
  readonly #sending: SendOutput[] = [];

  constructor(network: VirtualNetwork, address: Address) {
    network.attach(address, this);
  }

  /** `ms what` of everything that came. */
  get heard(): string[] {
    return this.received.map(({ message, at }) => `${at} ${describe(message)}`);
  }

  send(message: SipMessage, to: Flow): void {
    this.#sending.push({ kind: 'send', message, to });
  }

  receive(message: SipMessage, flow: Flow, now: number): void {
    this.received.push({ message, flow, at: now });
    this.onMessage(message, flow, now);
  }

  transportFailed(): void {
    // It keeps no state that could fail.
  }

  wake(): void {
    // It has no timers.
  }

  poll(): SendOutput | undefined {
    return this.#sending.shift();
  }
}

/** A request without Via, as a transaction user hands it over. */
export function newRequest(
  method: string,
  options: { callId?: string; cseq?: number; toTag?: string } = {},
): SipRequest {
  const toTag = options.toTag === undefined ? '' : `;tag=${options.toTag}`;
  return new SipRequest(
    method,
    'sip:bob@192.0.2.2',
    new Headers([
      ['Max-Forwards', '70'],
      ['From', '<sip:alice@192.0.2.1>;tag=alice'],
      ['To', `<sip:bob@192.0.2.2>${toTag}`],
      ['Call-ID', options.callId ?? 'call-1@192.0.2.1'],
      ['CSeq', `${options.cseq ?? 1} ${method}`],
      ['Contact', '<sip:alice@192.0.2.1>'],
    ]),
  );
}

/** A request as it looks on the wire, with a Via of its own. */
export function wireRequest(
  method: string,
  via: string,
  options: Parameters<typeof newRequest>[1] = {},
): SipRequest {
  const request = newRequest(method, options);
  request.headers.prepend('Via', via);
  return request;
}

export function flowTo(address: Address, transport: Transport = 'UDP'): Flow {
  return { transport, host: address.host, port: address.port };
}

function describeOutput(output: Exclude<TransactionOutput, SendOutput>): string {
  switch (output.kind) {
    case 'request':
      return `request ${output.request.method}`;
    case 'response':
      return `response ${describe(output.response)}`;
    case 'strayResponse':
      return `stray ${describe(output.response)}`;
    case 'failed':
      return `failed ${output.why}`;
    default:
      return output.kind;
  }
}
