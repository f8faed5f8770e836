import { Client, type buildConnector } from 'undici';

/**
 * How long an idle connection is kept for the next push, in milliseconds. Below the five seconds after which many servers
 * close theirs; where one closes earlier, the push is repeated on a new connection (PushSender).
 */
const IDLE_CONNECTION = 4_000;

/** One connection to a receiver; it carries one request at a time. */
export interface ReceiverConnection {
  readonly origin: string;
  readonly client: Client;
  /** Exchanges completed on the connection as it is open now: 0 on a new one. */
  served: number;
  /** There is a connection at this moment. */
  open: boolean;
}

/** The connections to all receivers. Nobody waits for a connection: where none is idle, another is opened. */
export class Connections {
  readonly #connect: buildConnector.connector;
  readonly #idle = new Map<string, ReceiverConnection[]>();
  readonly #all = new Set<ReceiverConnection>();

  constructor(connect: buildConnector.connector) {
    this.#connect = connect;
  }

  /** An idle connection, the one used last, or a new one. */
  take(origin: string): ReceiverConnection {
    return this.#idle.get(origin)?.pop() ?? this.open(origin);
  }

  open(origin: string): ReceiverConnection {
    const client = new Client(origin, {
      connect: this.#connect,
      keepAliveTimeout: IDLE_CONNECTION,
      keepAliveMaxTimeout: IDLE_CONNECTION,
      // The whole exchange is measured by its owner, on the injected clock.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const connection: ReceiverConnection = { origin, client, served: 0, open: false };
    client.on('connect', () => {
      connection.open = true;
      connection.served = 0;
    });
    client.on('disconnect', () => this.#closed(connection));
    this.#all.add(connection);
    return connection;
  }

  /** After a complete exchange: the connection may be used again. */
  giveBack(connection: ReceiverConnection): void {
    connection.served += 1;
    const { origin } = connection;
    if (!this.#all.has(connection)) return;
    if (!connection.open) return this.drop(connection);
    const idle = this.#idle.get(origin);
    if (idle === undefined) this.#idle.set(origin, [connection]);
    else idle.push(connection);
  }

  /** After an exchange that did not complete. */
  drop(connection: ReceiverConnection): void {
    this.#all.delete(connection);
    void connection.client.destroy();
  }

  /** Ends every connection at once. */
  async close(): Promise<void> {
    const all = [...this.#all];
    this.#all.clear();
    this.#idle.clear();
    await Promise.all(all.map(({ client }) => client.destroy()));
  }

  /** The receiver closed it, or it was idle for too long. One that is in use its user drops. */
  #closed(connection: ReceiverConnection): void {
    connection.open = false;
    const idle = this.#idle.get(connection.origin);
    const place = idle?.indexOf(connection) ?? -1;
    if (place < 0) return;
    idle?.splice(place, 1);
    if (idle?.length === 0) this.#idle.delete(connection.origin);
    this.drop(connection);
  }
}
