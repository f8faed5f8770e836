import { beforeEach, describe, expect, it } from 'vitest';
import type { Transport } from '../../src/sip/flow.ts';
import { responseTo } from '../../src/sip/message/response.ts';
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

function send(transport: Transport = 'UDP') {
  return client.layer.send(newRequest('OPTIONS'), flowTo(bob, transport), network.now);
}

function answer(...responses: [at: number, status: number][]): void {
  let answered = false;
  server.onMessage = (message, flow) => {
    if (answered || message.kind !== 'request') return;
    answered = true;
    for (const [at, status] of responses) {
      network.at(at, () => server.send(responseTo(message, status, { toTag: 'bob' }), flow));
    }
  };
}

describe('non-INVITE client transaction over UDP (RFC 3261 17.1.2)', () => {
  it('timer E doubles from T1 up to T2, timer F gives up after 64*T1', () => {
    network.link({ loss: 1 });
    send();
    network.run();
    expect(network.sent(alice)).toEqual(
      [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500].map(
        (at) => `${at} OPTIONS`,
      ),
    );
    expect(client.heard).toEqual(['32000 failed timeout']);
    expect(client.isEmpty).toBe(true);
  });

  it('repeats every T2 once a provisional response came, still until timer F', () => {
    answer([600, 100]);
    send();
    network.run();
    expect(network.sent(alice)).toEqual(
      [0, 500, 1_500, 5_500, 9_500, 13_500, 17_500, 21_500, 25_500, 29_500].map((at) => `${at} OPTIONS`),
    );
    expect(client.heard).toEqual(['610 response 100 OPTIONS', '32000 failed timeout']);
  });

  it('absorbs repeated final responses during timer K', () => {
    answer([20, 200], [520, 200], [5_015, 200], [5_025, 200]);
    const transaction = send();
    network.run(5_029);
    expect(transaction.state).toBe('completed');
    network.run();
    expect(client.heard).toEqual(['30 response 200 OPTIONS', '5035 stray 200 OPTIONS']);
    expect(network.sent(alice)).toEqual(['0 OPTIONS']);
    expect(client.isEmpty).toBe(true);
  });

  it('a provisional response after the final one is absorbed', () => {
    answer([20, 200], [30, 100]);
    send();
    network.run();
    expect(client.story).toEqual(['response 200 OPTIONS']);
  });

  it('an ICMP error is reported at once', () => {
    network.refuse('UDP', bob);
    send();
    network.run();
    expect(client.heard).toEqual(['20 failed transport']);
    expect(client.isEmpty).toBe(true);
  });

  it('an ICMP error after the final response changes nothing', () => {
    answer([20, 200]);
    send();
    network.at(100, () => client.layer.transportFailed(flowTo(bob), 100));
    network.run();
    expect(client.story).toEqual(['response 200 OPTIONS']);
  });
});

describe('non-INVITE client transaction over TCP', () => {
  it('repeats nothing; timer F still gives up after 64*T1', () => {
    send('TCP');
    network.run();
    expect(network.sent(alice)).toEqual(['0 OPTIONS']);
    expect(client.heard).toEqual(['32000 failed timeout']);
  });

  it('repeats nothing after a provisional response', () => {
    answer([20, 100], [20_000, 200]);
    send('TCP');
    network.run();
    expect(network.sent(alice)).toEqual(['0 OPTIONS']);
    expect(client.story).toEqual(['response 100 OPTIONS', 'response 200 OPTIONS']);
  });

  it('timer K is 0', () => {
    answer([20, 200]);
    const transaction = send('TCP');
    network.run();
    expect(transaction.state).toBe('terminated');
    expect(network.now).toBe(30);
    expect(client.isEmpty).toBe(true);
  });

  it('a connection that breaks before the answer is reported at once', () => {
    send('TCP');
    network.at(100, () => network.breakConnections(alice, bob));
    network.run();
    expect(client.heard).toEqual(['110 failed transport']);
  });
});
