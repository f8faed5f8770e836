import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Inbox } from '../../test/support/inbox.ts';
import type { Flow } from '../sip/flow.ts';
import { SipParseError } from '../sip/message/sip-parse-error.ts';
import { DnsCache } from './dns-cache.ts';
import { defaultTcpLimits, type TcpLimits } from './tcp-connection.ts';
import { StrangerGate, type StrangerLimits, strangerLimits } from './stranger-gate.ts';
import { TcpTransport } from './tcp-transport.ts';

const dns = new DnsCache({
  family: 4,
  clock: () => 0,
  resolve: async (host) => {
    if (host !== 'peer.example.com') throw new Error(`ENOTFOUND ${host}`);
    return ['127.0.0.1'];
  },
});

const message = (callId: string) =>
  [
    'OPTIONS sip:x@127.0.0.1 SIP/2.0',
    'Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKa',
    'Max-Forwards: 70',
    'From: <sip:a@127.0.0.1>;tag=a',
    'To: <sip:x@127.0.0.1>',
    `Call-ID: ${callId}`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');

/** The transport under test and what it told. */
class Harness {
  readonly messages = new Inbox<{ callId: string; flow: Flow }>();
  readonly unreadable = new Inbox<string>();
  readonly failures = new Inbox<Flow>();
  readonly transport: TcpTransport;

  private constructor(transport: TcpTransport) {
    this.transport = transport;
  }

  static async listen(limits: Partial<TcpLimits> = {}, gate?: StrangerGate): Promise<Harness> {
    let harness: Harness | undefined;
    const events = {
      onFramed: (item: { callId: string } | SipParseError, flow: Flow) => {
        if (item instanceof SipParseError) harness?.unreadable.push(item.reason);
        else harness?.messages.push({ callId: item.callId, flow });
      },
      onFailure: (flow: Flow) => harness?.failures.push(flow),
      onError: (error: Error) => {
        throw error;
      },
    };
    const address = { host: '127.0.0.1', port: 0 };
    const all = { ...defaultTcpLimits, ...limits };
    const transport = await TcpTransport.listen(address, dns, events, all, gate);
    harness = new Harness(transport);
    return harness;
  }
}

/** A peer's end of a connection. */
class Peer {
  readonly received = new Inbox<string>();
  readonly closed: Promise<unknown>;
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('data', (chunk) => this.received.push(chunk.toString()));
    socket.on('error', () => socket.destroy());
  }
}

const harnesses: Harness[] = [];
const peers: Peer[] = [];
let server: Server;
let accepted: Inbox<Peer>;

beforeEach(async () => {
  accepted = new Inbox();
  server = createServer((socket) => {
    const peer = new Peer(socket);
    peers.push(peer);
    accepted.push(peer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  for (const { socket } of peers.splice(0)) socket.destroy();
  for (const { transport } of harnesses.splice(0)) await transport.close();
  server.close();
});

async function start(limits?: Partial<TcpLimits>, gate?: StrangerGate): Promise<Harness> {
  const harness = await Harness.listen(limits, gate);
  harnesses.push(harness);
  return harness;
}

async function dial({ transport }: Harness, localAddress?: string): Promise<Peer> {
  const peer = new Peer(connect({ port: transport.port, host: '127.0.0.1', localAddress }));
  peers.push(peer);
  await once(peer.socket, 'connect');
  return peer;
}

function toServer(host = '127.0.0.1'): Flow {
  const address = server.address();
  return { transport: 'TCP', host, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

/** A gate whose clock stands still: what is used up stays used up. */
const gateOf = (limits: Partial<StrangerLimits>) =>
  new StrangerGate({ ...strangerLimits(2), ...limits }, () => 0);

describe('strangers behind a gate', () => {
  it('are cut off when they send too much; another is not', async () => {
    const gate = gateOf({});
    const harness = await start({}, gate);
    const peer = await dial(harness);
    peer.socket.write(Array.from({ length: 50 }, (_, index) => message(`${index}`)).join(''));
    await peer.closed;
    // Ten at once, of which one was the connection.
    for (let index = 0; index < 9; index += 1) {
      expect(await harness.messages.next()).toMatchObject({ callId: `${index}` });
    }
    expect(gate.counters.flooded).toBe(41);
    const other = await dial(harness, '127.0.0.2');
    other.socket.write(message('other'));
    expect(await harness.messages.next()).toMatchObject({ callId: 'other' });
  });

  it('are cut off when they do nothing but keep alive', async () => {
    const harness = await start({}, gateOf({}));
    const peer = await dial(harness);
    for (let pings = 0; pings < 10; pings += 1) {
      peer.socket.write('\r\n\r\n');
      if (pings < 9) await peer.received.next();
    }
    await peer.closed;
  });

  it('cannot take all the places: who is known still gets one', async () => {
    const gate = gateOf({ each: { perSecond: 1, burst: 100 }, connections: 2 });
    const harness = await start({ inboundConnections: 3 }, gate);
    const kept = [await dial(harness, '127.0.0.2'), await dial(harness, '127.0.0.2')];
    // Both count as soon as something is heard of them.
    for (const peer of kept) {
      peer.socket.write('\r\n\r\n');
      await peer.received.next();
    }
    await (await dial(harness, '127.0.0.2')).closed;
    const third = await dial(harness, '127.0.0.3');
    third.socket.write('\r\n\r\n');
    await third.received.next();
    await (await dial(harness, '127.0.0.4')).closed;
    gate.know('127.0.0.5');
    const known = await dial(harness, '127.0.0.5');
    known.socket.write(message('known'));
    expect(await harness.messages.next()).toMatchObject({ callId: 'known' });
    expect(harness.transport.size.inbound).toBe(4);
  });
});

describe('connections that peers make', () => {
  it('bring messages, however cut, and take answers while they live', async () => {
    const harness = await start();
    const peer = await dial(harness);
    const [one, two] = [message('one'), message('two')];
    peer.socket.write(one.slice(0, 50));
    peer.socket.write(one.slice(50) + two.slice(0, 10));
    expect((await harness.messages.next()).callId).toBe('one');
    peer.socket.write(two.slice(10));
    const { callId, flow } = await harness.messages.next();
    expect(callId).toBe('two');
    expect(flow).toEqual({ transport: 'TCP', host: '127.0.0.1', port: peer.socket.localPort, connection: 1 });
    harness.transport.send(Buffer.from('answer'), flow);
    expect(await peer.received.next()).toBe('answer');
  });

  it('are reported when they close, and cannot be sent to any more', async () => {
    const harness = await start();
    const peer = await dial(harness);
    peer.socket.write(message('one'));
    const { flow } = await harness.messages.next();
    peer.socket.destroy();
    expect(await harness.failures.next()).toEqual(flow);
    harness.transport.send(Buffer.from('late'), flow);
    expect(await harness.failures.next()).toEqual(flow);
    expect(harness.transport.size).toEqual({ inbound: 0, outbound: 0 });
  });

  it('get a line break for a keep-alive (RFC 5626 4.4.1)', async () => {
    const harness = await start();
    const peer = await dial(harness);
    peer.socket.write('\r\n\r\n');
    expect(await peer.received.next()).toBe('\r\n');
  });

  it('get hardly a line break for a thousand keep-alives at once', async () => {
    const harness = await start();
    const peer = await dial(harness);
    peer.socket.write('\r\n\r\n'.repeat(1_000) + message('after'));
    await harness.messages.next();
    await peer.received.next();
    // One for each piece in which the network brought them.
    expect(peer.received.all.join('').length).toBeLessThan(200);
  });

  it('are closed after bytes that cannot be cut into messages', async () => {
    const harness = await start();
    const peer = await dial(harness);
    peer.socket.write('\x16\x03\x01 this is TLS');
    expect(await harness.unreadable.next()).toBe('start-line');
    await peer.closed;
  });

  it('survive one unreadable message whose end is known', async () => {
    const harness = await start();
    const peer = await dial(harness);
    peer.socket.write(message('one').replace('CSeq: 1 OPTIONS', 'CSeq: one') + message('two'));
    expect(await harness.unreadable.next()).toBe('header-value');
    expect((await harness.messages.next()).callId).toBe('two');
  });

  it('are closed when no first message comes', async () => {
    const harness = await start({ message: 20 });
    const peer = await dial(harness);
    await peer.closed;
    expect(harness.messages.all).toEqual([]);
  });

  it('are closed when a message is dripped byte by byte', async () => {
    const harness = await start({ message: 300 });
    const peer = await dial(harness);
    peer.socket.write(message('one') + message('two').slice(0, 30));
    await harness.messages.next();
    const drip = setInterval(() => peer.socket.write('x'), 10);
    await peer.closed;
    clearInterval(drip);
    expect(harness.messages.all).toHaveLength(1);
  });

  it('are closed when they are idle; a lone line break is no message that has begun', async () => {
    const harness = await start({ message: 200, idle: 400 });
    const peer = await dial(harness);
    peer.socket.write(`${message('one')}\r\n`);
    await harness.messages.next();
    const since = performance.now();
    await peer.closed;
    expect(performance.now() - since).toBeGreaterThan(300);
  });

  it('are closed on arrival beyond the limit', async () => {
    const harness = await start({ inboundConnections: 1 });
    const first = await dial(harness);
    const second = await dial(harness);
    await second.closed;
    first.socket.write(message('one'));
    expect((await harness.messages.next()).callId).toBe('one');
    expect(harness.transport.size.inbound).toBe(1);
  });

  it('are closed when the peer does not read what it is sent', async () => {
    const harness = await start({ unsentBytes: 100_000 });
    const peer = await dial(harness);
    peer.socket.write(message('one'));
    const { flow } = await harness.messages.next();
    peer.socket.pause();
    const block = Buffer.alloc(1 << 20);
    for (let count = 0; count < 20; count += 1) harness.transport.send(block, flow);
    expect(await harness.failures.next()).toEqual(flow);
  });
});

describe('connections to peers', () => {
  it('are made once per peer and used again', async () => {
    const harness = await start();
    harness.transport.send(Buffer.from('one'), toServer());
    harness.transport.send(Buffer.from('two'), toServer());
    const peer = await accepted.next();
    let text = '';
    while (text !== 'onetwo') text += await peer.received.next();
    expect(harness.transport.size).toEqual({ inbound: 0, outbound: 1 });
    expect(accepted.all).toHaveLength(1);
  });

  it("bring messages that bear the peer's listening port, and their answers go back on them", async () => {
    const harness = await start();
    harness.transport.send(Buffer.from('one'), toServer('peer.example.com'));
    const peer = await accepted.next();
    peer.socket.write(message('back'));
    const { flow } = await harness.messages.next();
    expect(flow).toEqual(toServer());
    harness.transport.send(Buffer.from('answer'), flow);
    let text = '';
    while (text !== 'oneanswer') text += await peer.received.next();
    expect(accepted.all).toHaveLength(1);
  });

  it('are made anew after they closed', async () => {
    const harness = await start();
    harness.transport.send(Buffer.from('one'), toServer());
    const first = await accepted.next();
    await first.received.next();
    first.socket.destroy();
    expect(await harness.failures.next()).toEqual(toServer());
    harness.transport.send(Buffer.from('two'), toServer());
    const second = await accepted.next();
    expect(await second.received.next()).toBe('two');
  });

  it('are reported under the name and the address when they close', async () => {
    const harness = await start();
    harness.transport.send(Buffer.from('one'), toServer('peer.example.com'));
    const peer = await accepted.next();
    peer.socket.write(message('back'));
    await harness.messages.next();
    peer.socket.destroy();
    expect(await harness.failures.next()).toEqual(toServer('peer.example.com'));
    expect(await harness.failures.next()).toEqual(toServer());
    expect(harness.transport.size.outbound).toBe(0);
  });

  it('are reported when they are refused', async () => {
    const harness = await start();
    const closed = toServer();
    server.close();
    await once(server, 'close');
    harness.transport.send(Buffer.from('x'), closed);
    expect(await harness.failures.next()).toEqual(closed);
    expect(harness.transport.size.outbound).toBe(0);
  });

  it('are reported when the name has no address', async () => {
    const harness = await start();
    harness.transport.send(Buffer.from('x'), toServer('nobody.example.com'));
    expect(await harness.failures.next()).toEqual(toServer('nobody.example.com'));
  });

  it('are given up when they take too long', async () => {
    const failures = new Inbox<Flow>();
    const silent = new DnsCache({ family: 4, clock: () => 0, resolve: () => new Promise(() => {}) });
    const events = { onFramed: () => {}, onFailure: (flow: Flow) => failures.push(flow), onError: () => {} };
    const limits = { ...defaultTcpLimits, connect: 20 };
    const transport = await TcpTransport.listen({ host: '127.0.0.1', port: 0 }, silent, events, limits);
    transport.send(Buffer.from('x'), toServer('slow.example.com'));
    expect(await failures.next()).toEqual(toServer('slow.example.com'));
    await transport.close();
  });

  it('do not keep the transport from closing when the peer reads nothing', async () => {
    const harness = await Harness.listen({ unsentBytes: 1 << 26 });
    harness.transport.send(Buffer.alloc(1 << 24), toServer());
    const peer = await accepted.next();
    peer.socket.pause();
    await harness.transport.close();
    expect(harness.transport.size).toEqual({ inbound: 0, outbound: 0 });
  });

  it('send what is queued before the transport closes, and report nothing then', async () => {
    const harness = await Harness.listen();
    harness.transport.send(Buffer.from('one'), toServer());
    const peer = await accepted.next();
    harness.transport.send(Buffer.from('two'), toServer());
    await harness.transport.close();
    await peer.closed;
    expect(peer.received.all.join('')).toBe('onetwo');
    expect(harness.failures.all).toEqual([]);
  });
});
