/** One POST to one receiver: how it is sent, how long it may take, and what counts as delivered. */
import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import type { Clock } from '../call/ports.ts';
import { receiverConnector } from './connector.ts';

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
  /** Milliseconds until there is a connection, TLS included; 5,000 by default. */
  readonly connectTimeout?: number;
  /** Milliseconds from then until the answer was read to its end; 10,000 by default. */
  readonly readTimeout?: number;
  /** Resolves names; the system's resolver by default. */
  readonly lookup?: LookupFunction;
}

const DELIVERED = 200;

/** An answer's body means nothing to us and is read only so that the connection can be used again. */
const LONGEST_ANSWER = 64 * 1024;

/**
 * How long an idle connection is used again, in milliseconds. Short, because a receiver may close it just as a push is
 * on its way, and a status push has one attempt only.
 */
const IDLE_CONNECTION = 1_000;

interface Timeouts {
  readonly connect: number;
  readonly read: number;
}

/** Sends pushes; connections are used again, redirects are not followed. */
export class PushSender {
  readonly #clock: Clock;
  readonly #timeouts: Timeouts;
  readonly #agent: Agent;

  constructor(options: PushSenderOptions) {
    const { clock, connectTimeout = 5_000, readTimeout = 10_000, privateReceivers, lookup } = options;
    this.#clock = clock;
    this.#timeouts = { connect: connectTimeout, read: readTimeout };
    this.#agent = new Agent({
      connect: receiverConnector({ privateReceivers, timeout: connectTimeout, lookup }),
      keepAliveTimeout: IDLE_CONNECTION,
      keepAliveMaxTimeout: IDLE_CONNECTION,
      // Both are measured by Exchange, on the injected clock.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Never rejects. `signal` gives the attempt up. */
  async send(request: PushRequest, signal: AbortSignal): Promise<SendResult> {
    const url = URL.parse(request.url);
    const refusal = refusalOf(url);
    if (url === null || refusal !== undefined) return { error: `not sent: ${refusal}` };
    const exchange = new Exchange(this.#clock, this.#timeouts);
    const giveUp = (): void => exchange.end('given up');
    signal.addEventListener('abort', giveUp);
    this.#agent.dispatch(
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'POST',
        headers: { ...request.headers, 'Content-Type': 'application/json;charset=UTF-8' },
        body: Buffer.from(request.body),
      },
      exchange,
    );
    const result = await exchange.result;
    signal.removeEventListener('abort', giveUp);
    return result;
  }

  /** Ends every connection at once. */
  async close(): Promise<void> {
    await this.#agent.destroy();
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
  #stopTimer: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #over = false;
  #httpStatus: number | undefined;
  #answered = 0;

  constructor(clock: Clock, timeouts: Timeouts) {
    const { promise, resolve } = Promise.withResolvers<SendResult>();
    this.result = promise;
    this.#resolve = resolve;
    this.#clock = clock;
    this.#timeouts = timeouts;
    const { connect } = timeouts;
    this.#stopTimer = clock.after(connect, () => this.end(`no connection within ${connect / 1000} s`));
  }

  /** Called when there is a connection to write to. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) return controller.abort(new Error('too late'));
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
    this.end('no answer');
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.end(textOf(error));
  }

  /** The status counts as soon as it is known; `otherwise` is the result while it is not. */
  end(otherwise: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopTimer();
    this.#resolve(resultOf(this.#httpStatus, otherwise));
    this.#controller?.abort(new Error(otherwise));
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
