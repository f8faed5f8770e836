/**
 * The customer of the signalling bench, as a process of its own: `node signalling-customer.ts JSON` keeps `atOnce` calls
 * going until `calls` were placed, takes their pushes, and counts a call as over when its record is here. Prints what came of
 * them as JSON. Raw sockets, because a library would need more time than the platform has.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { signedHeaders } from '../test/support/signed-request.ts';

export interface CustomerOptions {
  /** Base URL. */
  readonly url: string;
  readonly appKey: string;
  readonly appSecret: string;
  readonly kind: 'callback' | 'notification';
  readonly calls: number;
  readonly atOnce: number;
}

export interface CustomerFigures {
  readonly seconds: number;
  readonly records: number;
  /** Pushes of events, those without records. */
  readonly events: number;
  /** Calls that did not end with cause 0. */
  readonly failed: number;
}

const HEAD_END = '\r\n\r\n';
const RECEIVED = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
const CONNECTIONS = 8;

const options = JSON.parse(process.argv[2] ?? '{}') as CustomerOptions;
let [placed, records, events, failed] = [0, 0, 0, 0];
const startedAt = performance.now();

/** Calls `take` with each HTTP message, head and body, that a socket brings. */
function readMessages(socket: Socket, take: (message: string) => void): void {
  let rest = '';
  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('data', (text: string) => {
    rest += text;
    for (;;) {
      const head = rest.indexOf(HEAD_END);
      if (head < 0) return;
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(rest.slice(0, head))?.[1] ?? 0);
      const end = head + HEAD_END.length + length;
      if (rest.length < end) return;
      take(rest.slice(0, end));
      rest = rest.slice(end);
    }
  });
}

const receiver = createServer((socket) => {
  // The platform closes connections that it does not use, and ends before us.
  socket.on('error', () => socket.destroy());
  readMessages(socket, (push) => {
    socket.write(RECEIVED);
    const body = push.slice(push.indexOf(HEAD_END));
    if (body.includes('"eventType":"fee"')) takeRecords(body);
    else events += 1;
  });
});

function takeRecords(body: string): void {
  for (const [, reason] of body.matchAll(/"ulFailReason":(\d+)/g)) {
    records += 1;
    if (reason !== '0') failed += 1;
    if (placed < options.calls) place();
  }
  if (records === options.calls) report();
}

const { hostname, port } = new URL(options.url);
const waiting: string[] = [];
const idle: Socket[] = [];

function open(): Socket {
  const socket = connect({ host: hostname, port: Number(port) });
  readMessages(socket, (answer) => {
    if (!answer.includes('"resultcode":"0"')) {
      console.error(answer.slice(answer.indexOf(HEAD_END)).trim());
      process.exit(1);
    }
    const next = waiting.shift();
    if (next === undefined) idle.push(socket);
    else socket.write(next);
  });
  return socket;
}

const orders = {
  callback: {
    service: 'click2Call/v2.0',
    displayCalleeNbr: '+8675528000001',
    callerNbr: '+8613500000001',
  },
  notification: { service: 'callnotify/v2.0', playInfoList: [{ notifyVoice: 'tone.wav' }] },
};

function place(): void {
  placed += 1;
  const { appKey, appSecret } = options;
  const address = (path: string): string => {
    const { port: at } = receiver.address() as AddressInfo;
    return Buffer.from(`http://127.0.0.1:${at}${path}`).toString('base64');
  };
  const { service, ...order } = orders[options.kind];
  const body = JSON.stringify({
    displayNbr: '+8675528000001',
    calleeNbr: '+8613500000002',
    ...order,
    statusUrl: address('/status'),
    feeUrl: address('/fee'),
  });
  const headers = { Host: `${hostname}:${port}`, ...signedHeaders(appKey, appSecret) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = [`POST /rest/httpsessions/${service} HTTP/1.1`, ...lines, `Content-Length: ${body.length}`];
  const request = `${head.join('\r\n')}${HEAD_END}${body}`;
  const socket = idle.pop();
  if (socket === undefined) waiting.push(request);
  else socket.write(request);
}

function report(): void {
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(JSON.stringify({ seconds, records, events, failed } satisfies CustomerFigures));
  process.exit(0);
}

receiver.listen(0, '127.0.0.1', () => {
  for (let count = 0; count < CONNECTIONS; count += 1) idle.push(open());
  for (let count = 0; count < Math.min(options.atOnce, options.calls); count += 1) place();
});
