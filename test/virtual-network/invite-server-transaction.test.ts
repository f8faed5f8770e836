import { beforeEach, describe, expect, it } from 'vitest';
import type { Transport } from '../../src/sip/flow.ts';
import type { SipRequest } from '../../src/sip/message/message.ts';
import type { InviteServerTransaction } from '../../src/sip/transaction/invite-server-transaction.ts';
import { alice, bob, flowTo, RawPeer, TransactionPeer, wireRequest } from './transaction-peer.ts';
import { VirtualNetwork } from './virtual-network.ts';

const via = 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKinvite';

let network: VirtualNetwork;
let client: RawPeer;
let server: TransactionPeer;

beforeEach(() => {
  network = new VirtualNetwork({ link: { latency: 10 } });
  client = new RawPeer(network, alice);
  server = new TransactionPeer(network, bob);
});

function send(at: number, request: SipRequest, transport: Transport = 'UDP'): void {
  network.at(at, () => client.send(request, flowTo(bob, transport)));
}

/** The INVITE at 0, arriving at 10, and the transaction it made. */
function receiveInvite(transport: Transport = 'UDP'): InviteServerTransaction {
  send(0, wireRequest('INVITE', via), transport);
  network.run(10);
  return server.requests[0] as InviteServerTransaction;
}

function respond(at: number, status: number): void {
  network.at(at, () => server.respond(server.requests[0]!, status, at));
}

const ack = () => wireRequest('ACK', via, { toTag: 'peer' });

describe('INVITE server transaction over UDP (RFC 3261 17.2.1, RFC 6026)', () => {
  it('says 100 Trying when the user is silent for 200 ms', () => {
    receiveInvite();
    network.run();
    expect(network.sent(bob)).toEqual(['210 100 INVITE']);
    const trying = client.received[0]!.message;
    expect(trying.to.tag).toBeUndefined();
    expect(trying.headers.get('Via')).toContain('branch=z9hG4bKinvite');
  });

  it('says nothing of its own when the user rings in time', () => {
    receiveInvite();
    respond(200, 180);
    network.run();
    expect(network.sent(bob)).toEqual(['200 180 INVITE']);
  });

  it('answers a repeated INVITE with the latest provisional response and does not pass it on', () => {
    receiveInvite();
    respond(50, 180);
    respond(400, 183);
    send(100, wireRequest('INVITE', via));
    send(500, wireRequest('INVITE', via));
    network.run();
    expect(network.sent(bob)).toEqual([
      '50 180 INVITE',
      '110 180 INVITE',
      '400 183 INVITE',
      '510 183 INVITE',
    ]);
    expect(server.story).toEqual(['request INVITE']);
  });

  it('answers an INVITE that is repeated within the first 200 ms with 100 Trying', () => {
    receiveInvite();
    send(90, wireRequest('INVITE', via));
    network.run(150);
    expect(network.sent(bob)).toEqual(['100 100 INVITE']);
  });

  it('timer G repeats a refusal from T1 up to T2; timer H reports that no ACK came', () => {
    const transaction = receiveInvite();
    respond(100, 486);
    network.run();
    expect(network.sent(bob)).toEqual(
      [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500].map(
        (after) => `${100 + after} 486 INVITE`,
      ),
    );
    expect(server.heard.at(-1)).toBe('32100 failed timeout');
    expect(transaction.state).toBe('terminated');
    expect(server.isEmpty).toBe(true);
  });

  it('an ACK stops timers G and H; timer I absorbs further ACKs for T4', () => {
    const transaction = receiveInvite();
    respond(100, 486);
    for (const at of [190, 690, 5_180, 5_195]) send(at, ack());
    network.run(300);
    expect(transaction.state).toBe('confirmed');
    network.run();
    expect(network.sent(bob)).toEqual(['100 486 INVITE']);
    expect(server.heard).toEqual(['10 request INVITE', '5205 ack']);
    expect(server.isEmpty).toBe(true);
  });

  it('answers an INVITE that is repeated after the refusal, and absorbs it after the ACK', () => {
    receiveInvite();
    respond(100, 486);
    send(200, wireRequest('INVITE', via));
    send(300, ack());
    send(400, wireRequest('INVITE', via));
    network.run();
    expect(network.sent(bob)).toEqual(['100 486 INVITE', '210 486 INVITE']);
    expect(server.story).toEqual(['request INVITE']);
  });

  it('absorbs repeated INVITEs during timer L after a 2xx, and leaves repeating the 2xx to the user', () => {
    const transaction = receiveInvite();
    respond(100, 200);
    respond(600, 200);
    send(700, wireRequest('INVITE', via));
    network.run(1_000);
    expect(network.sent(bob)).toEqual(['100 200 INVITE', '600 200 INVITE']);
    expect(transaction.state).toBe('accepted');
    expect(server.layer.deadline).toBe(32_100);
    network.run();
    expect(server.story).toEqual(['request INVITE']);
    expect(server.isEmpty).toBe(true);
  });

  it("hands up the ACK to a 2xx, with a branch of its own or wrongly with the INVITE's", () => {
    receiveInvite();
    respond(100, 200);
    send(200, wireRequest('ACK', 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKack', { toTag: 'peer' }));
    send(300, ack());
    network.run(1_000);
    expect(server.heard.slice(1)).toEqual(['210 ack', '310 ack']);
  });

  it('discards responses that come after a final one', () => {
    const transaction = receiveInvite();
    respond(100, 486);
    respond(110, 180);
    respond(120, 200);
    respond(130, 603);
    network.run(400);
    expect(network.sent(bob)).toEqual(['100 486 INVITE']);
    expect(transaction.state).toBe('completed');
  });

  it('discards what is not a 2xx after a 2xx', () => {
    receiveInvite();
    respond(100, 200);
    respond(110, 180);
    respond(120, 486);
    network.run(1_000);
    expect(network.sent(bob)).toEqual(['100 200 INVITE']);
  });

  it('reports a transport error and stays in its state until its timer (RFC 6026 7.1)', () => {
    const transaction = receiveInvite();
    respond(100, 486);
    network.at(150, () => server.layer.transportFailed(flowTo(alice), 150));
    network.run(200);
    expect(server.heard.at(-1)).toBe('150 failed transport');
    expect(transaction.state).toBe('completed');
    send(300, ack());
    network.run();
    expect(server.story).toEqual(['request INVITE', 'failed transport']);
    expect(server.isEmpty).toBe(true);
  });
});

describe('INVITE server transaction over TCP', () => {
  it('says 100 Trying after 200 ms as over UDP', () => {
    receiveInvite('TCP');
    network.run();
    expect(network.sent(bob)).toEqual(['210 100 INVITE']);
  });

  it('does not repeat a refusal; timer H still waits 64*T1 for the ACK', () => {
    receiveInvite('TCP');
    respond(100, 486);
    network.run();
    expect(network.sent(bob)).toEqual(['100 486 INVITE']);
    expect(server.heard.at(-1)).toBe('32100 failed timeout');
  });

  it('timer I is 0: the ACK ends the transaction', () => {
    const transaction = receiveInvite('TCP');
    respond(100, 486);
    send(200, ack(), 'TCP');
    network.run();
    expect(network.now).toBe(210);
    expect(transaction.state).toBe('terminated');
    expect(server.isEmpty).toBe(true);
  });

  it('timer L is 64*T1 as over UDP', () => {
    receiveInvite('TCP');
    respond(100, 200);
    network.run();
    expect(network.now).toBe(32_100);
    expect(server.isEmpty).toBe(true);
  });

  it('sends a refusal that nobody acknowledged again over a new connection when its own breaks (18.2.2)', () => {
    receiveInvite('TCP');
    respond(100, 486);
    network.at(200, () => network.breakConnections(alice, bob));
    network.run(300);
    expect(network.sent(bob)).toEqual(['100 486 INVITE', '210 486 INVITE']);
    expect(client.received.at(-1)?.message).toMatchObject({ kind: 'response', status: 486 });
  });

  it('rings on over a new connection when its own breaks', () => {
    receiveInvite('TCP');
    respond(100, 180);
    network.at(200, () => network.breakConnections(alice, bob));
    respond(1_000, 200);
    network.run(2_000);
    expect(client.heard).toEqual(['110 180 INVITE', '1010 200 INVITE']);
    expect(server.story).toEqual(['request INVITE']);
  });

  it('reports a transport error when the new connection is refused as well', () => {
    receiveInvite('TCP');
    network.at(50, () => network.breakConnections(alice, bob));
    network.refuse('TCP', alice);
    respond(100, 180);
    network.run(1_000);
    expect(server.heard.at(-1)).toBe('120 failed transport');
  });
});
