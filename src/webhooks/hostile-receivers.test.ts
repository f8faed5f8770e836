/** Receivers that misbehave at every stage of an exchange, on real sockets; only the clock is the test's. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock, settle } from '../../test/support/manual-clock.ts';
import { PushSender, type SendResult } from './deliver.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

let clock: ManualClock;
let sender: PushSender;
const closing: (() => unknown)[] = [];

beforeEach(() => {
  clock = new ManualClock();
  sender = new PushSender({ clock, privateReceivers: true });
});

afterEach(async () => {
  await sender.close();
  for (const close of closing.splice(0)) close();
});

/** One request as it arrived: its body, and the socket it came on. */
type Behave = (socket: Socket, count: number) => void;

class RawReceiver {
  /** Requests that came whole. */
  requests = 0;
  connections = 0;
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  readonly #server: Server;

  constructor(behave: Behave) {
    this.#server = createServer((socket) => {
      this.connections += 1;
      let text = '';
      socket.on('error', () => socket.destroy());
      closing.push(() => socket.destroy());
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
        if (!text.endsWith('{}')) return;
        text = '';
        this.requests += 1;
        behave(socket, this.requests);
        for (const { count, resolve } of this.#waiting) if (this.requests >= count) resolve();
      });
    });
    closing.push(() => this.#server.close());
  }

  async listen(): Promise<this> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/push`;
  }

  async received(count: number): Promise<void> {
    if (this.requests >= count) return;
    await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
  }
}

const receive = (behave: Behave): Promise<RawReceiver> => new RawReceiver(behave).listen();

const send = ({ url }: RawReceiver): Promise<SendResult> => sender.send({ url, headers: {}, body: '{}' });

/** `once` would reject when the sender cuts the connection off. */
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', resolve));

/** Resolves when the sender has read the header of an answer. */
function headerRead(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const told = (): void => resolve();
  subscribe('undici:request:headers', told);
  closing.push(() => unsubscribe('undici:request:headers', told));
  return promise;
}

/** The result once ten seconds have gone by, whatever the receiver writes in each of them. */
async function afterTenSeconds(
  receiver: RawReceiver,
  eachSecond: () => void = () => {},
): Promise<SendResult> {
  const result = send(receiver);
  await receiver.received(1);
  for (let second = 0; second < 10; second++) {
    eachSecond();
    await settle();
    await clock.advance(1_000);
  }
  return result;
}

describe('a receiver that does not come to an end', () => {
  it('is given up after ten seconds when it says nothing', async () => {
    const receiver = await receive(() => {});
    expect(await afterTenSeconds(receiver)).toEqual({ error: 'no answer within 10 s' });
  });

  it('is given up after ten seconds in the middle of a header', async () => {
    const receiver = await receive((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Ty'));
    expect(await afterTenSeconds(receiver)).toEqual({ error: 'no answer within 10 s' });
  });

  it('is given up after ten seconds when its header drips', async () => {
    let socket: Socket | undefined;
    const receiver = await receive((from) => {
      socket = from;
      from.write('HTTP/1.1 200 OK\r\n');
    });
    const drip = (): void => void socket?.write('X: y\r\n');
    expect(await afterTenSeconds(receiver, drip)).toEqual({ error: 'no answer within 10 s' });
  });

  it('is given up after ten seconds when it only ever promises an answer', async () => {
    let socket: Socket | undefined;
    const receiver = await receive((from) => {
      socket = from;
    });
    const promise = (): void => void socket?.write('HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n');
    expect((await afterTenSeconds(receiver, promise)).httpStatus).toBeUndefined();
  });

  it('has delivered when its status was 200, though its body drips for ever', async () => {
    let socket: Socket | undefined;
    const receiver = await receive((from) => {
      socket = from;
      from.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    });
    const header = headerRead();
    const result = send(receiver);
    await header;
    const cutOff = closed(socket!);
    for (let second = 0; second < 10; second++) {
      socket?.write('1\r\nx\r\n');
      await clock.advance(1_000);
    }
    expect(await result).toEqual({ httpStatus: 200 });
    await cutOff;
  });

  it('is cut off when its body grows beyond 64 KB', async () => {
    let cutOff: Promise<void> | undefined;
    const receiver = await receive((socket) => {
      cutOff = closed(socket);
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const flood = (): void => {
        if (!socket.destroyed) socket.write(`4000\r\n${'x'.repeat(0x4000)}\r\n`, flood);
      };
      flood();
    });
    expect(await send(receiver)).toEqual({ httpStatus: 200 });
    await cutOff;
    expect(clock.pending).toBe(0);
  });

  it('fails when its header grows beyond bounds', async () => {
    const receiver = await receive((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const flood = (): void => {
        if (!socket.destroyed) socket.write(`X: ${'y'.repeat(1_000)}\r\n`, flood);
      };
      flood();
    });
    expect((await send(receiver)).error).toMatch(/Headers Overflow/);
  });
});

describe('a receiver that breaks off', () => {
  it('before an answer has failed, on a new connection, after one try', async () => {
    const receiver = await receive((socket) => socket.resetAndDestroy());
    expect((await send(receiver)).error).toMatch(/ECONNRESET|other side closed/);
    expect(receiver.requests).toBe(1);
  });

  it('in the middle of a header has failed, after one try', async () => {
    const receiver = await receive((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-'));
    expect((await send(receiver)).httpStatus).toBeUndefined();
    expect(receiver.requests).toBe(1);
  });

  it('after a good status has delivered', async () => {
    const receiver = await receive((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc', () =>
        setImmediate(() => socket.destroy()),
      );
    });
    expect(await send(receiver)).toEqual({ httpStatus: 200 });
    expect(receiver.requests).toBe(1);
  });

  it('in the handshake of TLS has failed', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    closing.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const result = await sender.send({ url: `https://127.0.0.1:${port}/`, headers: {}, body: '{}' });
    expect(result.httpStatus).toBeUndefined();
    expect(result.error).toMatch(/SSL|packet length|wrong version/i);
  });
});

describe('a connection that was used before', () => {
  /** Answers the first request; the second, on the same connection, meets its end. */
  const ending = (end: (socket: Socket) => void): Promise<RawReceiver> =>
    receive((socket, count) => {
      if (count === 2) end(socket);
      else socket.write(ANSWER);
    });

  it.each([
    ['reset', (socket: Socket) => socket.resetAndDestroy()],
    ['closed', (socket: Socket) => socket.end()],
  ])('and is %s under a push is no attempt: the push goes out on a new one', async (_name, end) => {
    const receiver = await ending(end);
    expect(await send(receiver)).toEqual({ httpStatus: 200 });
    await settle();
    expect(await send(receiver)).toEqual({ httpStatus: 200 });
    expect([receiver.requests, receiver.connections]).toEqual([3, 2]);
  });

  it('is tried again once only', async () => {
    const receiver = await receive((socket, count) => {
      if (count >= 2) socket.resetAndDestroy();
      else socket.write(ANSWER);
    });
    await send(receiver);
    await settle();
    expect((await send(receiver)).error).toMatch(/ECONNRESET|other side closed/);
    expect(receiver.requests).toBe(3);
  });

  it('and answers with an error has had its attempt', async () => {
    const receiver = await ending((socket) => socket.end('HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n'));
    await send(receiver);
    await settle();
    expect(await send(receiver)).toMatchObject({ httpStatus: 500 });
    expect(receiver.requests).toBe(2);
  });

  it('and was closed while it was idle is not used', async () => {
    let idle: Socket | undefined;
    const receiver = await receive((socket) => {
      idle = socket;
      socket.write(ANSWER);
    });
    await send(receiver);
    const gone = closed(idle!);
    idle?.end();
    await gone;
    await settle();
    expect(await send(receiver)).toEqual({ httpStatus: 200 });
    expect([receiver.requests, receiver.connections]).toEqual([2, 2]);
  });

  it('and is closed after each answer is opened anew each time', async () => {
    const receiver = await receive((socket) => {
      socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    });
    for (let count = 0; count < 3; count++) expect(await send(receiver)).toEqual({ httpStatus: 200 });
    expect([receiver.requests, receiver.connections]).toEqual([3, 3]);
  });

  it('and hangs is not tried again: it was heard', async () => {
    const receiver = await ending(() => {});
    await send(receiver);
    await settle();
    const result = send(receiver);
    await receiver.received(2);
    await clock.advance(10_000);
    expect(await result).toEqual({ error: 'no answer within 10 s' });
    expect(receiver.requests).toBe(2);
  });
});

describe('a receiver that redirects', () => {
  it.each([301, 302, 303, 307, 308])('with %i is not followed, be it to itself for ever', async (status) => {
    const receiver: RawReceiver = await receive((socket) => {
      socket.write(`HTTP/1.1 ${status} Elsewhere\r\nLocation: ${receiver.url}\r\nContent-Length: 0\r\n\r\n`);
    });
    expect((await send(receiver)).httpStatus).toBe(status);
    expect(receiver.requests).toBe(1);
  });
});

describe('a server that is silent', () => {
  it('takes no more than its places, whatever its addresses, and nobody else waits for it', async () => {
    const silent = await new RawReceiver(() => {}).listen();
    const well = await new RawReceiver((socket) => socket.write(ANSWER)).listen();
    const sent = Array.from({ length: 260 }, (_, call) =>
      sender.send({ url: `${silent.url}/${call}`, headers: {}, body: '{}' }),
    );
    await silent.received(200);
    expect(await sender.send({ url: well.url, headers: {}, body: '{}' })).toEqual({ httpStatus: 200 });
    expect([silent.connections, silent.requests]).toEqual([200, 200]);
    await clock.advance(10_000);
    await silent.received(260);
    await clock.advance(10_000);
    const results = await Promise.all(sent);
    expect(new Set(results.map(({ error }) => error))).toEqual(new Set(['no answer within 10 s']));
  });

  it('keeps a stop waiting for none of those that wait for their turn', async () => {
    const silent = await new RawReceiver(() => {}).listen();
    const sent = Array.from({ length: 210 }, () => sender.send({ url: silent.url, headers: {}, body: '{}' }));
    await silent.received(200);
    sender.giveUp();
    const results = await Promise.all(sent);
    expect(new Set(results.map(({ error }) => error))).toEqual(new Set(['given up']));
    expect(silent.requests).toBe(200);
  });
});
