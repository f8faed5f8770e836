import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type LookupFunction,
  type Server,
} from 'node:net';
import {
  createServer as createTlsServer,
  getCACertificates,
  setDefaultCACertificates,
  type TlsOptions,
} from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certificate, opensslMissing } from '../../test/support/certificate.ts';
import { ManualClock, settle } from '../../test/support/manual-clock.ts';
import { Receiver } from '../../test/support/receiver.ts';
import { PushSender, type PushSenderOptions, type SendResult } from './deliver.ts';

const body = '{"eventType":"callout","statusInfo":{"timestamp":"2026-01-01 00:00:00","sessionId":"呼叫"}}';

let clock: ManualClock;
let receiver: Receiver;
const closing: (() => unknown)[] = [];

beforeEach(async () => {
  clock = new ManualClock();
  receiver = await Receiver.start();
  closing.push(() => receiver.close());
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function sender(options: Partial<PushSenderOptions> = {}): PushSender {
  const made = new PushSender({ clock, privateReceivers: true, ...options });
  closing.push(() => made.close());
  return made;
}

function send(url: string, options?: Partial<PushSenderOptions>): Promise<SendResult> {
  return sender(options).send({ url, headers: { 'X-AKSK': 'token' }, body });
}

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

describe('a push on its way', () => {
  it('is a POST of the bytes with the documented headers, and 200 is success', async () => {
    expect(await send(receiver.url('/status?tenant=7'))).toEqual({ httpStatus: 200 });
    const [push] = receiver.pushes;
    expect(receiver.faults).toEqual([]);
    expect(push?.path).toBe('/status?tenant=7');
    expect(push?.text).toBe(body);
    expect(push?.headers).toMatchObject({
      'content-type': 'application/json;charset=UTF-8',
      'content-length': String(Buffer.byteLength(body)),
      'x-aksk': 'token',
    });
    expect(clock.pending).toBe(0);
  });

  it('uses a connection again', async () => {
    const once = sender();
    for (const path of ['/1', '/2', '/3']) {
      await once.send({ url: receiver.url(path), headers: {}, body });
      await settle();
    }
    expect(receiver.pushes).toHaveLength(3);
    expect(receiver.connections).toBe(1);
  });

  it.each([201, 204, 400, 404, 500, 503])('is not delivered by %i', async (answer) => {
    receiver.behaviour = () => ({ answer });
    const error = `answered ${answer}, only 200 counts as delivered`;
    expect(await send(receiver.url('/'))).toEqual({ httpStatus: answer, error });
  });

  it('does not follow a redirection', async () => {
    receiver.behaviour = () => ({ answer: 307, location: receiver.url('/elsewhere') });
    expect(await send(receiver.url('/'))).toMatchObject({ httpStatus: 307, error: expect.any(String) });
    expect(receiver.pushes).toHaveLength(1);
  });

  it('fails when the receiver closes without an answer', async () => {
    receiver.behaviour = () => 'close';
    expect(await send(receiver.url('/'))).toEqual({ error: 'other side closed' });
    expect(receiver.pushes).toHaveLength(1);
  });

  it('fails when nobody listens', async () => {
    const { port } = receiver;
    await receiver.close();
    closing.length = 0;
    expect(await send(`http://127.0.0.1:${port}/`)).toEqual({
      error: `connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  });

  it('waits ten seconds for an answer, no longer', async () => {
    receiver.behaviour = () => 'hang';
    const result = send(receiver.url('/'));
    await receiver.received(1);
    let over = false;
    void result.then(() => (over = true));
    await clock.advance(9_999);
    expect(over).toBe(false);
    await clock.advance(1);
    expect(await result).toEqual({ error: 'no answer within 10 s' });
  });

  it('counts the status of an answer that never ends', async () => {
    const server = createTcpServer((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'),
    );
    const port = await listen(server);
    const headersRead = Promise.withResolvers<void>();
    const told = (): void => headersRead.resolve();
    subscribe('undici:request:headers', told);
    closing.push(() => unsubscribe('undici:request:headers', told));
    const result = send(`http://127.0.0.1:${port}/`);
    await headersRead.promise;
    await clock.advance(10_000);
    expect(await result).toEqual({ httpStatus: 200 });
  });

  it('reads no more than 64 KB of an answer', async () => {
    receiver.behaviour = () => ({ answer: 200, body: 'x'.repeat(10_000_000) });
    expect(await send(receiver.url('/'))).toEqual({ httpStatus: 200 });
  });

  it('fails on an answer that is not HTTP', async () => {
    const port = await listen(createTcpServer((socket) => socket.end('220 smtp.example ESMTP\r\n')));
    expect((await send(`http://127.0.0.1:${port}/`)).error).toMatch(/Parse Error|Expected HTTP/);
  });

  it('ends at once when it is given up', async () => {
    receiver.behaviour = () => 'hang';
    const abandoned = sender();
    const result = abandoned.send({ url: receiver.url('/'), headers: {}, body });
    await receiver.received(1);
    abandoned.giveUp();
    expect(await result).toEqual({ error: 'given up' });
    expect(clock.pending).toBe(0);
  });
});

describe('an address that cannot be', () => {
  it.each([
    ['not a url', 'the address is not a URL'],
    ['ftp://127.0.0.1/', 'the address is neither http nor https'],
    ['file:///etc/passwd', 'the address is neither http nor https'],
    ['http://user@127.0.0.1/', 'the address has a user name or password in it'],
    ['http://:secret@127.0.0.1/', 'the address has a user name or password in it'],
  ])('is refused: %s', async (url, reason) => {
    expect(await send(url)).toEqual({ error: `not sent: ${reason}` });
  });
});

it('says of descriptors that ran out that it is our own fault', async () => {
  const lookup: LookupFunction = (_name, _options, callback) =>
    callback(Object.assign(new Error('connect EMFILE'), { code: 'EMFILE' }), []);
  const url = `http://receiver.example:${receiver.port}/`;
  expect(await send(url, { lookup })).toEqual({ error: 'connect EMFILE', isOurFault: true });
});

describe('where private receivers are not allowed', () => {
  const refused = {
    error: 'not sent: the receiver has no public address, and its own is not allowed',
  };

  /** The system's resolver, except that it says what a test wants. */
  const answering =
    (...addresses: string[]): LookupFunction =>
    (_name, _options, callback) => {
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    };

  it.each([
    '127.0.0.1',
    '0x7f.1',
    '2130706433',
    '0',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    'localhost',
  ])('nothing goes to %s', async (host) => {
    expect(await send(`http://${host}:${receiver.port}/`, { privateReceivers: false })).toEqual(refused);
    expect(receiver.connections).toBe(0);
  });

  it('a name is judged by what it resolves to', async () => {
    const url = `http://receiver.example:${receiver.port}/`;
    const lookup = answering('::1', '127.0.0.1', '10.0.0.1');
    expect(await send(url, { privateReceivers: false, lookup })).toEqual(refused);
    expect(receiver.connections).toBe(0);
    expect(await send(url, { lookup })).toEqual({ httpStatus: 200 });
  });

  it('a name that turns from the internet to us is judged by the address that is connected to', async () => {
    const asked: string[] = [];
    const lookup: LookupFunction = (name, options, callback) => {
      // TEST-NET is not of the internet either, so the allowed network stands for it.
      asked.push(asked.length === 0 ? '127.0.0.1' : '127.0.0.2');
      answering(asked.at(-1)!)(name, options, callback);
    };
    const rebound = sender({ privateReceivers: false, receiverNetworks: ['127.0.0.1'], lookup });
    const request = { url: `http://receiver.example:${receiver.port}/`, headers: {}, body };
    expect(await rebound.send(request)).toEqual({ httpStatus: 200 });
    receiver.dropConnections();
    expect(await rebound.send(request)).toEqual(refused);
    expect(asked).toEqual(['127.0.0.1', '127.0.0.2']);
    expect(receiver.pushes).toHaveLength(1);
  });

  it('a name with an allowed address and another is connected to at the allowed one', async () => {
    const lookup = answering('10.0.0.1', '::1', '127.0.0.1');
    const options = { privateReceivers: false, receiverNetworks: ['127.0.0.0/8'], lookup };
    const url = `http://receiver.example:${receiver.port}/`;
    expect(await send(url, options)).toEqual({ httpStatus: 200 });
  });

  it.each(['127.0.0.1', '[::ffff:127.0.0.1]'])(
    'what is allowed by its network is reached: %s',
    async (host) => {
      const url = `http://${host}:${receiver.port}/`;
      const allowing = (network: string) => ({ privateReceivers: false, receiverNetworks: [network] });
      expect(await send(url, allowing('127.0.0.0/31'))).toEqual({ httpStatus: 200 });
      expect(await send(url, allowing('127.0.0.2'))).toEqual(refused);
      expect(await send(url, allowing('fc00::/7'))).toEqual(refused);
    },
  );

  it('a name is judged at each connection anew, so that it cannot change its mind', async () => {
    let asked = 0;
    const lookup: LookupFunction = (name, options, callback) => {
      asked += 1;
      // First no address at all, as a name server that answers late; then ours.
      if (asked === 1) callback(Object.assign(new Error('queryA ETIMEOUT'), { code: 'ETIMEOUT' }), []);
      else answering('127.0.0.1')(name, options, callback);
    };
    const twice = sender({ privateReceivers: false, lookup });
    const request = { url: `http://receiver.example:${receiver.port}/`, headers: {}, body };
    expect((await twice.send(request)).error).toContain('ETIMEOUT');
    expect(await twice.send(request)).toEqual(refused);
    expect(asked).toBe(2);
  });
});

describe('TLS', () => {
  function answering(options: TlsOptions): Promise<number> {
    const server = createTlsServer(options, (socket) => {
      socket.once('data', () =>
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
      );
    });
    server.on('tlsClientError', () => {});
    return listen(server);
  }

  it('gives up on a handshake after five seconds', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    const connected = once(server, 'connection');
    const result = send(`https://127.0.0.1:${port}/`);
    const [socket] = await connected;
    closing.push(() => (socket as { destroy(): void }).destroy());
    await clock.advance(5_000);
    expect(await result).toEqual({ error: 'no connection within 5 s' });
  });

  it.skipIf(opensslMissing)(
    'delivers to a receiver whose certificate is trusted, and to no other',
    async () => {
      const files = certificate();
      const port = await answering(files);
      expect((await send(`https://127.0.0.1:${port}/`)).error).toMatch(/self-signed certificate/);
      const trusted = getCACertificates();
      setDefaultCACertificates([...trusted, files.cert.toString()]);
      closing.push(() => setDefaultCACertificates(trusted));
      expect(await send(`https://127.0.0.1:${port}/`)).toEqual({ httpStatus: 200 });
    },
  );

  it.skipIf(opensslMissing)('does not go below TLS 1.2', async () => {
    const files = certificate();
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const port = await answering({ ...files, ...old });
    expect((await send(`https://127.0.0.1:${port}/`)).error).toMatch(/protocol version|unsupported protocol/);
  });
});
