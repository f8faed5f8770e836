import type { Transport } from '../../src/sip/flow.ts';
import { InviteClientTransaction } from '../../src/sip/transaction/invite-client-transaction.ts';
import type { ClientTransaction, ServerTransaction } from '../../src/sip/transaction/transaction-layer.ts';
import { alice, bob, flowTo, newRequest, TransactionPeer } from './transaction-peer.ts';
import type { VirtualNetwork } from './virtual-network.ts';

export interface Attempt {
  readonly method: string;
  readonly transport: Transport;
  /** What the server answers: nothing more than that, or after ringing. */
  readonly status: number;
  /** How long the server takes, ms; an INVITE rings at a tenth of it. */
  readonly answerAfter: number;
  /** When the client gives up, ms; only for INVITE. */
  readonly cancelAt?: number | undefined;
}

/** How one attempt ended for each side. */
export interface Outcome {
  /** The final status the client's user heard, or why there was none. */
  client: number | 'timeout' | 'transport' | undefined;
  /** The final status the server's user sent. */
  server: number | undefined;
  /** Whether the server's user heard an ACK to its 2xx, or had no need of one. */
  isConfirmed: boolean;
  /** How often the server's user heard of the request. */
  requests: number;
}

/** The longest a client's user lets the other side ring before it cancels, ms. */
const patience = 100_000;

/**
 * Alice's and Bob's transaction users for one attempt, doing what RFC 3261 leaves to the user: Bob repeats a 2xx to an
 * INVITE until the ACK (13.3.1.4), Alice acknowledges each (13.2.2.4), and nobody rings for ever.
 */
export class TransactionUsers {
  readonly alice: TransactionPeer;
  readonly bob: TransactionPeer;
  readonly outcome: Outcome = { client: undefined, server: undefined, isConfirmed: false, requests: 0 };
  readonly #network: VirtualNetwork;
  readonly #attempt: Attempt;

  constructor(network: VirtualNetwork, attempt: Attempt) {
    this.#network = network;
    this.#attempt = attempt;
    this.alice = new TransactionPeer(network, alice);
    this.bob = new TransactionPeer(network, bob);
    this.#letBobAnswer();
    this.#letAliceListen();
  }

  /** Makes the attempt and lets everything come to rest. */
  run(): Outcome {
    const { method, transport, cancelAt } = this.#attempt;
    const transaction = this.alice.layer.send(newRequest(method), flowTo(bob, transport), 0);
    if (transaction instanceof InviteClientTransaction) {
      for (const at of cancelAt === undefined ? [patience] : [cancelAt, patience]) {
        this.#network.at(at, () => this.alice.layer.cancel(transaction, at));
      }
    }
    this.#network.run();
    return this.outcome;
  }

  #letAliceListen(): void {
    this.alice.onOutput = (output, now) => {
      if (output.kind === 'failed') this.#settle(output.transaction, output.why);
      if (output.kind !== 'response' || output.response.status < 200) return;
      const { status } = output.response;
      this.#settle(output.transaction, status);
      if (output.transaction.request.method === 'INVITE' && status < 300) {
        const { flow } = output.transaction;
        this.alice.layer.sendAck(newRequest('ACK', { toTag: 'peer' }), flow, now);
      }
    };
  }

  /** A second final outcome is only ever a repeated 2xx. */
  #settle(
    transaction: ClientTransaction | ServerTransaction,
    outcome: number | 'timeout' | 'transport',
  ): void {
    if (transaction.role !== 'client') throw new Error('a server transaction failed at the client');
    const before = this.outcome.client;
    const isRepeated2xx = before === outcome && typeof outcome === 'number' && outcome < 300;
    if (before !== undefined && !isRepeated2xx) throw new Error(`${before}, then ${outcome}`);
    this.outcome.client = outcome;
  }

  #letBobAnswer(): void {
    this.bob.onOutput = (output, now) => {
      if (output.kind === 'request') this.#answer(output.transaction, now);
      if (output.kind === 'cancelled') this.#finish(output.transaction, 487, now);
      if (output.kind === 'ack') this.outcome.isConfirmed = true;
    };
  }

  #answer(transaction: ServerTransaction, now: number): void {
    const { method, status, answerAfter } = this.#attempt;
    this.outcome.requests += 1;
    if (method === 'INVITE') {
      const ringAt = now + answerAfter / 10;
      this.#network.at(ringAt, () => this.bob.respond(transaction, 180, ringAt));
    }
    const answerAt = now + answerAfter;
    this.#network.at(answerAt, () => this.#finish(transaction, status, answerAt));
  }

  #finish(transaction: ServerTransaction, status: number, now: number): void {
    if (this.outcome.server !== undefined) return;
    this.outcome.server = status;
    this.bob.respond(transaction, status, now);
    if (this.#attempt.method === 'INVITE' && status < 300)
      this.#repeat2xx(transaction, status, now, 500, now + 32_000);
    else this.outcome.isConfirmed = true;
  }

  #repeat2xx(
    transaction: ServerTransaction,
    status: number,
    now: number,
    after: number,
    until: number,
  ): void {
    const at = now + after;
    if (at > until) return;
    this.#network.at(at, () => {
      if (this.outcome.isConfirmed) return;
      this.bob.respond(transaction, status, at);
      this.#repeat2xx(transaction, status, at, Math.min(2 * after, 4_000), until);
    });
  }
}
