import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Answer, decode, encode, RECURSION_DESIRED, RECURSION_AVAILABLE } from 'dns-packet';

const SERVFAIL = 2;
const NXDOMAIN = 3;

/** A name server over UDP that knows what a test tells it. */
export class NameServer {
  /** Names it was asked for, as `SRV _sip._udp.example.com`. */
  readonly asked: string[] = [];
  records: readonly Answer[] = [];
  /** Types of records that every question for is answered with a failure. */
  readonly broken = new Set<string>();
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes, { port, address }) => socket.send(this.#answer(bytes), port, address));
  }

  static async start(records: readonly Answer[] = []): Promise<NameServer> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const server = new NameServer(socket);
    server.records = records;
    return server;
  }

  /** `HOST:PORT` */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #answer(bytes: Buffer): Buffer {
    const { id, questions = [] } = decode(bytes);
    const [question] = questions;
    const { name = '', type = 'A' } = question ?? {};
    this.asked.push(`${type} ${name}`);
    const named = this.records.filter((record) => record.name.toLowerCase() === name.toLowerCase());
    const answers = named.filter((record) => record.type === type);
    const isBroken = this.broken.has(type);
    const code = isBroken ? SERVFAIL : named.length === 0 ? NXDOMAIN : 0;
    const flags = RECURSION_DESIRED | RECURSION_AVAILABLE | code;
    return encode({ type: 'response', id, flags, questions, answers: isBroken ? [] : answers });
  }
}

/** An SRV record. */
export const srv = (name: string, target: string, port: number, priority = 0, weight = 0): Answer => ({
  type: 'SRV',
  name,
  ttl: 60,
  data: { target, port, priority, weight },
});

/** An address of a host. */
export const host = (name: string, address: string): Answer => ({ type: 'A', name, ttl: 60, data: address });
