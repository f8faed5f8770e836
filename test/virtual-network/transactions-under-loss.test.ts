import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alice, bob } from './transaction-peer.ts';
import { type Attempt, TransactionUsers } from './transaction-users.ts';
import { VirtualNetwork } from './virtual-network.ts';

const attempts: [name: string, attempt: Attempt][] = [
  ['an INVITE that is answered', { method: 'INVITE', transport: 'UDP', status: 200, answerAfter: 3_000 }],
  ['an INVITE that is refused', { method: 'INVITE', transport: 'UDP', status: 486, answerAfter: 3_000 }],
  ['an INVITE that is refused at once', { method: 'INVITE', transport: 'UDP', status: 403, answerAfter: 0 }],
  [
    'an INVITE that is cancelled',
    { method: 'INVITE', transport: 'UDP', status: 200, answerAfter: 30_000, cancelAt: 4_000 },
  ],
  ['an OPTIONS', { method: 'OPTIONS', transport: 'UDP', status: 200, answerAfter: 100 }],
  ['a slow OPTIONS', { method: 'OPTIONS', transport: 'UDP', status: 200, answerAfter: 5_000 }],
];

/** How many datagrams each side sends in the attempt when none is lost. */
function lengthOf(attempt: Attempt): { alice: number; bob: number } {
  const network = new VirtualNetwork();
  new TransactionUsers(network, attempt).run();
  return { alice: network.sent(alice).length, bob: network.sent(bob).length };
}

describe.each(attempts)('%s', (_, attempt) => {
  const expected = attempt.cancelAt === undefined ? attempt.status : 487;
  const length = lengthOf(attempt);
  const singleLosses = [
    ...Array.from({ length: length.alice }, (_, index) => ({ from: alice, to: bob, index })),
    ...Array.from({ length: length.bob }, (_, index) => ({ from: bob, to: alice, index })),
  ];

  it.each(singleLosses)('survives the loss of datagram $index from $from.host', ({ from, to, index }) => {
    const network = new VirtualNetwork();
    network.link({ drop: (_, sent) => sent === index }, from, to);
    const users = new TransactionUsers(network, attempt);
    expect(users.run()).toEqual({ client: expected, server: expected, isConfirmed: true, requests: 1 });
    expect(network.trace.filter(({ fate }) => fate === 'lost')).toHaveLength(1);
    expect([users.alice.isEmpty, users.bob.isEmpty]).toEqual([true, true]);
  });

  it('survives the loss of the first three datagrams each way', () => {
    const network = new VirtualNetwork({ link: { drop: (_, sent) => sent < 3 } });
    const users = new TransactionUsers(network, attempt);
    expect(users.run()).toEqual({ client: expected, server: expected, isConfirmed: true, requests: 1 });
    expect([users.alice.isEmpty, users.bob.isEmpty]).toEqual([true, true]);
  });

  it('is the same when every datagram comes twice', () => {
    const network = new VirtualNetwork({ link: { duplication: 1 } });
    const users = new TransactionUsers(network, attempt);
    expect(users.run()).toEqual({ client: expected, server: expected, isConfirmed: true, requests: 1 });
    expect([users.alice.isEmpty, users.bob.isEmpty]).toEqual([true, true]);
  });

  it('is the same when datagrams overtake each other', () => {
    const network = new VirtualNetwork({ seed: 7, link: { latency: [1, 400] } });
    const users = new TransactionUsers(network, attempt);
    expect(users.run()).toEqual({ client: expected, server: expected, isConfirmed: true, requests: 1 });
  });

  it('is the same over TCP, without any repetition', () => {
    const network = new VirtualNetwork();
    const users = new TransactionUsers(network, { ...attempt, transport: 'TCP' });
    expect(users.run()).toEqual({ client: expected, server: expected, isConfirmed: true, requests: 1 });
    expect(new Set(network.trace.map(({ what }) => what)).size).toBe(network.trace.length);
  });

  it('without a network ends in a time-out and leaves nothing behind', () => {
    const network = new VirtualNetwork({ link: { loss: 1 } });
    const users = new TransactionUsers(network, attempt);
    expect(users.run().client).toBe('timeout');
    expect([users.alice.isEmpty, users.bob.isEmpty]).toEqual([true, true]);
  });
});

describe('whatever the network does', () => {
  const anyAttempt: fc.Arbitrary<Attempt> = fc.record({
    method: fc.constantFrom('INVITE', 'INVITE', 'OPTIONS'),
    transport: fc.constant('UDP' as const),
    status: fc.constantFrom(200, 302, 404, 486, 503, 603),
    answerAfter: fc.integer({ min: 0, max: 40_000 }),
    cancelAt: fc.option(fc.integer({ min: 0, max: 45_000 }), { nil: undefined }),
  });
  const anyNetwork = fc.record({
    seed: fc.integer(),
    loss: fc.double({ min: 0, max: 0.95, noNaN: true }),
    duplication: fc.double({ min: 0, max: 1, noNaN: true }),
    // Nothing lives longer than T4 in the network, or RFC 3261's timers promise nothing.
    slowest: fc.integer({ min: 1, max: 2_000 }),
  });

  it('the two sides end, agree on what was said, and keep nothing', () => {
    fc.assert(
      fc.property(anyAttempt, anyNetwork, (attempt, { seed, loss, duplication, slowest }) => {
        const network = new VirtualNetwork({ seed, link: { latency: [1, slowest], loss, duplication } });
        const users = new TransactionUsers(network, attempt);
        const outcome = users.run();
        // Alice heard what Bob said, or nothing.
        if (typeof outcome.client === 'number') expect(outcome.client).toBe(outcome.server);
        else expect(outcome.client).toBe('timeout');
        // Bob's user heard of the request once, however often it came.
        expect(outcome.requests).toBeLessThanOrEqual(1);
        if (outcome.server === 487) expect(attempt.method).toBe('INVITE');
        expect(users.alice.isEmpty).toBe(true);
        expect(users.bob.isEmpty).toBe(true);
        expect(Math.min(users.alice.layer.deadline, users.bob.layer.deadline)).toBe(Infinity);
      }),
      { numRuns: 400 },
    );
  });
});
