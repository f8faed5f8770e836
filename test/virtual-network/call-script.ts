import { Headers } from '../../src/sip/message/headers.ts';
import { SipRequest, type SipResponse } from '../../src/sip/message/message.ts';
import { responseTo } from '../../src/sip/message/response.ts';
import type { ServerTransaction } from '../../src/sip/transaction/transaction-layer.ts';
import { flow } from './call-party.ts';
import { TransactionPeer } from './transaction-peer.ts';
import type { Address, VirtualNetwork } from './virtual-network.ts';

export interface ScriptedRequest {
  readonly callId?: string;
  readonly cseq?: number;
  readonly fromTag?: string;
  readonly toTag?: string;
  readonly uri?: string;
  readonly sdp?: string;
  readonly contentType?: string;
  /** Appended; one that has a standard value replaces it, and an empty text removes it. */
  readonly headers?: readonly (readonly [string, string])[];
}

export interface ScriptedResponse {
  /** `''`: none, as from an RFC 2543 peer. */
  readonly toTag?: string;
  readonly sdp?: string;
  readonly headers?: readonly (readonly [string, string])[];
  /** Without the standard Contact. */
  readonly noContact?: boolean;
}

/** A peer that says what a test wants it to say: transactions are kept for it, nothing else is. */
export class CallScript {
  readonly peer: TransactionPeer;
  readonly address: Address;
  /** Called with every request but ACK and CANCEL. */
  onRequest: (transaction: ServerTransaction, request: SipRequest, now: number) => void = () => {};
  onResponse: (response: SipResponse, now: number) => void = () => {};
  readonly acks: SipRequest[] = [];
  readonly #network: VirtualNetwork;

  constructor(network: VirtualNetwork, address: Address) {
    this.#network = network;
    this.address = address;
    this.peer = new TransactionPeer(network, address);
    this.peer.onOutput = (output, now) => {
      if (output.kind === 'request') this.onRequest(output.transaction, output.request, now);
      else if (output.kind === 'ack') this.acks.push(output.request);
      else if (output.kind === 'response') this.onResponse(output.response, now);
      else if (output.kind === 'cancelled') this.respond(output.transaction, 487);
    };
  }

  /** The responses that came, oldest first, e.g. those to `UPDATE`. */
  responses(method: string): SipResponse[] {
    return this.peer.outputs
      .filter((output) => output.kind === 'response')
      .map(({ response }) => response)
      .filter(({ cseq }) => cseq.method === method);
  }

  /** Sends a request; ACK goes outside any transaction. */
  request(to: Address, method: string, options: ScriptedRequest = {}): SipRequest {
    const { host } = this.address;
    const toTag = options.toTag === undefined ? '' : `;tag=${options.toTag}`;
    const headers = new Headers([
      ['Max-Forwards', '70'],
      ['From', `<sip:script@${host}>;tag=${options.fromTag ?? 'script'}`],
      ['To', `<sip:party@${to.host}>${toTag}`],
      ['Call-ID', options.callId ?? 'scripted-call'],
      ['CSeq', `${options.cseq ?? 1} ${method}`],
      ['Contact', `<sip:script@${host}>`],
    ]);
    const request = new SipRequest(method, options.uri ?? `sip:party@${to.host}`, headers);
    if (options.sdp !== undefined) request.setBody(options.contentType ?? 'application/sdp', options.sdp);
    for (const [name, value] of options.headers ?? []) {
      if (value === '') headers.delete(name);
      else if (headers.has(name) && name !== 'Record-Route') headers.set(name, value);
      else headers.append(name, value);
    }
    const { layer } = this.peer;
    if (method === 'ACK') layer.sendAck(request, flow(to), this.#network.now);
    else layer.send(request, flow(to), this.#network.now);
    return request;
  }

  respond(transaction: ServerTransaction, status: number, options: ScriptedResponse = {}): void {
    const { toTag = 'scripted' } = options;
    const response = responseTo(transaction.request, status, toTag === '' ? {} : { toTag });
    if (options.noContact !== true) response.headers.set('Contact', `<sip:script@${this.address.host}>`);
    for (const [name, value] of options.headers ?? []) response.headers.append(name, value);
    if (options.sdp !== undefined) response.setBody('application/sdp', options.sdp);
    this.peer.layer.respond(transaction, response, this.#network.now);
  }
}
