import { describe, expect, it } from 'vitest';
import type { SipMessage } from '../../src/sip/message/message.ts';
import { alice, bob, flowTo, RawPeer, wireRequest } from './transaction-peer.ts';
import { type LinkConditions, VirtualNetwork } from './virtual-network.ts';

const numbered = (cseq: number) => wireRequest('OPTIONS', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa', { cseq });

/** A hundred messages sent at once, and when each arrived (`ms CSeq`). */
function arrivals(link: Partial<LinkConditions>, seed = 1, transport: 'UDP' | 'TCP' = 'UDP'): string[] {
  const network = new VirtualNetwork({ seed, link });
  const sender = new RawPeer(network, alice);
  const receiver = new RawPeer(network, bob);
  for (let cseq = 0; cseq < 100; cseq += 1) sender.send(numbered(cseq), flowTo(bob, transport));
  network.run();
  return receiver.received.map(({ at, message }) => `${at} ${message.cseq.sequence}`);
}

const inOrder = (lines: string[]) => lines.map((line) => Number(line.split(' ')[1]));

describe('VirtualNetwork', () => {
  it('delivers after the latency, in order, as bytes', () => {
    const network = new VirtualNetwork({ link: { latency: 25 } });
    const sender = new RawPeer(network, alice);
    const receiver = new RawPeer(network, bob);
    const message = numbered(1);
    sender.send(message, flowTo(bob));
    network.run();
    expect(receiver.received).toHaveLength(1);
    expect(receiver.received[0]).toMatchObject({ at: 25, flow: flowTo(alice) });
    expect(receiver.received[0]?.message).not.toBe(message);
    expect(receiver.received[0]?.message.headers.get('Content-Length')).toBe('0');
    expect(inOrder(arrivals({ latency: 25 }))).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it('loses and doubles the share it is told to', () => {
    expect(arrivals({ loss: 1 })).toEqual([]);
    expect(arrivals({ duplication: 1 })).toHaveLength(200);
    const lossy = arrivals({ loss: 0.3 }).length;
    expect(lossy).toBeGreaterThan(50);
    expect(lossy).toBeLessThan(90);
  });

  it('lets datagrams overtake each other where the latency varies, but never the bytes of a connection', () => {
    const sorted = Array.from({ length: 100 }, (_, index) => index);
    expect(inOrder(arrivals({ latency: [1, 100] }))).not.toEqual(sorted);
    expect(inOrder(arrivals({ latency: [1, 100], loss: 0.5, duplication: 0.5 }, 1, 'TCP'))).toEqual(sorted);
  });

  it('runs the same for the same seed and otherwise for another', () => {
    const link = { latency: [1, 100], loss: 0.3, duplication: 0.3 } as const;
    expect(arrivals(link, 5)).toEqual(arrivals(link, 5));
    expect(arrivals(link, 5)).not.toEqual(arrivals(link, 6));
  });

  it('treats each direction by its own rule', () => {
    const network = new VirtualNetwork();
    const one = new RawPeer(network, alice);
    const other = new RawPeer(network, bob);
    const drop = (_: SipMessage, index: number) => index === 1;
    network.link({ drop }, alice, bob);
    for (let cseq = 0; cseq < 3; cseq += 1) {
      one.send(numbered(cseq), flowTo(bob));
      other.send(numbered(cseq), flowTo(alice));
    }
    network.run();
    expect(other.received.map(({ message }) => message.cseq.sequence)).toEqual([0, 2]);
    expect(one.received).toHaveLength(3);
    expect(network.trace.map(({ fate }) => fate).filter((fate) => fate === 'lost')).toHaveLength(1);
  });

  it('stops at the time it is given and goes on from there', () => {
    const network = new VirtualNetwork({ link: { latency: 100 } });
    const sender = new RawPeer(network, alice);
    const receiver = new RawPeer(network, bob);
    sender.send(numbered(1), flowTo(bob));
    network.run(99);
    expect([network.now, receiver.received.length]).toEqual([99, 0]);
    network.run(1_000);
    expect([network.now, receiver.received.length]).toEqual([1_000, 1]);
  });

  it('answers over the connection of a request, and refuses it once it is broken', () => {
    const network = new VirtualNetwork();
    const client = new RawPeer(network, alice);
    const server = new RawPeer(network, bob);
    client.send(numbered(1), flowTo(bob, 'TCP'));
    network.run();
    const { flow } = server.received[0]!;
    expect(flow).toEqual({ transport: 'TCP', host: alice.host, port: 40_001, connection: 1 });
    server.send(numbered(2), flow);
    network.run();
    expect(client.received[0]?.flow).toEqual(flowTo(bob, 'TCP'));
    network.breakConnections(alice, bob);
    server.send(numbered(3), flow);
    network.run();
    expect(client.received).toHaveLength(1);
    expect(network.trace.at(-1)?.fate).toBe('refused');
  });

  it('says so when nodes never come to rest', () => {
    const network = new VirtualNetwork({ stepLimit: 1_000 });
    const node = new RawPeer(network, alice);
    node.onMessage = (message, flow) => node.send(message, flow);
    node.send(numbered(1), flowTo(alice));
    expect(() => network.run()).toThrow('do not come to rest');
  });
});
