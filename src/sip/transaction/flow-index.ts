import type { Flow } from '../flow.ts';
import type { Transaction } from './transaction.ts';

/** Finds the transactions that a failed flow concerns, without going through all of them. */
export class FlowIndex {
  readonly #byPeer = new Map<string, Set<Transaction>>();

  add(transaction: Transaction, flow: Flow): void {
    const peer = peerOf(flow);
    const present = this.#byPeer.get(peer);
    if (present === undefined) this.#byPeer.set(peer, new Set([transaction]));
    else present.add(transaction);
  }

  delete(transaction: Transaction, flow: Flow): void {
    const peer = peerOf(flow);
    const present = this.#byPeer.get(peer);
    present?.delete(transaction);
    if (present?.size === 0) this.#byPeer.delete(peer);
  }

  /**
   * The transactions that send on a flow. One that names no connection uses whichever there is to its peer; a
   * failure that names none (a connection that could not be made) concerns all.
   */
  on(flow: Flow): Transaction[] {
    const present = this.#byPeer.get(peerOf(flow));
    if (present === undefined) return [];
    return [...present].filter((transaction) => {
      const { connection } = transaction.flow;
      return connection === undefined || flow.connection === undefined || connection === flow.connection;
    });
  }
}

function peerOf(flow: Flow): string {
  return `${flow.transport} ${flow.host} ${flow.port}`;
}
