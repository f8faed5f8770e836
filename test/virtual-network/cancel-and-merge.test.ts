import { beforeEach, describe, expect, it } from 'vitest';
import type { SipResponse } from '../../src/sip/message/message.ts';
import { InviteClientTransaction } from '../../src/sip/transaction/invite-client-transaction.ts';
import { alice, bob, flowTo, newRequest, RawPeer, TransactionPeer, wireRequest } from './transaction-peer.ts';
import { type Address, VirtualNetwork } from './virtual-network.ts';

const via = 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKinvite';
const otherPath = 'SIP/2.0/UDP 192.0.2.3:5060;branch=z9hG4bKother';

let network: VirtualNetwork;

beforeEach(() => {
  network = new VirtualNetwork({ link: { latency: 10 } });
});

describe('CANCEL at the server (RFC 3261 9.2)', () => {
  let client: RawPeer;
  let server: TransactionPeer;

  beforeEach(() => {
    client = new RawPeer(network, alice);
    server = new TransactionPeer(network, bob);
  });

  const send = (at: number, method: string, branch = via) =>
    network.at(at, () => client.send(wireRequest(method, branch), flowTo(bob)));
  const respond = (at: number, status: number) =>
    network.at(at, () => server.respond(server.requests[0]!, status, at));
  const responses = (): string[] => client.heard;
  const responseTo = (method: string): SipResponse =>
    client.received.find(({ message }) => message.kind === 'response' && message.cseq.method === method)
      ?.message as SipResponse;

  it('before the final response is answered with 200, and the user hears of it', () => {
    send(0, 'INVITE');
    respond(20, 180);
    send(100, 'CANCEL');
    respond(115, 487);
    network.run(200);
    expect(server.heard).toEqual(['10 request INVITE', '110 cancelled']);
    expect(responses()).toEqual(['30 180 INVITE', '120 200 CANCEL', '125 487 INVITE']);
    expect(responseTo('CANCEL').to.tag).toBe(responseTo('INVITE').to.tag);
  });

  it('before any response bears the tag that the user is to use', () => {
    send(0, 'INVITE');
    send(50, 'CANCEL');
    server.onOutput = (output, now) => {
      if (output.kind === 'cancelled')
        server.respond(output.transaction, 487, now, { toTag: output.transaction.toTag });
    };
    network.run(100);
    expect(responses()).toEqual(['70 200 CANCEL', '70 487 INVITE']);
    expect(responseTo('CANCEL').to.tag).toBe(responseTo('INVITE').to.tag);
  });

  it.each([200, 486])('after a %i is answered with 200 and has no effect', (status) => {
    send(0, 'INVITE');
    respond(20, status);
    send(100, 'CANCEL');
    network.run(200);
    expect(server.story).toEqual(['request INVITE']);
    expect(responses()).toEqual([`30 ${status} INVITE`, '120 200 CANCEL']);
  });

  it('without its INVITE is answered with 481', () => {
    send(0, 'CANCEL');
    network.run();
    expect(responses()).toEqual(['20 481 CANCEL']);
    expect(responseTo('CANCEL').to.tag).toBeDefined();
    expect(server.heard).toEqual([]);
    expect(server.isEmpty).toBe(true);
  });

  it('with the branch of another transaction is answered with 481', () => {
    send(0, 'INVITE');
    send(100, 'CANCEL', otherPath);
    network.run(150);
    expect(server.story).toEqual(['request INVITE']);
    expect(server.layer.size.server).toBe(2);
  });

  it('that is repeated gets the same answer again, and the user hears once', () => {
    send(0, 'INVITE');
    send(100, 'CANCEL');
    send(600, 'CANCEL');
    network.run(1_000);
    expect(server.story).toEqual(['request INVITE', 'cancelled']);
    expect(responses().filter((line) => line.endsWith('200 CANCEL'))).toEqual([
      '120 200 CANCEL',
      '620 200 CANCEL',
    ]);
  });
});

describe('CANCEL between two layers', () => {
  let client: TransactionPeer;
  let server: TransactionPeer;

  beforeEach(() => {
    client = new TransactionPeer(network, alice);
    server = new TransactionPeer(network, bob);
  });

  function invite(): InviteClientTransaction {
    const transaction = client.layer.send(newRequest('INVITE'), flowTo(bob), network.now);
    if (!(transaction instanceof InviteClientTransaction))
      throw new Error('not an INVITE client transaction');
    return transaction;
  }

  it('ends the INVITE with 487 on both sides and leaves nothing behind', () => {
    server.onOutput = (output, now) => {
      if (output.kind === 'request') server.respond(output.transaction, 180, now);
      if (output.kind === 'cancelled') server.respond(output.transaction, 487, now);
    };
    const transaction = invite();
    network.at(500, () => client.layer.cancel(transaction, 500));
    network.run();
    expect(client.story).toEqual(['response 180 INVITE', 'response 487 INVITE']);
    expect(server.story).toEqual(['request INVITE', 'cancelled']);
    expect([client.isEmpty, server.isEmpty]).toEqual([true, true]);
  });

  it('crosses the answer: the CANCEL has no effect on a call that was taken', () => {
    server.onOutput = (output, now) => {
      if (output.kind !== 'request') return;
      server.respond(output.transaction, 180, now);
      network.at(505, () => server.respond(output.transaction, 200, 505));
    };
    const transaction = invite();
    network.at(500, () => client.layer.cancel(transaction, 500));
    network.run();
    expect(server.story).toEqual(['request INVITE']);
    expect(client.story).toEqual(['response 180 INVITE', 'response 200 INVITE']);
    expect(transaction.state).toBe('terminated');
    expect([client.isEmpty, server.isEmpty]).toEqual([true, true]);
  });
});

describe('merged requests (RFC 3261 8.2.2.2)', () => {
  const carol: Address = { host: '192.0.2.3', port: 5060 };
  let oneWay: RawPeer;
  let otherWay: RawPeer;
  let server: TransactionPeer;

  beforeEach(() => {
    oneWay = new RawPeer(network, alice);
    otherWay = new RawPeer(network, carol);
    server = new TransactionPeer(network, bob);
  });

  it('the second path gets 482, and its ACK and CANCEL are dealt with there', () => {
    oneWay.send(wireRequest('INVITE', via), flowTo(bob));
    network.at(100, () => otherWay.send(wireRequest('INVITE', otherPath), flowTo(bob)));
    network.at(150, () => otherWay.send(wireRequest('ACK', otherPath, { toTag: 'x' }), flowTo(bob)));
    network.at(160, () => otherWay.send(wireRequest('CANCEL', otherPath), flowTo(bob)));
    network.run(1_000);
    expect(otherWay.heard).toEqual(['120 482 INVITE', '180 200 CANCEL']);
    expect(server.story).toEqual(['request INVITE']);
    expect(server.layer.counters.merged).toBe(1);
  });

  it('a new attempt after the first is forgotten is no merge', () => {
    oneWay.send(wireRequest('OPTIONS', via), flowTo(bob));
    network.run(10);
    server.respond(server.requests[0]!, 200, 10);
    network.run();
    otherWay.send(wireRequest('OPTIONS', otherPath), flowTo(bob));
    network.run();
    expect(server.story).toEqual(['request OPTIONS', 'request OPTIONS']);
  });

  it('forgetting the refused twin does not forget the first', () => {
    oneWay.send(wireRequest('INVITE', via), flowTo(bob));
    otherWay.send(wireRequest('INVITE', otherPath), flowTo(bob));
    network.run(60_000);
    expect(server.layer.size.server).toBe(1);
    otherWay.send(wireRequest('INVITE', `${otherPath}again`), flowTo(bob));
    network.run(61_000);
    expect(server.layer.counters.merged).toBe(2);
    // That the twin's 482 was never acknowledged is nobody's concern.
    expect(server.story).toEqual(['request INVITE']);
  });

  it('requests within a dialog are never merged', () => {
    for (const path of [via, otherPath]) {
      oneWay.send(wireRequest('BYE', path, { toTag: 'bob' }), flowTo(bob));
    }
    network.run(100);
    expect(server.story).toEqual(['request BYE', 'request BYE']);
  });
});
