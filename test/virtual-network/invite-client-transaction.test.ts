import { beforeEach, describe, expect, it } from 'vitest';
import type { Transport } from '../../src/sip/flow.ts';
import type { SipRequest } from '../../src/sip/message/message.ts';
import { responseTo } from '../../src/sip/message/response.ts';
import { InviteClientTransaction } from '../../src/sip/transaction/invite-client-transaction.ts';
import { alice, bob, flowTo, newRequest, RawPeer, TransactionPeer } from './transaction-peer.ts';
import { VirtualNetwork } from './virtual-network.ts';

let network: VirtualNetwork;
let client: TransactionPeer;
let server: RawPeer;

beforeEach(() => {
  network = new VirtualNetwork({ link: { latency: 10 } });
  client = new TransactionPeer(network, alice);
  server = new RawPeer(network, bob);
});

function invite(
  transport: Transport = 'UDP',
  request: SipRequest = newRequest('INVITE'),
): InviteClientTransaction {
  const transaction = client.layer.send(request, flowTo(bob, transport), network.now);
  if (!(transaction instanceof InviteClientTransaction)) throw new Error('not an INVITE client transaction');
  return transaction;
}

/** The server answers the first INVITE it gets at the given times (ms), and every ACK and CANCEL not at all. */
function answer(...responses: [at: number, status: number, toTag?: string][]): void {
  let answered = false;
  server.onMessage = (message, flow) => {
    if (answered || message.kind !== 'request') return;
    answered = true;
    for (const [at, status, toTag = 'bob'] of responses) {
      network.at(at, () => server.send(responseTo(message, status, { toTag }), flow));
    }
  };
}

describe('INVITE client transaction over UDP (RFC 3261 17.1.1, RFC 6026)', () => {
  it('timer A doubles from T1, timer B gives up after 64*T1', () => {
    network.link({ loss: 1 });
    invite();
    network.run();
    expect(network.sent(alice)).toEqual(
      [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500].map((at) => `${at} INVITE`),
    );
    expect(client.heard).toEqual(['32000 failed timeout']);
    expect(client.isEmpty).toBe(true);
  });

  it('a provisional response stops timers A and B', () => {
    answer([700, 100]);
    invite();
    network.run(500_000);
    expect(network.sent(alice)).toEqual(['0 INVITE', '500 INVITE']);
    expect(client.heard).toEqual(['710 response 100 INVITE']);
    expect(client.layer.deadline).toBe(Infinity);
  });

  it('every provisional response goes to the user', () => {
    answer([20, 100], [100, 180], [200, 183], [300, 180]);
    invite();
    network.run();
    expect(client.story).toEqual([100, 180, 183, 180].map((status) => `response ${status} INVITE`));
  });

  it('acknowledges a refusal and each of its repetitions, and waits for them during timer D', () => {
    answer([20, 486], [520, 486], [32_010, 486], [32_030, 486]);
    const transaction = invite();
    network.run();
    expect(client.heard).toEqual(['30 response 486 INVITE', '32040 stray 486 INVITE']);
    expect(network.sent(alice)).toEqual(['0 INVITE', '30 ACK', '530 ACK', '32020 ACK']);
    expect(transaction.state).toBe('terminated');
    expect(client.isEmpty).toBe(true);
  });

  it("the ACK has the INVITE's Request-URI, Via, Route and CSeq number, and the response's To", () => {
    answer([20, 404, 'their-tag']);
    const request = newRequest('INVITE', { cseq: 7 });
    request.headers.append('Route', '<sip:proxy.example.com;lr>');
    request.headers.append('Route', '<sip:192.0.2.9;lr>');
    request.headers.append('Require', '100rel');
    request.setBody('application/sdp', 'v=0\r\n');
    const { request: sent } = invite('UDP', request);
    network.run();
    const ack = server.received.find(({ message }) => message.kind === 'request' && message.method === 'ACK')
      ?.message as SipRequest;
    expect(ack.uri).toBe(sent.uri);
    expect(ack.headers.getAll('Via')).toEqual([sent.headers.get('Via')]);
    expect(ack.headers.getAll('Route')).toEqual(['<sip:proxy.example.com;lr>', '<sip:192.0.2.9;lr>']);
    expect(ack.headers.get('CSeq')).toBe('7 ACK');
    expect(ack.to.tag).toBe('their-tag');
    expect(ack.headers.get('From')).toBe(sent.headers.get('From'));
    expect(ack.callId).toBe(sent.callId);
    expect(ack.headers.has('Require')).toBe(false);
    expect(ack.body).toHaveLength(0);
  });

  it('passes on every 2xx of every branch of a fork during timer M, and none of the other responses', () => {
    answer(
      [20, 180, 'one'],
      [30, 200, 'one'],
      [40, 180, 'two'],
      [530, 200, 'one'],
      [600, 200, 'two'],
      [700, 486],
    );
    const transaction = invite();
    network.run(1_000);
    expect(transaction.state).toBe('accepted');
    expect(client.story).toEqual(['180', '200', '200', '200'].map((status) => `response ${status} INVITE`));
    expect(network.sent(alice)).toEqual(['0 INVITE']);
    expect(client.layer.deadline).toBe(40 + 32_000);
    network.run();
    expect(client.isEmpty).toBe(true);
  });

  it('a 2xx after timer M is a stray', () => {
    answer([20, 200], [32_025, 200]);
    invite();
    network.run();
    expect(client.heard).toEqual(['30 response 200 INVITE', '32035 stray 200 INVITE']);
  });

  it('an ICMP error is reported at once while nothing was heard', () => {
    network.refuse('UDP', bob);
    invite();
    network.run();
    expect(client.heard).toEqual(['20 failed transport']);
    expect(client.isEmpty).toBe(true);
  });

  it('a transport error after a provisional response changes nothing', () => {
    answer([20, 180], [5_000, 200]);
    invite();
    network.at(1_000, () => client.layer.transportFailed(flowTo(bob), 1_000));
    network.run();
    expect(client.story).toEqual(['response 180 INVITE', 'response 200 INVITE']);
  });

  it('a transport error under the ACK ends the transaction without another word to the user', () => {
    answer([20, 486]);
    invite();
    network.at(50, () => client.layer.transportFailed(flowTo(bob), 50));
    network.run();
    expect(client.story).toEqual(['response 486 INVITE']);
    expect(network.now).toBe(50);
  });
});

describe('INVITE client transaction over TCP', () => {
  it('repeats nothing; timer B still gives up after 64*T1', () => {
    invite('TCP');
    network.run();
    expect(network.sent(alice)).toEqual(['0 INVITE']);
    expect(client.heard).toEqual(['32000 failed timeout']);
  });

  it('timer D is 0: a refusal ends the transaction once acknowledged', () => {
    answer([20, 486]);
    const transaction = invite('TCP');
    network.run();
    expect(network.sent(alice)).toEqual(['0 INVITE', '30 ACK']);
    expect(transaction.state).toBe('terminated');
    expect(network.now).toBe(40);
  });

  it('timer M is 64*T1 as over UDP, for the other branches of a fork', () => {
    answer([20, 200], [31_000, 200, 'two']);
    invite('TCP');
    network.run();
    expect(client.heard).toEqual(['30 response 200 INVITE', '31010 response 200 INVITE']);
    expect(network.now).toBe(32_030);
  });

  it('a refused connection is reported at once', () => {
    network.refuse('TCP', bob);
    invite('TCP');
    network.run();
    expect(client.heard).toEqual(['20 failed transport']);
  });

  it('a connection that breaks while ringing does not end the call: the answer may come on another', () => {
    answer([20, 180]);
    invite('TCP');
    network.at(100, () => network.breakConnections(alice, bob));
    network.run();
    expect(client.story).toEqual(['response 180 INVITE']);
    expect(client.layer.size.client).toBe(1);
  });
});

describe('CANCEL by the client (RFC 3261 9.1)', () => {
  it('waits for the first provisional response', () => {
    answer([1_000, 100], [1_500, 487]);
    const transaction = invite();
    client.layer.cancel(transaction, 0);
    network.run();
    expect(network.sent(alice).slice(0, 4)).toEqual(['0 INVITE', '500 INVITE', '1010 CANCEL', '1510 ACK']);
    expect(client.story).toEqual(['response 100 INVITE', 'response 487 INVITE']);
  });

  it('is never sent when the final response comes first', () => {
    answer([50, 200]);
    const transaction = invite();
    client.layer.cancel(transaction, 0);
    network.run();
    expect(network.sent(alice)).toEqual(['0 INVITE']);
    client.layer.cancel(transaction, network.now);
    network.run();
    expect(network.sent(alice)).toEqual(['0 INVITE']);
  });

  it("has the INVITE's Via, Request-URI, To, Route and CSeq number, and the header fields it was given", () => {
    answer([20, 180]);
    const request = newRequest('INVITE', { cseq: 3 });
    request.headers.append('Route', '<sip:proxy.example.com;lr>');
    request.headers.append('Proxy-Require', 'foo');
    const transaction = invite('UDP', request);
    network.run(100);
    client.layer.cancel(transaction, network.now, [
      ['Reason', 'SIP;cause=200;text="Call completed elsewhere"'],
    ]);
    network.run(150);
    const cancel = server.received.at(-1)?.message as SipRequest;
    expect(cancel.method).toBe('CANCEL');
    expect(cancel.uri).toBe(transaction.request.uri);
    expect(cancel.headers.getAll('Via')).toEqual([transaction.request.headers.get('Via')]);
    expect(cancel.headers.get('CSeq')).toBe('3 CANCEL');
    expect(cancel.headers.get('To')).toBe(transaction.request.headers.get('To'));
    expect(cancel.headers.getAll('Route')).toEqual(['<sip:proxy.example.com;lr>']);
    expect(cancel.headers.has('Proxy-Require')).toBe(false);
    expect(cancel.headers.get('Reason')).toBe('SIP;cause=200;text="Call completed elsewhere"');
  });

  it('is sent once, however often it is asked for, and repeated by timer E', () => {
    answer([20, 180]);
    const transaction = invite();
    network.run(100);
    client.layer.cancel(transaction, 100);
    client.layer.cancel(transaction, 100);
    network.run(4_000);
    expect(network.sent(alice)).toEqual([
      '0 INVITE',
      '100 CANCEL',
      '600 CANCEL',
      '1600 CANCEL',
      '3600 CANCEL',
    ]);
  });

  it('without a final response to the INVITE ends it after 64*T1', () => {
    answer([20, 180]);
    const transaction = invite();
    network.at(1_000, () => client.layer.cancel(transaction, 1_000));
    network.run();
    expect(client.heard.at(-1)).toBe('33000 failed timeout');
    expect(client.isEmpty).toBe(true);
  });

  it('crosses a 200: the user hears of the answer', () => {
    answer([20, 180], [95, 200]);
    const transaction = invite();
    network.at(100, () => client.layer.cancel(transaction, 100));
    network.run(200);
    expect(client.heard).toEqual(['30 response 180 INVITE', '105 response 200 INVITE']);
    expect(network.sent(alice)).toEqual(['0 INVITE', '100 CANCEL']);
  });

  it('crosses a 486: acknowledged as ever', () => {
    answer([20, 180], [95, 486]);
    const transaction = invite();
    network.at(100, () => client.layer.cancel(transaction, 100));
    network.run(200);
    expect(client.heard).toEqual(['30 response 180 INVITE', '105 response 486 INVITE']);
    expect(network.sent(alice)).toEqual(['0 INVITE', '100 CANCEL', '105 ACK']);
  });
});
