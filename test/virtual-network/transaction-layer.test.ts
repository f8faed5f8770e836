import { beforeEach, describe, expect, it } from 'vitest';
import { Headers } from '../../src/sip/message/headers.ts';
import { type SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { responseTo } from '../../src/sip/message/response.ts';
import { serializeMessage } from '../../src/sip/message/serialize.ts';
import { alice, bob, flowTo, newRequest, RawPeer, TransactionPeer, wireRequest } from './transaction-peer.ts';
import { type Address, VirtualNetwork } from './virtual-network.ts';

let network: VirtualNetwork;

beforeEach(() => {
  network = new VirtualNetwork({ link: { latency: 10 } });
});

describe('what is sent', () => {
  let client: TransactionPeer;
  let server: RawPeer;

  beforeEach(() => {
    client = new TransactionPeer(network, alice);
    server = new RawPeer(network, bob);
  });

  it('bears a Via with a branch of its own and rport (8.1.1.7, RFC 3581)', () => {
    client.layer.send(newRequest('OPTIONS', { cseq: 1 }), flowTo(bob), 0);
    client.layer.send(newRequest('OPTIONS', { cseq: 2 }), flowTo(bob, 'TCP'), 0);
    network.run(10);
    const [first, second] = server.received.map(({ message }) => message.via);
    expect(first?.toString()).toMatch(/^SIP\/2\.0\/UDP 192\.0\.2\.1:5060;branch=z9hG4bK[0-9a-f]{20};rport$/);
    expect(second?.transport).toBe('TCP');
    expect(second?.branch).not.toBe(first?.branch);
  });

  it('is a copy: the request handed over stays as it was', () => {
    const request = newRequest('OPTIONS');
    const { request: sent } = client.layer.send(request, flowTo(bob), 0);
    expect(request.headers.has('Via')).toBe(false);
    expect(sent.headers.has('Via')).toBe(true);
  });

  it('the ACK to a 2xx goes out once, in no transaction', () => {
    client.layer.sendAck(newRequest('ACK', { toTag: 'bob' }), flowTo(bob), 0);
    network.run();
    expect(server.heard).toEqual(['10 ACK']);
    expect(server.received[0]?.message.via.branch).toMatch(/^z9hG4bK/);
    expect(client.isEmpty).toBe(true);
  });
});

describe('which responses are taken (RFC 3261 18.1.2, 8.1.3.3)', () => {
  let client: TransactionPeer;
  let server: RawPeer;

  beforeEach(() => {
    client = new TransactionPeer(network, alice);
    server = new RawPeer(network, bob);
  });

  function answerWithVia(change: (via: string) => string): void {
    server.onMessage = (message, flow) => {
      if (message.kind !== 'request') return;
      const response = responseTo(message, 200, { toTag: 'bob' });
      response.headers.set('Via', change(response.headers.get('Via') ?? ''));
      server.send(response, flow);
    };
    client.layer.send(newRequest('OPTIONS'), flowTo(bob), 0);
    network.run(100);
  }

  it.each<[string, (via: string) => string]>([
    ['with another host in sent-by', (via) => via.replace('192.0.2.1', '192.0.2.77')],
    ['with another port in sent-by', (via) => via.replace(':5060', ':5061')],
    ['with a transport that is not spoken', (via) => via.replace('/UDP', '/SCTP')],
    ['with two Vias', (via) => `${via}, SIP/2.0/UDP 192.0.2.50;branch=z9hG4bKb`],
  ])('none %s', (_, change) => {
    answerWithVia(change);
    expect(client.heard).toEqual([]);
    expect(client.layer.counters.misaddressed).toBe(1);
  });

  it.each<[string, (via: string) => string]>([
    ['another branch', (via) => via.replace('z9hG4bK', 'z9hG4bKx')],
    ['no branch', (via) => via.replace(/;branch=[^;]+/, '')],
  ])('one with %s is a stray', (_, change) => {
    answerWithVia(change);
    expect(client.story).toEqual(['stray 200 OPTIONS']);
  });

  it('one whose CSeq names another method belongs to another transaction (17.1.3)', () => {
    const { request } = client.layer.send(newRequest('OPTIONS'), flowTo(bob), 0);
    const response = new SipResponse(200, 'OK', new Headers(responseTo(request, 200).headers.entries()));
    response.headers.set('CSeq', '1 INVITE');
    server.send(response, flowTo(alice));
    network.run(100);
    expect(client.story).toEqual(['stray 200 INVITE']);
  });
});

describe('across a NAT (RFC 3581)', () => {
  const outside: Address = { host: '203.0.113.5', port: 31_337 };

  it('responses come back to where the request came from, and fit the private sent-by', () => {
    const client = new TransactionPeer(network, outside, { sentBy: '10.0.0.8:5060' });
    const server = new TransactionPeer(network, bob);
    server.onOutput = (output, now) => {
      if (output.kind === 'request') server.respond(output.transaction, 486, now);
    };
    client.layer.send(newRequest('INVITE'), flowTo(bob), 0);
    network.run(1_000);
    expect(client.story).toEqual(['response 486 INVITE']);
    expect(server.requests[0]?.request.via.received).toBe('203.0.113.5');
    expect(server.requests[0]?.request.via.rport).toBe(31_337);
    expect(network.sent(outside)).toEqual(['0 INVITE', '20 ACK']);
    expect(network.sent(bob)).toEqual(['10 486 INVITE']);
  });
});

describe('requests too large for a datagram (RFC 3261 18.1.1)', () => {
  let client: TransactionPeer;
  let server: TransactionPeer;

  beforeEach(() => {
    client = new TransactionPeer(network, alice);
    server = new TransactionPeer(network, bob);
    server.onOutput = (output, now) => {
      if (output.kind === 'request') server.respond(output.transaction, 200, now);
    };
  });

  /** An INVITE of so many bytes on the wire, exact where the body has 100 to 999. */
  function inviteOf(size: number, cseq = 1): SipRequest {
    const request = newRequest('INVITE', { cseq, callId: `call-${cseq}` });
    request.setBody('text/plain', 'x'.repeat(900));
    const scratch = new TransactionPeer(new VirtualNetwork(), alice);
    const { request: sent } = scratch.layer.send(request, flowTo(bob), 0);
    request.setBody('text/plain', 'x'.repeat(900 + size - serializeMessage(sent).length));
    return request;
  }

  const transports = () => network.trace.map(({ transport, what, fate }) => `${transport} ${what} ${fate}`);

  it('1,300 bytes are a datagram, one more goes over TCP and says so in Via', () => {
    client.layer.send(inviteOf(1_300), flowTo(bob), 0);
    network.run(100);
    expect(transports()[0]).toBe('UDP INVITE delivered');
    const { request } = client.layer.send(inviteOf(1_301, 2), flowTo(bob), 100);
    network.run(200);
    expect(transports()[2]).toBe('TCP INVITE delivered');
    expect(request.via.transport).toBe('TCP');
  });

  it('go as datagrams after all when the connection is refused, with the same branch', () => {
    network.refuse('TCP', bob);
    const transaction = client.layer.send(inviteOf(2_000), flowTo(bob), 0);
    const { branch } = transaction.request.via;
    network.run(100);
    expect(transports()).toEqual(['TCP INVITE refused', 'UDP INVITE delivered', 'UDP 200 INVITE delivered']);
    expect(client.story).toEqual(['response 200 INVITE']);
    expect(transaction.request.via.toString()).toBe(`SIP/2.0/UDP 192.0.2.1:5060;branch=${branch};rport`);
    expect(transaction.flow).toEqual(flowTo(bob));
  });

  it('are repeated like any datagram after that', () => {
    network.refuse('TCP', bob);
    network.link({ loss: 1 }, alice, bob);
    client.layer.send(inviteOf(2_000), flowTo(bob), 0);
    network.run();
    expect(network.sent(alice).slice(0, 4)).toEqual(['0 INVITE', '20 INVITE', '520 INVITE', '1520 INVITE']);
    expect(client.heard).toEqual(['32020 failed timeout']);
    expect(client.isEmpty).toBe(true);
  });

  it('go straight as datagrams to a peer that refused, for ten minutes', () => {
    network.refuse('TCP', bob);
    const at = (time: number, cseq: number) =>
      network.at(time, () => client.layer.send(inviteOf(2_000, cseq), flowTo(bob), time));
    at(0, 1);
    at(1_000, 2);
    at(600_021, 3);
    network.run();
    expect(
      network.trace.filter(({ what }) => what === 'INVITE').map(({ at, transport }) => `${at} ${transport}`),
    ).toEqual(['0 TCP', '20 UDP', '1000 UDP', '600021 TCP', '600041 UDP']);
  });

  it('stay on TCP for a peer whose connection broke after it had answered', () => {
    server.onOutput = (output, now) => {
      if (output.kind === 'request') server.respond(output.transaction, 180, now);
    };
    client.layer.send(inviteOf(2_000, 1), flowTo(bob), 0);
    network.run(100);
    network.breakConnections(alice, bob);
    network.run(200);
    client.layer.send(inviteOf(2_000, 2), flowTo(bob), 200);
    network.run(300);
    expect(transports().filter((line) => line.includes('INVITE d'))).toContain('TCP INVITE delivered');
    expect(transports()).not.toContain('UDP INVITE delivered');
  });

  it('hear nothing more of the connection once they went on as datagrams', () => {
    client.layer.send(inviteOf(2_000), flowTo(bob), 0);
    client.layer.transportFailed(flowTo(bob, 'TCP'), 5);
    client.layer.transportFailed(flowTo(bob, 'TCP'), 6);
    network.run(100);
    expect(client.story).toEqual(['response 200 INVITE']);
  });

  it('fail at once when neither transport reaches the peer', () => {
    network.refuse('TCP', bob);
    network.refuse('UDP', bob);
    client.layer.send(inviteOf(2_000), flowTo(bob), 0);
    network.run();
    expect(client.heard).toEqual(['40 failed transport']);
    expect(client.isEmpty).toBe(true);
  });

  it('the ACK and the CANCEL of an INVITE go the way the INVITE went', () => {
    server.onOutput = (output, now) => {
      if (output.kind === 'request') server.respond(output.transaction, 486, now);
    };
    client.layer.send(inviteOf(2_000), flowTo(bob), 0);
    network.run();
    expect(transports()).toEqual(['TCP INVITE delivered', 'TCP 486 INVITE delivered', 'TCP ACK delivered']);
  });
});

describe('transport failures', () => {
  it('concern only what was sent to that peer', () => {
    const client = new TransactionPeer(network, alice);
    const carol: Address = { host: '192.0.2.3', port: 5060 };
    client.layer.send(newRequest('OPTIONS'), flowTo(bob), 0);
    client.layer.send(newRequest('OPTIONS'), flowTo(carol), 0);
    client.layer.send(newRequest('OPTIONS'), flowTo(bob, 'TCP'), 0);
    client.layer.transportFailed(flowTo(bob), 5);
    expect(client.layer.size.client).toBe(2);
  });

  it('of one connection do not concern another to the same peer', () => {
    const client = new TransactionPeer(network, alice);
    client.layer.send(newRequest('OPTIONS'), { ...flowTo(bob, 'TCP'), connection: 1 }, 0);
    client.layer.send(newRequest('OPTIONS'), { ...flowTo(bob, 'TCP'), connection: 2 }, 0);
    client.layer.transportFailed({ ...flowTo(bob, 'TCP'), connection: 2 }, 5);
    expect(client.layer.size.client).toBe(1);
    client.layer.transportFailed(flowTo(bob, 'TCP'), 5);
    expect(client.layer.size.client).toBe(0);
  });
});

describe('overload', () => {
  const limits = { serverTransactions: 2 };
  let stranger: RawPeer;
  let server: TransactionPeer;
  let sent = 0;

  beforeEach(() => {
    stranger = new RawPeer(network, alice);
    server = new TransactionPeer(network, bob, { limits });
    sent = 0;
  });

  function send(method: string, options: { toTag?: string; branch?: string } = {}): void {
    sent += 1;
    const branch = options.branch ?? `z9hG4bK${sent}`;
    const via = `SIP/2.0/UDP 192.0.2.1:5060;branch=${branch}`;
    const request = wireRequest(method, via, { callId: `call-${sent}`, ...options });
    stranger.send(request, flowTo(bob));
    network.run(network.now + 20);
  }

  it('new requests are dropped and counted; those within dialogs, CANCEL and repetitions are not', () => {
    send('INVITE', { branch: 'z9hG4bKinvite' });
    send('OPTIONS');
    send('OPTIONS');
    send('INVITE');
    expect(server.layer.counters.overload).toBe(2);
    send('CANCEL', { branch: 'z9hG4bKinvite' });
    send('BYE', { toTag: 'bob' });
    send('INVITE', { branch: 'z9hG4bKinvite' });
    expect(server.story).toEqual(['request INVITE', 'request OPTIONS', 'cancelled', 'request BYE']);
    expect(server.layer.counters.overload).toBe(2);
  });

  it('even requests within dialogs are dropped at twice the limit', () => {
    for (let count = 0; count < 6; count += 1) send('INFO', { toTag: 'bob' });
    expect(server.layer.size.server).toBe(4);
    expect(server.layer.counters.overload).toBe(2);
  });

  it('ends when transactions end', () => {
    send('OPTIONS');
    send('OPTIONS');
    for (const transaction of server.requests) server.respond(transaction, 200, network.now);
    network.run();
    send('OPTIONS');
    expect(server.layer.counters.overload).toBe(0);
    expect(server.requests).toHaveLength(3);
  });
});
