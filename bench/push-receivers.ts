/**
 * A thousand receivers in one process of their own: a server each, which answers every push with 200, or takes it and never
 * says a word. They do as little as HTTP allows, so that the senders are measured. Arguments: how many answer, how many hang.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';

const [answering = 0, hanging = 0] = process.argv.slice(2).map(Number);
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
const HEAD_END = '\r\n\r\n';

let delays: number[] = [];
let hung = 0;

/** Milliseconds since the epoch, with fractions. */
const now = (): number => performance.timeOrigin + performance.now();

/** The octets of the first request in `text`, or undefined while it is not complete. */
function requestLength(text: string): number | undefined {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, headEnd))?.[1]);
  const end = headEnd + HEAD_END.length + length;
  return text.length < end ? undefined : end;
}

function serve(socket: Socket, hangs: boolean): void {
  let rest = '';
  socket.setNoDelay(true);
  // A sender that gives a push up resets the connection; nothing is lost here.
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    rest += chunk.toString('latin1');
    for (let end = requestLength(rest); end !== undefined; end = requestLength(rest)) {
      const sentAt = Number(/"at":([\d.]+)/.exec(rest.slice(0, end))?.[1]);
      rest = rest.slice(end);
      if (hangs) {
        hung += 1;
        continue;
      }
      delays.push(now() - sentAt);
      socket.write(ANSWER);
    }
  });
}

async function listen(hangs: boolean): Promise<number> {
  const server = createServer((socket) => serve(socket, hangs));
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 512 }, resolve));
  return (server.address() as AddressInfo).port;
}

const ports = await Promise.all(
  Array.from({ length: answering + hanging }, (_, index) => listen(index >= answering)),
);

export interface ReceiverReport {
  readonly received: number;
  readonly hung: number;
  /** Milliseconds from when a push was written to when it was here. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What came since the last question. */
function report(): ReceiverReport {
  const sorted = Float64Array.from(delays).sort();
  const at = (share: number): number =>
    Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1));
  const figures = { received: sorted.length, hung, p50: at(0.5), p99: at(0.99), max: at(1) };
  delays = [];
  hung = 0;
  return figures;
}

process.on('message', () => process.send?.(report()));
process.on('disconnect', () => process.exit(0));
process.send?.(ports);
