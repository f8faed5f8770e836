import { expect, test } from 'vitest';
import type { PeerVerdict, PeerWatchOptions } from '../../src/sip/user-agent/peer-watch.ts';
import { CallParty, flow } from './call-party.ts';
import { CallScript } from './call-script.ts';
import { alice as aliceAddress, bob as bobAddress } from './transaction-peer.ts';
import { VirtualNetwork } from './virtual-network.ts';

const told = (verdict: PeerVerdict): string =>
  verdict.kind === 'absent'
    ? verdict.why
    : [verdict.status, verdict.serves ? 'serves' : 'does not serve', verdict.retryAfter]
        .filter((part) => part !== undefined)
        .join(' ');

function bench(changes: Partial<PeerWatchOptions> = {}) {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress);
  const bob = new CallScript(network, bobAddress);
  const verdicts: string[] = [];
  const times: number[] = [];
  const watch = alice.agent.watch(
    {
      target: 'sip:192.0.2.2',
      from: '<sip:192.0.2.1>',
      destination: flow(bobAddress),
      interval: 30_000,
      patience: 4_000,
      onVerdict: (verdict, now) => {
        verdicts.push(told(verdict));
        times.push(now);
      },
      ...changes,
    },
    0,
  );
  return { network, alice, bob, verdicts, times, watch };
}

test('asks on and on, and tells how long the answer took', () => {
  const seen: PeerVerdict[] = [];
  const { network, bob, watch, alice } = bench({ onVerdict: (verdict) => seen.push(verdict) });
  bob.onRequest = (transaction) => bob.respond(transaction, 200);
  network.run(65_000);
  expect(seen).toHaveLength(3);
  expect(seen[0]).toMatchObject({ kind: 'answered', status: 200, serves: true, roundTrip: 20 });
  watch.stop();
  network.run();
  expect(seen).toHaveLength(3);
  expect(alice.agent.load).toMatchObject({ requests: 0, timers: 0 });
});

test.each([
  [404, [], '404 serves'],
  [405, [], '405 serves'],
  [481, [], '481 serves'],
  [501, [], '501 serves'],
  [603, [], '603 serves'],
  [401, [['WWW-Authenticate', 'Digest realm="r", nonce="n"']], '401 serves'],
  [408, [], '408 does not serve'],
  [500, [], '500 does not serve'],
  [503, [['Retry-After', '120']], '503 does not serve 120'],
] as const)('%i is an answer: %s %s', (status, headers, said) => {
  const { network, bob, verdicts } = bench({ interval: Infinity });
  bob.onRequest = (transaction) => bob.respond(transaction, status, { headers });
  network.run();
  expect(verdicts).toEqual([said]);
});

test('a lost copy is no absence; silence is, after our patience, and what comes late is not counted', () => {
  const { network, bob, verdicts, times } = bench();
  network.link({ drop: (_message, index) => index === 0 }, aliceAddress, bobAddress);
  bob.onRequest = (transaction) => bob.respond(transaction, 200);
  network.run(3_000);
  expect(verdicts).toEqual(['200 serves']);
  bob.onRequest = (transaction, _request, now) =>
    network.at(now + 6_000, () => bob.respond(transaction, 200));
  network.run(50_000);
  expect(verdicts).toEqual(['200 serves', 'silent']);
  expect(times[1]).toBe(Number(times[0]) + 34_000);
});

test('an address that refuses is told at once', () => {
  const { network, verdicts, times } = bench();
  network.refuse('UDP', bobAddress);
  network.run(1_000);
  expect(verdicts).toEqual(['transport']);
  expect(times[0]).toBeLessThan(100);
});
