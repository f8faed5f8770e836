import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Inbox } from '../../test/support/inbox.ts';
import type { Flow } from '../sip/flow.ts';
import { DnsCache } from './dns-cache.ts';
import { UdpTransport } from './udp-transport.ts';

const loopback = { host: '127.0.0.1', port: 0 };
const names: Record<string, string> = { 'peer.example.com': '127.0.0.1' };

const dns = new DnsCache({
  family: 4,
  clock: () => 0,
  resolve: async (host) => {
    const address = names[host];
    if (address === undefined) throw new Error(`ENOTFOUND ${host}`);
    return [address];
  },
});

let peer: Socket;
let atPeer: Inbox<{ text: string; port: number }>;
let transport: UdpTransport;
let datagrams: Inbox<{ text: string; flow: Flow }>;
let failures: Inbox<Flow>;

beforeEach(async () => {
  peer = createSocket('udp4');
  atPeer = new Inbox();
  peer.on('message', (bytes, { port }) => atPeer.push({ text: bytes.toString(), port }));
  peer.bind(0, '127.0.0.1');
  await once(peer, 'listening');
  datagrams = new Inbox();
  failures = new Inbox();
  transport = await UdpTransport.bind(loopback, dns, {
    onDatagram: (bytes, flow) => datagrams.push({ text: bytes.toString(), flow }),
    onFailure: (flow) => failures.push(flow),
    onError: (error) => {
      throw error;
    },
  });
});

afterEach(async () => {
  peer.close();
  await transport.close();
});

const toPeer = (host = '127.0.0.1'): Flow => ({ transport: 'UDP', host, port: peer.address().port });

describe('UdpTransport', () => {
  it('sends from the port it listens on, and says where datagrams come from', async () => {
    transport.send(Buffer.from('hello'), toPeer());
    expect(await atPeer.next()).toEqual({ text: 'hello', port: transport.port });
    peer.send('hello back', transport.port, '127.0.0.1');
    expect(await datagrams.next()).toEqual({ text: 'hello back', flow: toPeer() });
  });

  it('resolves names when it sends and keeps the order', async () => {
    transport.send(Buffer.from('one'), toPeer('peer.example.com'));
    transport.send(Buffer.from('two'), toPeer('peer.example.com'));
    expect((await atPeer.next()).text).toBe('one');
    expect((await atPeer.next()).text).toBe('two');
  });

  it.each<[string, Flow]>([
    ['a name without address', { transport: 'UDP', host: 'nobody.example.com', port: 5060 }],
    ['an address of the other IP version', { transport: 'UDP', host: '::1', port: 5060 }],
    ['a broadcast address', { transport: 'UDP', host: '255.255.255.255', port: 5060 }],
  ])('reports what it cannot send: %s', async (_, flow) => {
    transport.send(Buffer.from('x'), flow);
    expect(await failures.next()).toBe(flow);
  });

  it('reports a datagram that is too large', async () => {
    const flow = toPeer();
    transport.send(Buffer.alloc(70_000), flow);
    expect(await failures.next()).toBe(flow);
  });

  it('says why an address cannot be bound', async () => {
    const taken = { host: '127.0.0.1', port: transport.port };
    const events = { onDatagram: () => {}, onFailure: () => {}, onError: () => {} };
    await expect(UdpTransport.bind(taken, dns, events)).rejects.toThrow('EADDRINUSE');
  });

  it('listens on IPv6', async () => {
    const received = new Inbox<Flow>();
    const events = {
      onDatagram: (_: Buffer, flow: Flow) => received.push(flow),
      onFailure: () => {},
      onError: () => {},
    };
    const v6 = await UdpTransport.bind({ host: '::1', port: 0 }, dns, events);
    v6.send(Buffer.from('to myself'), { transport: 'UDP', host: '::1', port: v6.port });
    expect(await received.next()).toEqual({ transport: 'UDP', host: '::1', port: v6.port });
    await v6.close();
  });

  it('is silent once closed', async () => {
    const other = await UdpTransport.bind(loopback, dns, {
      onDatagram: () => {},
      onFailure: (flow) => failures.push(flow),
      onError: () => {},
    });
    other.send(Buffer.from('x'), { transport: 'UDP', host: 'nobody.example.com', port: 5060 });
    await other.close();
    other.send(Buffer.from('x'), toPeer());
    transport.send(Buffer.from('after'), toPeer());
    expect((await atPeer.next()).text).toBe('after');
    expect(failures.all).toEqual([]);
  });
});
