import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket as Connection } from 'node:net';
import type { SeededRandom } from '../virtual-network/seeded-random.ts';
import { rtpBytes } from './rtp-packets.ts';

/** What a flood is made of. */
export const floodKinds = ['INVITE', 'REGISTER', 'OPTIONS', 'garbage', 'RTP'] as const;
export type FloodKind = (typeof floodKinds)[number];

export interface FloodTarget {
  readonly host: string;
  readonly sipPort: number;
  /** UDP ports of media, both included. */
  readonly mediaPorts: { readonly first: number; readonly last: number };
}

/** Datagrams that one address sends without a pause. */
const BATCH = 16;

/** A request as any stranger may write it, new each time: nothing of it is known to whom it is sent. */
export function strangersRequest(method: string, host: string, serial: string, transport = 'UDP'): string {
  return [
    `${method} sip:+8613500000002@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/${transport} ${host}:5060;rport;branch=z9hG4bK${serial}`,
    'Max-Forwards: 70',
    `From: <sip:stranger@${host}>;tag=${serial}`,
    'To: <sip:+8613500000002@127.0.0.1>',
    `Call-ID: ${serial}@${host}`,
    `CSeq: 1 ${method}`,
    `Contact: <sip:stranger@${host}:5060>`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

/**
 * Strangers on addresses of their own (127.0.0.2 and on), who send INVITE, REGISTER, OPTIONS, bytes that mean nothing and
 * RTP, as fast as their system takes it, or at a given rate.
 */
export class UdpFlood {
  readonly sent: Record<FloodKind, number> = { INVITE: 0, REGISTER: 0, OPTIONS: 0, garbage: 0, RTP: 0 };
  readonly #target: FloodTarget;
  readonly #random: SeededRandom;
  readonly #strangers: { readonly socket: Socket; readonly host: string }[] = [];

  #isStopped = false;

  private constructor(target: FloodTarget, random: SeededRandom) {
    this.#target = target;
    this.#random = random;
  }

  static async open(target: FloodTarget, random: SeededRandom, addresses: number): Promise<UdpFlood> {
    const flood = new UdpFlood(target, random);
    for (let index = 0; index < addresses; index += 1) {
      const host = `127.0.0.${2 + index}`;
      const socket = createSocket('udp4').bind(0, host);
      flood.#strangers.push({ socket, host });
      await once(socket, 'listening');
    }
    return flood;
  }

  get total(): number {
    return Object.values(this.sent).reduce((sum, count) => sum + count, 0);
  }

  /** Datagrams of SIP, or what was sent in its place. */
  get signalling(): number {
    return this.total - this.sent.RTP;
  }

  /**
   * Sends until so many datagrams are out, or it is told to stop.
   *
   * @param rate a second; as fast as it goes unless given
   */
  async send(datagrams: number, rate = Infinity): Promise<void> {
    const { total: before } = this;
    const start = performance.now();
    while (this.total - before < datagrams && !this.#isStopped) {
      await Promise.all(this.#strangers.map((stranger) => this.#burst(stranger)));
      const ahead = ((this.total - before) / rate) * 1_000 - (performance.now() - start);
      if (ahead > 1) await new Promise((resolve) => setTimeout(resolve, ahead));
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #burst({ socket, host }: { socket: Socket; host: string }): Promise<void> {
    const sending: Promise<unknown>[] = [];
    for (let index = 0; index < BATCH; index += 1) {
      const kind = floodKinds[Math.floor(this.#random.next() * floodKinds.length)] ?? 'garbage';
      this.sent[kind] += 1;
      const port = kind === 'RTP' ? this.#mediaPort() : this.#target.sipPort;
      sending.push(
        new Promise((resolve) => socket.send(this.#datagram(kind, host), port, this.#target.host, resolve)),
      );
    }
    await Promise.all(sending);
  }

  #mediaPort(): number {
    const { first, last } = this.#target.mediaPorts;
    return first + Math.floor(this.#random.next() * (last - first + 1));
  }

  #datagram(kind: FloodKind, host: string): Uint8Array {
    const serial = this.total;
    if (kind === 'garbage') return this.#random.bytes(200);
    if (kind !== 'RTP') return Buffer.from(strangersRequest(kind, host, `${serial}`));
    const payload = new Uint8Array(160).fill(0x55);
    return rtpBytes({ payload, sequence: serial & 0xffff, timestamp: (160 * serial) >>> 0, ssrc: 7 });
  }

  close(): void {
    for (const { socket } of this.#strangers) socket.close();
  }
}

/** What strangers do with TCP connections to use them up. */
export const connectionAttacks: Readonly<Record<string, (serial: number) => string>> = {
  'say nothing': () => '',
  'begin and stop': (serial) =>
    strangersRequest('INVITE', '127.0.0.50', `half${serial}`, 'TCP').slice(0, 150),
  'promise a body without end': (serial) =>
    strangersRequest('INVITE', '127.0.0.50', `giant${serial}`, 'TCP').replace(
      'Content-Length: 0',
      'Content-Length: 999999999999',
    ),
  'promise a body that fits and send none': (serial) =>
    strangersRequest('INVITE', '127.0.0.50', `owed${serial}`, 'TCP').replace(
      'Content-Length: 0',
      'Content-Length: 60000',
    ),
  'send headers without end': () => `OPTIONS sip:x SIP/2.0\r\n${'X-Endless: y\r\n'.repeat(8_000)}`,
  'send a hundred requests at once': (serial) =>
    Array.from({ length: 100 }, (_, index) =>
      strangersRequest('REGISTER', '127.0.0.50', `many${serial}-${index}`, 'TCP'),
    ).join(''),
  'keep alive and do nothing else': () => '\r\n\r\n'.repeat(500),
  'speak HTTP': () => 'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
};

/** Opens connections, each from the next of eight addresses and with the next of the attacks, and leaves them open. */
export async function connectionFlood(target: FloodTarget, count: number): Promise<Connection[]> {
  const attacks = Object.values(connectionAttacks);
  const opened = Array.from({ length: count }, async (_, index) => {
    const localAddress = `127.0.0.${50 + (index % 8)}`;
    const socket = connect({ host: target.host, port: target.sipPort, localAddress });
    // Turned away, or cut off while we write: that is what the test counts on.
    socket.on('error', () => socket.destroy());
    socket.resume();
    await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
    if (!socket.destroyed) socket.write(attacks[index % attacks.length]?.(index) ?? '');
    return socket;
  });
  return Promise.all(opened);
}
