/**
 * The customers of the API bench, as a process of its own: `node load.ts JSON` sends signed `click2Call` requests and prints
 * what came of them as JSON. Raw sockets, because a client library would need more time than the server.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export interface LoadOptions {
  /** Base URL. */
  readonly url: string;
  readonly appKey: string;
  readonly appSecret: string;
  readonly seconds: number;
  /** Open at once; with a rate, at most. */
  readonly connections: number;
  /** Requests per second, whatever the answers do; without it, each connection asks again when it is answered. */
  readonly rate?: number;
  /** One connection for each request, as the service does it. */
  readonly close?: boolean;
}

export interface LoadFigures {
  readonly accepted: number;
  readonly refused: number;
  readonly perSecond: number;
  /** ms from when a request was due to its answer. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
}

/** Signed in advance, as many agents; each is sent again and again, to another customer each time. */
const AGENTS = 500;

/** Stands in a request where the number of the customer goes; the signature does not cover the body (spec 01). */
const CUSTOMER = '+8613600000000';

const options = JSON.parse(process.argv[2] ?? '{}') as LoadOptions;
const { hostname, port, host } = new URL(options.url);
const requests = Array.from({ length: AGENTS }, (_, index) => requestOf(index));
const latencies: number[] = [];
let [sent, accepted, refused] = [0, 0, 0];
let over = false;

function requestOf(index: number): Buffer {
  const nonce = randomBytes(16).toString('hex');
  const created = `${new Date().toISOString().slice(0, 19)}Z`;
  const digest = createHmac('sha256', options.appSecret).update(`${nonce}${created}`).digest('base64');
  const body = JSON.stringify({
    displayNbr: '+8675528000001',
    callerNbr: `+861350000${String(index).padStart(4, '0')}`,
    displayCalleeNbr: '+8675528000001',
    calleeNbr: CUSTOMER,
    statusUrl: Buffer.from('http://203.0.113.1/status').toString('base64'),
    feeUrl: Buffer.from('http://203.0.113.1/fee').toString('base64'),
    userData: `order${index}`,
  });
  const lines = [
    'POST /rest/httpsessions/click2Call/v2.0 HTTP/1.1',
    `Host: ${host}`,
    'Content-Type: application/json;charset=UTF-8',
    'Authorization: AKSK realm="SDP",profile="UsernameToken",type="Appkey"',
    `X-AKSK: UsernameToken Username="${options.appKey}",PasswordDigest="${digest}",Nonce="${nonce}",Created="${created}"`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** A copy: the one before may not have been sent yet. */
function nextRequest(): Buffer {
  const request = Buffer.from(requests[sent % AGENTS]!);
  request.write(String(sent % 1e8).padStart(8, '0'), request.indexOf(CUSTOMER) + 6, 'latin1');
  sent += 1;
  return request;
}

/** One connection, one request at a time. */
class Customer {
  readonly #idle: (customer: Customer) => void;
  #socket: Socket | undefined;
  #dueAt = 0;
  #received = '';

  constructor(idle: (customer: Customer) => void) {
    this.#idle = idle;
  }

  ask(dueAt: number): void {
    this.#dueAt = dueAt;
    this.#socket ??= this.#connect();
    this.#socket.write(nextRequest());
  }

  #connect(): Socket {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#read(text));
    socket.on('error', (error) => {
      if (over) return;
      throw error;
    });
    return socket;
  }

  #read(text: string): void {
    this.#received += text;
    const head = this.#received.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#received)?.[1]);
    if (this.#received.length < head + 4 + length) return;
    latencies.push(performance.now() - this.#dueAt);
    if (this.#received.includes('"resultcode":"0"', head)) accepted += 1;
    else refused += 1;
    this.#received = '';
    if (options.close === true) {
      this.#socket?.destroy();
      this.#socket = undefined;
    }
    this.#idle(this);
  }
}

/** As many as there is capacity for. */
function closedLoop(): void {
  const next = (customer: Customer): void => {
    if (!over) customer.ask(performance.now());
  };
  for (let count = 0; count < options.connections; count++) next(new Customer(next));
}

/** As many as fall due, at even intervals; who finds no free connection waits, and the wait counts. */
function openLoop(rate: number): void {
  const idle: Customer[] = [];
  const waiting: number[] = [];
  const start = performance.now();
  let [due, made] = [0, 0];
  const becomeIdle = (customer: Customer): void => {
    const dueAt = waiting.shift();
    if (dueAt !== undefined && !over) customer.ask(dueAt);
    else idle.push(customer);
  };
  const tick = (): void => {
    if (over) return;
    for (; start + (due * 1_000) / rate <= performance.now(); due++) {
      const dueAt = start + (due * 1_000) / rate;
      let customer = idle.pop();
      if (customer === undefined && made < options.connections) {
        made += 1;
        customer = new Customer(becomeIdle);
      }
      if (customer) customer.ask(dueAt);
      else waiting.push(dueAt);
    }
    setTimeout(tick, 1);
  };
  tick();
}

function figures(seconds: number): LoadFigures {
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number): number =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0) * 10) / 10;
  return {
    accepted,
    refused,
    perSecond: Math.round(accepted / seconds),
    latency: { p50: at(0.5), p99: at(0.99), max: at(1) },
  };
}

const startedAt = performance.now();
if (options.rate === undefined) closedLoop();
else openLoop(options.rate);
setTimeout(() => {
  over = true;
  console.log(JSON.stringify(figures((performance.now() - startedAt) / 1_000)));
  process.exit(0);
}, options.seconds * 1_000);
