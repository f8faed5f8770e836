import { beforeEach, describe, expect, it } from 'vitest';
import type { Transport } from '../../src/sip/flow.ts';
import { alice, bob, flowTo, RawPeer, TransactionPeer, wireRequest } from './transaction-peer.ts';
import { VirtualNetwork } from './virtual-network.ts';

const via = 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKoptions';

let network: VirtualNetwork;
let client: RawPeer;
let server: TransactionPeer;

beforeEach(() => {
  network = new VirtualNetwork({ link: { latency: 10 } });
  client = new RawPeer(network, alice);
  server = new TransactionPeer(network, bob);
});

function send(at: number, transport: Transport = 'UDP'): void {
  network.at(at, () => client.send(wireRequest('OPTIONS', via), flowTo(bob, transport)));
}

function respond(at: number, status: number): void {
  network.at(at, () => server.respond(server.requests[0]!, status, at));
}

describe('non-INVITE server transaction over UDP (RFC 3261 17.2.2)', () => {
  it('says nothing of its own, however long the user takes, and absorbs repetitions', () => {
    send(0);
    send(500);
    send(1_500);
    network.run();
    expect(network.sent(bob)).toEqual([]);
    expect(server.heard).toEqual(['10 request OPTIONS']);
  });

  it('answers repetitions with the latest provisional response', () => {
    send(0);
    respond(100, 100);
    send(500);
    network.run();
    expect(network.sent(bob)).toEqual(['100 100 OPTIONS', '510 100 OPTIONS']);
    expect(server.requests[0]?.state).toBe('proceeding');
  });

  it('answers repetitions with the final response during timer J', () => {
    send(0);
    respond(100, 200);
    send(500);
    send(32_080);
    network.run();
    expect(network.sent(bob)).toEqual(['100 200 OPTIONS', '510 200 OPTIONS', '32090 200 OPTIONS']);
    expect(network.now).toBe(32_100);
    expect(server.isEmpty).toBe(true);
  });

  it('takes the same request for a new one after timer J', () => {
    send(0);
    respond(100, 200);
    send(32_095);
    network.run();
    expect(server.heard).toEqual(['10 request OPTIONS', '32105 request OPTIONS']);
  });

  it('discards what comes after the final response', () => {
    send(0);
    respond(100, 200);
    respond(110, 100);
    respond(120, 500);
    network.run();
    expect(network.sent(bob)).toEqual(['100 200 OPTIONS']);
  });

  it('reports a transport error and ends', () => {
    send(0);
    respond(100, 200);
    network.at(150, () => server.layer.transportFailed(flowTo(alice), 150));
    network.run();
    expect(server.heard.at(-1)).toBe('150 failed transport');
    expect(network.now).toBe(150);
    expect(server.isEmpty).toBe(true);
  });
});

describe('non-INVITE server transaction over TCP', () => {
  it('timer J is 0', () => {
    send(0, 'TCP');
    respond(100, 200);
    network.run(100);
    expect(server.requests[0]?.state).toBe('terminated');
    expect(server.isEmpty).toBe(true);
  });

  it('answers over a new connection to the sent-by port when that of the request is closed (18.2.2)', () => {
    send(0, 'TCP');
    network.at(50, () => network.breakConnections(alice, bob));
    respond(100, 200);
    network.run();
    expect(client.heard).toEqual(['110 200 OPTIONS']);
  });

  it('gives up when the new connection is refused, too', () => {
    send(0, 'TCP');
    network.at(50, () => network.breakConnections(alice, bob));
    network.at(60, () => network.refuse('TCP', alice));
    respond(100, 100);
    network.run();
    expect(server.heard.at(-1)).toBe('120 failed transport');
    expect(server.isEmpty).toBe(true);
  });
});
