/** One POST to one receiver: how it is sent, how long it may take, and what counts as delivered. */
import type { LookupFunction } from 'node:net';
import type { Dispatcher } from 'undici';
import type { Clock } from '../call/ports.ts';
import { Connections, type ReceiverConnection } from './connections.ts';
import { receiverConnector } from './connector.ts';
import { Places } from './places.ts';
import { Resolver } from './resolver.ts';

export interface PushRequest {
  readonly url: string;
  /** Besides Content-Type and Content-Length. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Delivered when `httpStatus` is 200; otherwise `error` says what happened, for people. */
export interface SendResult {
  /** Nothing was sent for want of something of our own, such as descriptors: it says nothing of the receiver. */
  readonly isOurFault?: true;
  readonly httpStatus?: number;
  readonly error?: string;
}

export interface PushSenderOptions {
  readonly clock: Clock;
  /** Whether receivers on loopback, private and link-local addresses are allowed. */
  readonly privateReceivers: boolean;
  /** Those that are allowed where not all are: addresses and CIDR blocks; none by default. */
  readonly receiverNetworks?: readonly string[];
  /** Milliseconds until there is a connection, TLS included; 5,000 by default. */
  readonly connectTimeout?: number;
  /** Milliseconds from then until the answer was read to its end; 10,000 by default. */
  readonly readTimeout?: number;
  /** Resolves names; the system's resolver, remembered for a while, by default. */
  readonly lookup?: LookupFunction;
}

const DELIVERED = 200;

/** An answer's body means nothing to us and is read only so that the connection can be used again. */
const LONGEST_ANSWER = 64 * 1024;

/** POSTs on their way at a time: to one server, whatever its addresses, and to all. */
const PER_ORIGIN = 200;
const ALTOGETHER = 2_000;

/** What the system is out of. */
const OUR_FAULTS: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL']);

/** What is said of a connection that ended under a request. */
const CONNECTION_ENDED: ReadonlySet<unknown> = new Set([
  'UND_ERR_SOCKET',
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
]);

interface Timeouts {
  readonly connect: number;
  readonly read: number;
}

/** Sends pushes; connections are used again, redirects are not followed. */
export class PushSender {
  readonly #clock: Clock;
  readonly #timeouts: Timeouts;
  readonly #connections: Connections;
  readonly #running = new Set<Exchange>();
  readonly #all = new Places(ALTOGETHER);
  /** Of the servers to which something is on its way. */
  readonly #origins = new Map<string, Places>();
  #givenUp = false;

  constructor(options: PushSenderOptions) {
    const { clock, connectTimeout = 5_000, readTimeout = 10_000, privateReceivers } = options;
    const { receiverNetworks = [], lookup = new Resolver(clock).lookup } = options;
    this.#clock = clock;
    this.#timeouts = { connect: connectTimeout, read: readTimeout };
    this.#connections = new Connections(
      receiverConnector({ privateReceivers, receiverNetworks, timeout: connectTimeout, lookup }),
    );
  }

  /** Never rejects. */
  async send(request: PushRequest): Promise<SendResult> {
    const url = URL.parse(request.url);
    const refusal = refusalOf(url);
    if (url === null || refusal !== undefined) return { error: `not sent: ${refusal}` };
    const giveBack = await this.#place(url.origin);
    try {
      return this.#givenUp ? { error: 'given up' } : await this.#send(url, request);
    } finally {
      giveBack();
    }
  }

  /** Waits until a POST may go there: one server that is silent takes the connections of no other. */
  async #place(origin: string): Promise<() => void> {
    const ofOrigin = this.#origins.get(origin) ?? new Places(PER_ORIGIN);
    this.#origins.set(origin, ofOrigin);
    await ofOrigin.take();
    await this.#all.take();
    return () => {
      this.#all.giveBack();
      ofOrigin.giveBack();
      if (ofOrigin.free === PER_ORIGIN) this.#origins.delete(origin);
    };
  }

  async #send(url: URL, request: PushRequest): Promise<SendResult> {
    const result = await this.#exchange(this.#connections.take(url.origin), url, request);
    if (result !== 'stale connection') return result;
    // The receiver closed an idle connection just as the push was on its way. It took nothing, as far as anyone can
    // know, so this is not yet an attempt (RFC 9112 section 9.3.1); the id in the headers tells a repetition.
    const repeated = await this.#exchange(this.#connections.open(url.origin), url, request);
    return repeated === 'stale connection' ? { error: 'other side closed' } : repeated;
  }

  /** Ends what is on its way, without a result that means anything. */
  giveUp(): void {
    this.#givenUp = true;
    for (const exchange of this.#running) exchange.end('given up');
  }

  /** Ends every connection at once. */
  async close(): Promise<void> {
    await this.#connections.close();
  }

  async #exchange(
    connection: ReceiverConnection,
    url: URL,
    { headers, body }: PushRequest,
  ): Promise<SendResult | 'stale connection'> {
    const exchange = new Exchange(this.#clock, this.#timeouts, connection);
    this.#running.add(exchange);
    connection.client.dispatch(
      {
        path: url.pathname + url.search,
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json;charset=UTF-8' },
        body,
      },
      exchange,
    );
    const result = await exchange.result;
    this.#running.delete(exchange);
    if (exchange.complete) this.#connections.giveBack(connection);
    else this.#connections.drop(connection);
    return exchange.stale ? 'stale connection' : result;
  }
}

function refusalOf(url: URL | null): string | undefined {
  if (url === null) return 'the address is not a URL';
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'the address is neither http nor https';
  if (url.username !== '' || url.password !== '') return 'the address has a user name or password in it';
  return undefined;
}

/** One request and its answer, as undici tells of it. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly result: Promise<SendResult>;
  readonly #resolve: (result: SendResult) => void;
  readonly #clock: Clock;
  readonly #timeouts: Timeouts;
  readonly #connection: ReceiverConnection;
  /** The answer was read to its end. */
  complete = false;
  /** The connection had been used before and ended without a word of an answer. */
  stale = false;
  #stopTimer: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #reused = false;
  #over = false;
  #httpStatus: number | undefined;
  #answered = 0;

  constructor(clock: Clock, timeouts: Timeouts, connection: ReceiverConnection) {
    const { promise, resolve } = Promise.withResolvers<SendResult>();
    this.result = promise;
    this.#resolve = resolve;
    this.#clock = clock;
    this.#timeouts = timeouts;
    this.#connection = connection;
    const { connect } = timeouts;
    this.#stopTimer = clock.after(connect, () => this.end(`no connection within ${connect / 1000} s`));
  }

  /** Called when there is a connection to write to. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) return controller.abort(new Error('too late'));
    this.#reused = this.#connection.served > 0;
    this.#stopTimer();
    const { read } = this.#timeouts;
    this.#stopTimer = this.#clock.after(read, () => this.end(`no answer within ${read / 1000} s`));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, statusCode: number): void {
    // 1xx announce a final answer that is still to come (RFC 9110 section 15.2).
    if (statusCode >= 200) this.#httpStatus = statusCode;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#answered += chunk.length;
    if (this.#answered > LONGEST_ANSWER) this.end('the answer is too long');
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.complete = true;
    this.end('no answer');
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#over) return;
    const ended = CONNECTION_ENDED.has((error as NodeJS.ErrnoException).code);
    this.stale = ended && this.#reused && this.#httpStatus === undefined;
    this.end(textOf(error), isOurs(error));
  }

  /** The status counts as soon as it is known; `otherwise` is the result while it is not. */
  end(otherwise: string, isOurFault = false): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopTimer();
    const result = resultOf(this.#httpStatus, otherwise);
    this.#resolve(isOurFault ? { ...result, isOurFault } : result);
    if (!this.complete) this.#controller?.abort(new Error(otherwise));
  }
}

function resultOf(httpStatus: number | undefined, otherwise: string): SendResult {
  if (httpStatus === undefined) return { error: otherwise };
  if (httpStatus === DELIVERED) return { httpStatus };
  return { httpStatus, error: `answered ${httpStatus}, only ${DELIVERED} counts as delivered` };
}

function textOf(error: Error): string {
  // Every address of a name was tried; the first failure stands for all.
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0].message;
  return error.message;
}

function isOurs(error: Error): boolean {
  const all: unknown[] = error instanceof AggregateError ? error.errors : [error];
  return all.some((each) => OUR_FAULTS.has((each as NodeJS.ErrnoException).code));
}

export function isDelivered(result: SendResult): boolean {
  return result.httpStatus === DELIVERED;
}
