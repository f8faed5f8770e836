/** One POST to one receiver: how it is sent, how long it may take, and what counts as delivered. */
import type { LookupFunction } from 'node:net';
import type { Dispatcher } from 'undici';
import type { Clock } from '../call/ports.ts';
import { Connections, type ReceiverConnection } from './connections.ts';
import { receiverConnector } from './connector.ts';
import { Resolver } from './resolver.ts';

export interface PushRequest {
  readonly url: string;
  /** Besides Content-Type and Content-Length. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Delivered when `httpStatus` is 200; otherwise `error` says what happened, for people. */
export interface SendResult {
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
    const result = await this.#exchange(this.#connections.take(url.origin), url, request);
    if (result !== 'stale connection') return result;
    // The receiver closed an idle connection just as the push was on its way. It took nothing, as far as anyone can
    // know, so this is not yet an attempt (RFC 9112 section 9.3.1); the id in the headers tells a repetition.
    const repeated = await this.#exchange(this.#connections.open(url.origin), url, request);
    return repeated === 'stale connection' ? { error: 'other side closed' } : repeated;
  }

  /** Ends what is on its way, without a result that means anything. */
  giveUp(): void {
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
    this.end(textOf(error));
  }

  /** The status counts as soon as it is known; `otherwise` is the result while it is not. */
  end(otherwise: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopTimer();
    this.#resolve(resultOf(this.#httpStatus, otherwise));
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

export function isDelivered(result: SendResult): boolean {
  return result.httpStatus === DELIVERED;
}
