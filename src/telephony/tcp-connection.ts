import type { Socket } from 'node:net';
import type { Flow } from '../sip/flow.ts';
import { type Framed, StreamFramer } from '../sip/message/stream-framer.ts';

/** What strangers may cost us over TCP. One immutable record; times in ms. */
export interface TcpLimits {
  /** Connections from outside at once; more are closed on arrival. */
  readonly inboundConnections: number;
  /** For a connection to be made. */
  readonly connect: number;
  /** For the rest of a message to arrive once it has begun, and for the first message of a connection from outside. */
  readonly message: number;
  /** Without any message either way before a connection is closed. */
  readonly idle: number;
  /** Bytes that may wait for a peer that does not read. */
  readonly unsentBytes: number;
}

export const defaultTcpLimits: TcpLimits = Object.freeze({
  inboundConnections: 1_000,
  connect: 5_000,
  message: 16_000,
  idle: 600_000,
  unsentBytes: 1 << 20,
});

export interface TcpConnectionEvents {
  onFramed(item: Exclude<Framed, 'ping'>, connection: TcpConnection): void;
  /** A keep-alive came; false closes the connection instead of answering it. */
  mayPing?(): boolean;
  onClosed(connection: TcpConnection): void;
}

/** How long a connection that is closing may take to send what is queued, ms. */
const closingTime = 1_000;

const lineBreak = Buffer.from('\r\n');

/** A lone line break, or half of a second one, is a keep-alive and no message that has begun. */
const longestKeepAlive = 3;

/** One TCP connection: a stream cut into messages, with a time limit on everything it may keep us waiting for. */
export class TcpConnection {
  /** The flow that messages on this connection come from. */
  flow: Flow;
  /** Resolves when the connection is closed, for whatever reason. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #limits: TcpLimits;
  readonly #events: TcpConnectionEvents;
  readonly #framer = new StreamFramer();
  #isWithinMessage = false;
  #isClosing = false;
  #timer: NodeJS.Timeout;

  /** @param limit how long it may take until something is sent or received, ms */
  constructor(socket: Socket, flow: Flow, limits: TcpLimits, limit: number, events: TcpConnectionEvents) {
    this.#socket = socket;
    this.flow = flow;
    this.#limits = limits;
    this.#events = events;
    this.#timer = this.#destroyAfter(limit);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    // What the error was makes no difference: 'close' follows, and what waits for this connection is told then.
    socket.on('error', () => socket.destroy());
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    socket.on('close', () => {
      clearTimeout(this.#timer);
      events.onClosed(this);
      resolve();
    });
  }

  /** The connection is made: from now on it may be idle. */
  established(flow: Flow): void {
    this.flow = flow;
    this.#restartTimer(this.#limits.idle);
  }

  /** Sends, or queues until the connection is made. A peer that does not read loses its connection. */
  send(bytes: Uint8Array): void {
    if (this.#isClosing || this.#socket.destroyed) return;
    this.#socket.write(bytes);
    if (this.#socket.writableLength > this.#limits.unsentBytes) this.#socket.destroy();
    else if (!this.#isWithinMessage && !this.#socket.connecting) this.#restartTimer(this.#limits.idle);
  }

  /** Closes once everything is sent, or soon if the peer does not take it. */
  close(): void {
    if (this.#isClosing) return;
    this.#restartTimer(closingTime);
    this.#isClosing = true;
    this.#socket.destroySoon();
  }

  #receive(chunk: Buffer): void {
    const items = this.#framer.push(chunk);
    for (const item of items) {
      if (item !== 'ping') this.#events.onFramed(item, this);
    }
    // RFC 5626 4.4.1: a keep-alive is answered with a single line break; so are many that come at once.
    if (items.includes('ping')) this.#answerPing();
    if (this.#framer.isPoisoned) {
      this.close();
      return;
    }
    const isWithinMessage = this.#framer.pendingBytes > longestKeepAlive;
    if (items.length > 0 || isWithinMessage !== this.#isWithinMessage) {
      this.#isWithinMessage = isWithinMessage;
      this.#restartTimer(isWithinMessage ? this.#limits.message : this.#limits.idle);
    }
  }

  #answerPing(): void {
    if (this.#events.mayPing?.() ?? true) this.send(lineBreak);
    else this.close();
  }

  #restartTimer(limit: number): void {
    if (this.#isClosing) return;
    clearTimeout(this.#timer);
    this.#timer = this.#destroyAfter(limit);
  }

  #destroyAfter(limit: number): NodeJS.Timeout {
    return setTimeout(() => this.#socket.destroy(), limit);
  }
}
