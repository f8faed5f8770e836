import type { Flow } from '../../src/sip/flow.ts';
import type { Address } from './virtual-network.ts';

/** A TCP connection of the virtual network. */
export class VirtualConnection {
  readonly id: number;
  readonly client: Address;
  readonly server: Address;
  /** The port that the server sees the client come from. */
  readonly clientPort: number;
  #lastOutward = 0;
  #lastInward = 0;

  constructor(id: number, client: Address, server: Address) {
    this.id = id;
    this.client = client;
    this.server = server;
    this.clientPort = 40_000 + id;
  }

  /** When something arrives that would by itself arrive at `at`: never before what was sent earlier. */
  inOrder(outward: boolean, at: number): number {
    if (outward) {
      this.#lastOutward = Math.max(this.#lastOutward, at);
      return this.#lastOutward;
    }
    this.#lastInward = Math.max(this.#lastInward, at);
    return this.#lastInward;
  }
}

/** Connections are made by sending and live until they are broken. */
export class VirtualConnections {
  readonly #open = new Map<number, VirtualConnection>();
  #made = 0;

  /** The connection a flow leads along, made if there is none; undefined if the one it names is closed. */
  toward(from: Address, to: Flow): VirtualConnection | undefined {
    if (to.connection !== undefined) return this.#open.get(to.connection);
    for (const connection of this.#open.values()) {
      if (same(connection.client, from) && same(connection.server, to)) return connection;
    }
    this.#made += 1;
    const connection = new VirtualConnection(this.#made, from, { host: to.host, port: to.port });
    this.#open.set(connection.id, connection);
    return connection;
  }

  /** Closes every connection between two addresses and returns them. */
  closeBetween(one: Address, other: Address): VirtualConnection[] {
    const closed = [...this.#open.values()].filter(
      ({ client, server }) =>
        (same(client, one) && same(server, other)) || (same(client, other) && same(server, one)),
    );
    for (const { id } of closed) this.#open.delete(id);
    return closed;
  }
}

function same(one: Address, other: Address): boolean {
  return one.host === other.host && one.port === other.port;
}
