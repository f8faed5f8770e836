import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import type { DatagramDriver, DatagramPort } from '../../src/telephony/media/datagram-port.ts';
import { eventually, freePort } from '../support/peer-process.ts';

interface Heard {
  readonly bytes: Uint8Array;
  readonly host: string;
  readonly port: number;
}

/** Whatever else the network is: a socket that keeps what it hears. */
class Peer implements AsyncDisposable {
  readonly heard: Buffer[] = [];
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes: Buffer, _from: RemoteInfo) => this.heard.push(bytes));
  }

  static async open(host = '127.0.0.1', port = 0): Promise<Peer> {
    const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 1 << 20 });
    socket.bind(port, host);
    await once(socket, 'listening');
    return new Peer(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  send(text: Uint8Array | string, to: { readonly port: number }, host = '127.0.0.1'): void {
    this.#socket.send(text, to.port, host);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const bytesOf = (content: string): Uint8Array => new TextEncoder().encode(content);

/** What every way to the network does for media. `open` gives a driver that the suite closes. */
export function datagramDriverContract(open: () => Promise<DatagramDriver>): void {
  async function withPorts<Ports extends DatagramPort[]>(
    addresses: readonly [host: string, port: number][],
    use: (driver: DatagramDriver, ...ports: Ports) => Promise<void>,
  ): Promise<void> {
    const driver = await open();
    const ports = await Promise.all(addresses.map(([host, port]) => driver.bind(host, port)));
    try {
      await use(driver, ...(ports as Ports));
    } finally {
      await Promise.all(ports.map((port) => port.close()));
      driver.close();
    }
  }
  const onePort = async (use: (driver: DatagramDriver, port: DatagramPort) => Promise<void>): Promise<void> =>
    withPorts([['127.0.0.1', await freePort()]], use);

  /** Looks for datagrams where that is the caller's to do, until `condition` holds. */
  const until = (driver: DatagramDriver, condition: () => boolean, what: string): Promise<unknown> =>
    eventually(() => {
      while (driver.receive?.());
      return condition();
    }, what);

  const listen = (port: DatagramPort): Heard[] => {
    const heard: Heard[] = [];
    port.onDatagram = (bytes, host, from) => heard.push({ bytes: new Uint8Array(bytes), host, port: from });
    return heard;
  };

  it('sends frames, parts of them, and any other bytes', () =>
    onePort(async (_driver, port) => {
      await using peer = await Peer.open();
      const frame = port.frame(6).octets;
      frame.set(bytesOf('abcdef'));
      port.send(frame, 0, 6, peer.port, '127.0.0.1');
      const other = port.frame(172).octets;
      other.fill(7).set(bytesOf('ghijkl'), 100);
      port.send(other, 100, 3, peer.port, '127.0.0.1');
      port.send(bytesOf('..mnop..'), 2, 4, peer.port, '127.0.0.1');
      port.send(bytesOf('..uvw..').subarray(1, 6), 1, 3, peer.port, '127.0.0.1');
      await eventually(() => peer.heard.length === 4, 'four datagrams');
      expect(peer.heard.map(text)).toEqual(['abcdef', 'ghi', 'mnop', 'uvw']);
      expect(port.unsent).toBe(0);
    }));

  it('sends what is to leave together as it was, whatever frames were asked for in between', () =>
    onePort(async (driver, port) => {
      await using peer = await Peer.open();
      await using other = await Peer.open();
      driver.together(() => {
        for (let index = 0; index < 100; index++) {
          port.frame(172).octets.fill(0xff);
          const bytes = index % 5 === 0 ? new Uint8Array(172) : port.frame(172).octets;
          port.send(bytes.fill(index), 0, 172, index % 7 === 0 ? other.port : peer.port, '127.0.0.1');
          port.frame(300).octets.fill(0xff);
        }
      });
      await eventually(() => peer.heard.length + other.heard.length === 100, 'all datagrams');
      const numbers = (heard: Buffer[]): number[] =>
        heard.map((bytes) => (bytes.every((octet) => octet === bytes[0]) ? bytes[0]! : -1));
      const all = Array.from({ length: 100 }, (_, index) => index);
      expect(numbers(peer.heard)).toEqual(all.filter((index) => index % 7 !== 0));
      expect(numbers(other.heard)).toEqual(all.filter((index) => index % 7 === 0));
    }));

  it('gives frames of the length asked for, each to be filled anew', () =>
    onePort(async (_driver, port) => {
      await using peer = await Peer.open();
      for (const length of [12, 172, 492, 12, 2048]) {
        const { octets: frame, words } = port.frame(length);
        expect(frame.length).toBe(length);
        frame.fill(0);
        words.fill(0x01020304);
        const whole = Math.floor(length / 4) * 4;
        expect([...frame]).toEqual(
          Array.from({ length }, (_, index) => (index < whole ? 4 - (index % 4) : 0)),
        );
        frame.fill(length);
        port.send(frame, 0, length, peer.port, '127.0.0.1');
      }
      await eventually(() => peer.heard.length === 5, 'five datagrams');
      for (const bytes of peer.heard)
        expect(bytes.every((octet) => octet === (bytes.length & 0xff))).toBe(true);
    }));

  it('tells what came, and from where, for each sender and any length', () =>
    onePort(async (driver, port) => {
      await using one = await Peer.open();
      await using two = await Peer.open('127.0.0.2');
      const heard = listen(port);
      const sizes = [172, 1, 0, 1500, 2048, 172];
      for (const [index, size] of sizes.entries()) {
        const peer = index % 2 === 0 ? one : two;
        peer.send(new Uint8Array(size).fill(index), port);
        await until(driver, () => heard.length === index + 1, `datagram ${index}`);
      }
      expect(heard).toEqual(
        sizes.map((size, index) => ({
          bytes: new Uint8Array(Buffer.alloc(size, index)),
          host: index % 2 === 0 ? '127.0.0.1' : '127.0.0.2',
          port: index % 2 === 0 ? one.port : two.port,
        })),
      );
    }));

  it('lets what came be overwritten and sent on', () =>
    withPorts(
      [
        ['127.0.0.1', 0],
        ['127.0.0.1', 0],
      ],
      async (driver, from: DatagramPort, to: DatagramPort) => {
        await using peer = await Peer.open();
        from.onDatagram = (bytes) => {
          bytes.set(bytesOf('HEADER'), 2);
          to.send(bytes, 2, bytes.length - 2, peer.port, '127.0.0.1');
        };
        for (let index = 0; index < 5; index++) peer.send(`..header payload ${index}`, from);
        await until(driver, () => peer.heard.length === 5, 'five datagrams');
        expect(peer.heard.map(text).toSorted()).toEqual([0, 1, 2, 3, 4].map((n) => `HEADER payload ${n}`));
      },
    ));

  it('keeps the datagrams of many ports apart and in order', async () => {
    const addresses = Array.from({ length: 40 }, (): [string, number] => ['127.0.0.1', 0]);
    await withPorts(addresses, async (driver, ...ports) => {
      await using peer = await Peer.open();
      const heard = ports.map(listen);
      for (let round = 0; round < 20; round++)
        for (const [index, port] of ports.entries()) peer.send(`${index}: ${round}`, port);
      await until(driver, () => heard.every(({ length }) => length === 20), 'all datagrams');
      for (const [index, each] of heard.entries())
        expect(each.map(({ bytes }) => text(bytes))).toEqual(
          Array.from({ length: 20 }, (_, round) => `${index}: ${round}`),
        );
    });
  });

  it('names IPv6 hosts, and IPv4 hosts at a port of both families', () =>
    withPorts(
      [
        ['::1', 0],
        ['::', 0],
      ],
      async (driver, six: DatagramPort, both: DatagramPort) => {
        await using peerSix = await Peer.open('::1');
        await using peerFour = await Peer.open();
        const [heardSix, heardBoth] = [listen(six), listen(both)];
        peerSix.send('six', six, '::1');
        peerFour.send('four', both);
        await until(driver, () => heardSix.length + heardBoth.length === 2, 'both datagrams');
        expect(heardSix[0]).toMatchObject({ host: '::1', port: peerSix.port });
        expect(heardBoth[0]).toMatchObject({ host: '::ffff:127.0.0.1', port: peerFour.port });
        six.send(bytesOf('back'), 0, 4, peerSix.port, '::1');
        both.send(bytesOf('back'), 0, 4, peerFour.port, '::ffff:127.0.0.1');
        await eventually(() => peerSix.heard.length + peerFour.heard.length === 2, 'both answers');
        expect(six.unsent + both.unsent).toBe(0);
      },
    ));

  it('drops datagrams while nobody listens', () =>
    onePort(async (driver, port) => {
      await using peer = await Peer.open();
      peer.send('lost', port);
      const before = listen(port);
      await until(driver, () => before.length === 1, 'the datagram is there');
      port.onDatagram = undefined;
      peer.send('dropped', port);
      await using witness = await driver.bind('127.0.0.1', 0).then((bound) => ({
        bound,
        [Symbol.asyncDispose]: () => bound.close(),
      }));
      const seen = listen(witness.bound);
      peer.send('later', witness.bound);
      await until(driver, () => seen.length === 1, 'a later datagram of another port');
      const after = listen(port);
      peer.send('heard', port);
      await until(driver, () => after.length === 1, 'a datagram that is listened to');
      expect(after.map(({ bytes }) => text(bytes))).toEqual(['heard']);
    }));

  it('refuses a port that is taken and an address that is not ours, by the code of the system', () =>
    onePort(async (driver, port) => {
      await expect(driver.bind('127.0.0.1', port.port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
      await expect(driver.bind('192.0.2.1', 0)).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
      const another = await driver.bind('127.0.0.1', 0);
      expect(another.port).not.toBe(port.port);
      await another.close();
    }));

  it('gives a port back at once, and then neither hears nor sends', () =>
    onePort(async (driver, port) => {
      await using peer = await Peer.open();
      const heard = listen(port);
      await port.close();
      await port.close();
      port.send(bytesOf('too late'), 0, 8, peer.port, '127.0.0.1');
      port.listenTo({ host: '127.0.0.1', port: peer.port });
      const again = await driver.bind('127.0.0.1', port.port);
      const heardAgain = listen(again);
      peer.send('for the new one', again);
      await until(driver, () => heardAgain.length === 1, 'the datagram');
      expect(heard).toEqual([]);
      expect(peer.heard).toEqual([]);
      await again.close();
    }));

  it('hears and reaches the one it listens to, and everybody afterwards', () =>
    onePort(async (driver, port) => {
      await using friend = await Peer.open();
      await using stranger = await Peer.open();
      const heard = listen(port);
      const from = (peer: Peer): number => heard.filter((each) => each.port === peer.port).length;
      port.listenTo({ host: '127.0.0.1', port: friend.port });
      stranger.send('may be dropped', port);
      friend.send('one', port);
      await until(driver, () => from(friend) === 1, 'the friend is heard');
      port.send(bytesOf('hello'), 0, 5, friend.port, '127.0.0.1');
      port.send(bytesOf('hello'), 0, 5, stranger.port, '127.0.0.1');
      await eventually(() => friend.heard.length + stranger.heard.length === 2, 'both are reached');
      port.listenTo({ host: '127.0.0.1', port: stranger.port });
      stranger.send('two', port);
      await until(driver, () => heard.some(({ bytes }) => text(bytes) === 'two'), 'the other is heard');
      port.listenTo(undefined);
      friend.send('three', port);
      stranger.send('four', port);
      await until(
        driver,
        () => ['three', 'four'].every((each) => heard.some(({ bytes }) => text(bytes) === each)),
        'everybody is heard',
      );
      port.send(bytesOf('bye'), 0, 3, friend.port, '127.0.0.1');
      await eventually(() => friend.heard.length === 2, 'the friend is still reached');
      expect(port.unsent).toBe(0);
    }));

  it('tells whose datagrams those are that had come before it listened to one', () =>
    onePort(async (driver, port) => {
      await using friend = await Peer.open();
      await using stranger = await Peer.open();
      await using witness = await Peer.open();
      const heard = listen(port);
      for (let index = 0; index < 50; index++) (index % 5 === 0 ? friend : stranger).send(`${index}`, port);
      // Too long: nobody need hear it, and it must not be taken for the end of what waits.
      stranger.send(new Uint8Array(3000), port);
      stranger.send('50', port);
      for (const peer of [friend, stranger]) peer.send('sent', witness);
      await eventually(() => witness.heard.length === 2, 'all were sent');
      port.listenTo({ host: '127.0.0.1', port: friend.port });
      friend.send('after', port);
      await until(driver, () => heard.some(({ bytes }) => text(bytes) === 'after'), 'the friend is heard');
      const friends = new Set(['after', ...Array.from({ length: 10 }, (_, index) => `${5 * index}`)]);
      const short = heard.filter(({ bytes }) => bytes.length < 3000);
      for (const { bytes, port: from } of short)
        expect(from).toBe(friends.has(text(bytes)) ? friend.port : stranger.port);
      expect(new Set(short.map(({ bytes }) => text(bytes))).size).toBe(52);
    }));

  it('goes on sending to one that was not there for a while', () =>
    onePort(async (driver, port) => {
      const gone = await Peer.open();
      const { port: at } = gone;
      port.listenTo({ host: '127.0.0.1', port: at });
      const heard = listen(port);
      await gone[Symbol.asyncDispose]();
      // Each is answered by "port unreachable", which a connected socket is told of.
      for (let index = 0; index < 3; index++) port.send(bytesOf('nobody'), 0, 6, at, '127.0.0.1');
      await using back = await Peer.open('127.0.0.1', at);
      port.send(bytesOf('there?'), 0, 6, at, '127.0.0.1');
      await eventually(() => back.heard.length === 1, 'it is reached again');
      back.send('yes', port);
      await until(driver, () => heard.length === 1, 'and heard');
    }));

  it('throws nothing for what cannot be sent, and goes on', () =>
    onePort(async (_driver, port) => {
      await using peer = await Peer.open();
      port.send(bytesOf('nowhere'), 0, 7, 9, '::1');
      port.send(bytesOf('nowhere'), 0, 7, 9, '255.255.255.255');
      port.send(bytesOf('here'), 0, 4, peer.port, '127.0.0.1');
      await eventually(() => peer.heard.length === 1, 'what can be sent');
    }));
}
