import type { Flow, Transport } from '../flow.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { responseTo } from '../message/response.ts';
import type { Via } from '../message/via.ts';
import { type RandomSource, randomToken } from '../random.ts';
import { defaultTimers, reliableTimers, type Timers } from '../timers.ts';
import { DeadlineQueue } from './deadline-queue.ts';
import { FlowIndex } from './flow-index.ts';
import { InviteClientTransaction } from './invite-client-transaction.ts';
import { InviteServerTransaction } from './invite-server-transaction.ts';
import { LargeRequests } from './large-requests.ts';
import {
  clientKey,
  clientKeyOf,
  comparableSentBy,
  keysOf,
  magicCookie,
  mergeKeyOf,
  type RequestKeys,
  sentByOf,
} from './match.ts';
import { NonInviteClientTransaction } from './non-invite-client-transaction.ts';
import { NonInviteServerTransaction } from './non-invite-server-transaction.ts';
import { noteSource, responseDestination, responseFallback } from './response-destination.ts';
import type { Transaction, TransactionContext } from './transaction.ts';
import type { ClientTransaction, ServerTransaction, TransactionOutput } from './transaction-output.ts';

export type { ClientTransaction, ServerTransaction, TransactionOutput } from './transaction-output.ts';

export interface TransactionLimits {
  /**
   * Server transactions kept at once, some 5 KB each: over UDP every request counts for 32 s. Beyond it requests that
   * start something are dropped; requests within a dialog and CANCEL are still taken up to twice as many.
   */
  readonly serverTransactions: number;
}

export const defaultTransactionLimits: TransactionLimits = Object.freeze({ serverTransactions: 100_000 });

export interface TransactionLayerOptions {
  readonly random: RandomSource;
  /** `host:port` to write into Via for a transport; responses that bear another are not ours. */
  readonly sentBy: (transport: Transport) => string;
  readonly timers?: Timers;
  readonly limits?: TransactionLimits;
}

/** What was dropped or refused without the user hearing of it. */
export interface TransactionCounters {
  /** Responses whose topmost Via is not ours, or that bear more than one (RFC 3261 18.1.2, 8.1.3.3). */
  misaddressed: number;
  /** Requests dropped because too many transactions were open. */
  overload: number;
  /** Requests answered with 482 because they came twice by different paths (RFC 3261 8.2.2.2). */
  merged: number;
}

/**
 * The transaction layer of RFC 3261 section 17 with RFC 6026, and of section 18 what needs no sockets: Via on the
 * way out, `received` and `rport` on the way in, where responses go, TCP for large requests. Sans-IO: messages
 * and the time go in, `poll` gives what to send and what happened, `deadline` says when to call `wake`.
 */
export class TransactionLayer {
  readonly counters: TransactionCounters = { misaddressed: 0, overload: 0, merged: 0 };
  readonly #random: RandomSource;
  readonly #sentBy: (transport: Transport) => string;
  readonly #timers: Readonly<Record<Transport, Timers>>;
  readonly #limits: TransactionLimits;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  /** Server transactions of requests that could arrive twice by different paths. */
  readonly #mergeable = new Map<string, Transaction>();
  readonly #flows = new FlowIndex();
  readonly #largeRequests = new LargeRequests();
  readonly #queue = new DeadlineQueue<Transaction>();
  readonly #context: TransactionContext;
  #outputs: TransactionOutput[] = [];
  #nextOutput = 0;
  #repeated = 0;

  constructor(options: TransactionLayerOptions) {
    const timers = options.timers ?? defaultTimers;
    this.#random = options.random;
    this.#sentBy = options.sentBy;
    const reliable = reliableTimers(timers);
    this.#timers = { UDP: timers, TCP: reliable, TLS: reliable };
    this.#limits = options.limits ?? defaultTransactionLimits;
    this.#context = {
      timers: (flow) => this.#timers[flow.transport],
      emit: (output) => this.#emit(output),
      repeats: () => {
        this.#repeated += 1;
      },
      rescheduled: (transaction) => this.#queue.update(transaction),
      moved: (transaction, from, now) => this.#moved(transaction, from, now),
      rewriteVia: (transaction) => this.#rewriteVia(transaction),
      terminated: (transaction) => this.#forget(transaction),
      sendCancel: (cancel, flow, now) => this.#sendCancel(cancel, flow, now),
    };
  }

  /** How many transactions there are. */
  get size(): { client: number; server: number } {
    return { client: this.#clients.size, server: this.#servers.size };
  }

  /** Messages that timers had sent once more (RFC 3261 timers A, E and G), since the start. */
  get repeated(): number {
    return this.#repeated;
  }

  /** Requests that were sent and have no final response yet. */
  get unanswered(): number {
    const waiting = new Set<string>(['calling', 'trying', 'proceeding']);
    return [...this.#clients.values()].filter(({ state }) => waiting.has(state)).length;
  }

  /** When `wake` wants to be called (ms, on the clock of `now`); Infinity: never. */
  get deadline(): number {
    return this.#queue.deadline;
  }

  /** Fires the timers that are due. */
  wake(now: number): void {
    for (let due = this.#queue.due(now); due !== undefined; due = this.#queue.due(now)) due.wake(now);
  }

  /** The next thing to do, in the order in which it came up. */
  poll(): TransactionOutput | undefined {
    const output = this.#outputs[this.#nextOutput];
    if (output === undefined) {
      this.#outputs = [];
      this.#nextOutput = 0;
    } else {
      this.#nextOutput += 1;
    }
    return output;
  }

  /** A message came in, as `parseMessage` yields it: Via, From, To, Call-ID and CSeq are readable. */
  receive(message: SipMessage, flow: Flow, now: number): void {
    if (message.kind === 'response') this.#receiveResponse(message, flow, now);
    else this.#receiveRequest(message, flow, now);
  }

  /**
   * What was sent on a flow could not be delivered: an ICMP error, a refused or broken connection (RFC 3261 17.1.4,
   * 17.2.4, 18.4). Transactions that wait for nothing else fail at once.
   */
  transportFailed(flow: Flow, now: number): void {
    for (const transaction of this.#flows.on(flow)) transaction.transportFailed(now);
  }

  /**
   * Sends a request in a new client transaction. The request is copied; the copy gets the topmost Via and goes over
   * TCP instead of UDP when it is too large for a datagram (RFC 3261 18.1.1).
   *
   * @param request any method but ACK and CANCEL, without this hop's Via
   */
  send(request: SipRequest, to: Flow, now: number): ClientTransaction {
    const transaction = this.prepare(request, to, now);
    this.start(transaction, now);
    return transaction;
  }

  /** Like `send`, but the request does not leave before `start`: its branch can be noted down before. */
  prepare(request: SipRequest, to: Flow, now: number): ClientTransaction {
    const branch = this.#newBranch();
    const { sent, flow, alternative } = this.#prepare(request, branch, to, now);
    const options = {
      key: clientKey(branch, sent.method),
      request: sent,
      flow,
      alternative,
      context: this.#context,
    };
    return sent.method === 'INVITE'
      ? new InviteClientTransaction(options)
      : new NonInviteClientTransaction(options);
  }

  /** Sends the request of a transaction that `prepare` made; to be called once. */
  start(transaction: ClientTransaction, now: number): void {
    this.#add(transaction);
    transaction.start(now);
  }

  /**
   * Cancels an INVITE that another process sent from this address, and takes what is still said to it.
   *
   * @param invite as it was sent, Via included; the body does not matter
   */
  cancelLost(
    invite: SipRequest,
    to: Flow,
    now: number,
    headers: readonly (readonly [string, string])[] = [],
  ): InviteClientTransaction {
    const key = clientKey(invite.via.branch ?? '', 'INVITE');
    const options = { key, request: invite, flow: to, alternative: undefined, context: this.#context };
    const transaction = new InviteClientTransaction(options);
    this.#add(transaction);
    transaction.resume();
    transaction.cancel(now, headers);
    return transaction;
  }

  /** Sends the ACK to a 2xx, which belongs to no transaction (RFC 3261 13.2.2.4). The request is copied. */
  sendAck(ack: SipRequest, to: Flow, now: number): void {
    const { sent, flow } = this.#prepare(ack, this.#newBranch(), to, now);
    this.#emit({ kind: 'send', message: sent, to: flow });
  }

  /** Sends a response in its transaction; one that comes too late for the transaction's state is discarded. */
  respond(transaction: ServerTransaction, response: SipResponse, now: number): void {
    transaction.respond(response, now);
  }

  /**
   * Cancels an INVITE (RFC 3261 9.1). The CANCEL waits for the first provisional response and is never sent after a
   * final one. What becomes of the INVITE is told by its own final response, or by `failed` when none comes within
   * 64*T1; the response to the CANCEL itself is not reported.
   *
   * @param headers header fields for the CANCEL, such as Reason
   */
  cancel(
    transaction: InviteClientTransaction,
    now: number,
    headers: readonly (readonly [string, string])[] = [],
  ): void {
    transaction.cancel(now, headers);
  }

  #receiveResponse(response: SipResponse, flow: Flow, now: number): void {
    // 18.1.2: a sent-by that is not ours; 8.1.3.3: more than one Via. Somebody else's response.
    if (!this.#isOurs(response.via) || response.headers.getAll('Via').length > 1) {
      this.counters.misaddressed += 1;
      return;
    }
    const transaction = this.#clients.get(clientKeyOf(response));
    if (transaction === undefined) this.#emit({ kind: 'strayResponse', response, flow });
    else transaction.receive(response, now);
  }

  #isOurs(via: Via): boolean {
    const { transport } = via;
    if (transport !== 'UDP' && transport !== 'TCP' && transport !== 'TLS') return false;
    return sentByOf(via) === comparableSentBy(this.#sentBy(transport));
  }

  #receiveRequest(request: SipRequest, flow: Flow, now: number): void {
    const keys = keysOf(request);
    const known = this.#servers.get(keys.transaction);
    if (request.method === 'ACK') this.#receiveAck(request, flow, known, now);
    else if (known !== undefined) known.receiveAgain();
    else if (this.#isOverloaded(request)) this.counters.overload += 1;
    else this.#begin(request, keys, flow, now);
  }

  #receiveAck(request: SipRequest, flow: Flow, invite: ServerTransaction | undefined, now: number): void {
    const absorbed = invite instanceof InviteServerTransaction && invite.receiveAck(now);
    if (absorbed) return;
    noteSource(request, flow);
    this.#emit({ kind: 'ack', request, flow });
  }

  /** A request that starts something is refused earlier than one that continues or ends something. */
  #isOverloaded(request: SipRequest): boolean {
    const continues = request.method === 'CANCEL' || request.to.tag !== undefined;
    return this.#servers.size >= this.#limits.serverTransactions * (continues ? 2 : 1);
  }

  #begin(request: SipRequest, keys: RequestKeys, source: Flow, now: number): void {
    noteSource(request, source);
    const transaction = this.#newServer(request, keys.transaction, source, now);
    this.#servers.set(transaction.key, transaction);
    this.#flows.add(transaction, transaction.flow);
    if (keys.cancelled !== undefined) this.#receiveCancel(transaction, keys.cancelled, now);
    else if (this.#isMerged(transaction, keys.merge)) this.#refuseMerged(transaction, now);
    else this.#emit({ kind: 'request', transaction, request, flow: source });
  }

  #newServer(request: SipRequest, key: string, source: Flow, now: number): ServerTransaction {
    const { via } = request;
    const flow = responseDestination(via, source);
    const alternative = responseFallback(via, source);
    const options = { key, request, flow, alternative, context: this.#context };
    if (request.method !== 'INVITE') return new NonInviteServerTransaction(options);
    const transaction = new InviteServerTransaction({ ...options, toTag: this.#newTag() });
    transaction.start(now);
    return transaction;
  }

  /** RFC 3261 9.2: 200 when the INVITE is known, whatever its state; 481 when it is not. */
  #receiveCancel(cancel: ServerTransaction, invite: string, now: number): void {
    cancel.concernsUser = false;
    const cancelled = this.#servers.get(invite);
    if (!(cancelled instanceof InviteServerTransaction)) {
      cancel.respond(responseTo(cancel.request, 481, { toTag: this.#newTag() }), now);
      return;
    }
    cancel.respond(responseTo(cancel.request, 200, { toTag: cancelled.toTag }), now);
    if (cancelled.state === 'proceeding') {
      this.#emit({ kind: 'cancelled', transaction: cancelled, cancel: cancel.request });
    }
  }

  /** RFC 3261 8.2.2.2: the same request is being dealt with already, having come by another path. */
  #isMerged(transaction: ServerTransaction, mergeKey: string | undefined): boolean {
    if (mergeKey === undefined) return false;
    if (this.#mergeable.has(mergeKey)) return true;
    this.#mergeable.set(mergeKey, transaction);
    return false;
  }

  #refuseMerged(transaction: ServerTransaction, now: number): void {
    this.counters.merged += 1;
    transaction.concernsUser = false;
    transaction.respond(responseTo(transaction.request, 482, { toTag: this.#newTag() }), now);
  }

  #sendCancel(cancel: SipRequest, flow: Flow, now: number): void {
    const key = clientKey(cancel.via.branch ?? '', cancel.method);
    const options = { key, request: cancel, flow, alternative: undefined, context: this.#context };
    const transaction = new NonInviteClientTransaction(options);
    transaction.concernsUser = false;
    this.start(transaction, now);
  }

  #add(transaction: ClientTransaction): void {
    this.#clients.set(transaction.key, transaction);
    this.#flows.add(transaction, transaction.flow);
  }

  /** Copies a request, gives the copy its Via, and decides between UDP and TCP. */
  #prepare(request: SipRequest, branch: string, to: Flow, now: number) {
    const sent = request.copy();
    sent.headers.prepend('Via', this.#via(to.transport, branch));
    const { flow, alternative } = this.#largeRequests.choose(sent, to, now);
    if (flow.transport !== to.transport) sent.headers.replaceFirst('Via', this.#via(flow.transport, branch));
    return { sent, flow, alternative };
  }

  /** A request falls back to UDP with the branch it had, so that a server that got both sees one request. */
  #rewriteVia(transaction: Transaction): void {
    const { request, flow } = transaction;
    request.headers.replaceFirst('Via', this.#via(flow.transport, request.via.branch ?? ''));
  }

  /** RFC 3261 18.1.1, and RFC 3581 3: `rport` asks for answers to where the request came from. */
  #via(transport: Transport, branch: string): string {
    return `SIP/2.0/${transport} ${this.#sentBy(transport)};branch=${branch};rport`;
  }

  #moved(transaction: Transaction, from: Flow, now: number): void {
    if (transaction.role === 'client') this.#largeRequests.refused(from, now);
    this.#flows.delete(transaction, from);
    this.#flows.add(transaction, transaction.flow);
  }

  #forget(transaction: Transaction): void {
    this.#queue.delete(transaction);
    this.#flows.delete(transaction, transaction.flow);
    if (transaction.role === 'client') {
      this.#clients.delete(transaction.key);
      return;
    }
    this.#servers.delete(transaction.key);
    const mergeKey = mergeKeyOf(transaction.request);
    if (mergeKey !== undefined && this.#mergeable.get(mergeKey) === transaction) {
      this.#mergeable.delete(mergeKey);
    }
  }

  #emit(output: TransactionOutput): void {
    const isOwn =
      (output.kind === 'response' || output.kind === 'failed') && !output.transaction.concernsUser;
    if (!isOwn) this.#outputs.push(output);
  }

  /** At least 64 bits of randomness, as RFC 3261 8.1.1.7 wants it unique over space and time. */
  #newBranch(): string {
    return magicCookie + randomToken(this.#random, 10);
  }

  #newTag(): string {
    return randomToken(this.#random, 8);
  }
}
