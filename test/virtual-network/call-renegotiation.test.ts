import { expect, test } from 'vitest';
import { answering, CallParty, idle, ladder, messagesOf, requestOf } from './call-party.ts';
import { CallScript } from './call-script.ts';
import { alice as aliceAddress, bob as bobAddress } from './transaction-peer.ts';
import { VirtualNetwork } from './virtual-network.ts';

function established(link = {}) {
  const network = new VirtualNetwork({ link });
  const alice = new CallParty(network, aliceAddress);
  const bob = new CallParty(network, bobAddress);
  answering(bob);
  const session = alice.call(bobAddress);
  network.run(1_000);
  return { network, alice, bob, session };
}

/** Answers what the peer offers with `prefix` and a number. */
function agreeable(party: CallParty, prefix: string): void {
  let answers = 0;
  party.onEvent = (session, event, now) => {
    if (event.kind === 'offer' || event.kind === 'offerWanted')
      session.answerOffer(`${prefix}-${(answers += 1)}`, now);
  };
}

test.each(['reinvite', 'update'] as const)('%s: an offer and its answer', (method) => {
  const { network, alice, bob, session } = established();
  agreeable(bob, 'bob');
  session[method]('hold', network.now);
  network.run(2_000);
  expect(bob.story.at(-1)).toBe(`offer hold by ${method === 'update' ? 'UPDATE' : 'INVITE'}`);
  expect(alice.story.at(-1)).toBe('remoteAnswer bob-1');
  session.hangUp(network.now);
  network.run();
  expect([alice.agent.load, bob.agent.load]).toEqual([idle, idle]);
});

test('the callee may offer as well', () => {
  const { network, alice, bob } = established();
  agreeable(alice, 'alice');
  bob.called.reinvite('hold', network.now);
  network.run(2_000);
  expect(bob.story.at(-1)).toBe('remoteAnswer alice-1');
});

test('refused with 488: what was agreed holds', () => {
  const { network, alice, bob, session } = established();
  bob.onEvent = (callee, event, now) => {
    if (event.kind === 'offer') callee.refuseOffer(488, now);
  };
  session.reinvite('video', network.now);
  network.run(2_000);
  expect(alice.story.at(-1)).toBe('renegotiationFailed 488');
  expect(session.state).toBe('confirmed');
});

test('glare: both re-INVITEs get 491, the callee tries again first, the caller hears that its offer is out of date', () => {
  const { network, alice, bob, session } = established({ latency: 100 });
  agreeable(alice, 'alice');
  agreeable(bob, 'bob');
  session.reinvite('from-alice', network.now);
  bob.called.reinvite('from-bob', network.now);
  network.run(10_000);
  expect(messagesOf(network, '491 INVITE')).toHaveLength(2);
  const again = network.trace.filter(({ what, at }) => what === 'INVITE' && at > 1_200);
  expect(again.map(({ from }) => from)).toEqual(['192.0.2.2:5060']);
  // 14.1: the callee waits up to 2 s, the caller 2.1 s at least.
  expect(again[0]?.at).toBeLessThanOrEqual(1_200 + 2_000);
  expect(bob.story.at(-1)).toBe('remoteAnswer alice-1');
  expect(alice.story.slice(-2)).toEqual(['offer from-bob by INVITE', 'renegotiationFailed 491']);
});

test('491 from a peer with a trouble of its own: the same offer again after 2.1 to 4 s', () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress);
  const bob = new CallScript(network, bobAddress);
  let invites = 0;
  bob.onRequest = (transaction, request) => {
    if (request.method !== 'INVITE') return bob.respond(transaction, 200);
    invites += 1;
    if (invites === 2 || invites === 3) bob.respond(transaction, 491);
    else bob.respond(transaction, 200, { sdp: `answer-${invites}` });
  };
  const session = alice.call(bobAddress);
  network.run(1_000);
  session.reinvite('hold', network.now);
  network.run(20_000);
  expect(alice.story).toEqual(['answered answer-1', 'remoteAnswer answer-4']);
  const times = network.trace.filter(({ what }) => what === 'INVITE').map(({ at }) => at);
  for (const index of [2, 3]) {
    const wait = times[index]! - times[index - 1]! - 20;
    expect(wait).toBeGreaterThanOrEqual(2_100);
    expect(wait).toBeLessThanOrEqual(4_000);
  }
});

test('a peer that answers 491 for ever is given up', () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress);
  const bob = new CallScript(network, bobAddress);
  bob.onRequest = (transaction, request) => {
    const isFirst = request.to.tag === undefined;
    bob.respond(transaction, isFirst ? 200 : 491, isFirst ? { sdp: 'answer' } : {});
  };
  const session = alice.call(bobAddress);
  network.run(1_000);
  session.update('hold', network.now);
  network.run(100_000);
  expect(messagesOf(network, 'UPDATE')).toHaveLength(8);
  expect(alice.story.at(-1)).toBe('renegotiationFailed 491');
});

test('500 with Retry-After: again after that time', () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress);
  const bob = new CallScript(network, bobAddress);
  let updates = 0;
  bob.onRequest = (transaction, request) => {
    if (request.method !== 'UPDATE') return bob.respond(transaction, 200, { sdp: 'answer' });
    updates += 1;
    if (updates === 1) bob.respond(transaction, 500, { headers: [['Retry-After', '7']] });
    else bob.respond(transaction, 200, { sdp: 'updated' });
  };
  const session = alice.call(bobAddress);
  network.run(1_000);
  session.update('hold', network.now);
  network.run(20_000);
  expect(network.trace.filter(({ what }) => what === 'UPDATE').map(({ at }) => at)).toEqual([1_000, 8_020]);
  expect(alice.story.at(-1)).toBe('remoteAnswer updated');
});

test('a third offer while one is under way and one waits is refused at once', () => {
  const { network, alice, session } = established();
  session.reinvite('one', network.now);
  session.reinvite('two', network.now);
  network.run(1_001);
  expect(alice.story.at(-1)).toBe('renegotiationFailed 491');
});

test("the callee's offer waits for the ACK of its own 200", () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress);
  const bob = new CallParty(network, bobAddress);
  agreeable(alice, 'alice');
  bob.onIncoming = (session, now) => {
    session.answer('answer', now);
    session.reinvite('hold', now);
  };
  alice.call(bobAddress);
  network.run(10_000);
  expect(bob.story).toEqual(['answered', 'remoteAnswer alice-1']);
  expect(ladder(network).slice(0, 4)).toEqual(['INVITE', '200 INVITE', 'ACK', 'INVITE']);
});

test('a 2xx to our re-INVITE that is repeated is acknowledged each time', () => {
  const { network, alice, bob, session } = established();
  agreeable(bob, 'bob');
  let acks = 0;
  network.link({
    drop: (message) => message.kind === 'request' && message.method === 'ACK' && (acks += 1) < 3,
  });
  session.reinvite('hold', network.now);
  network.run(20_000);
  expect(acks).toBe(3);
  expect(alice.story.filter((line) => line.startsWith('remoteAnswer'))).toEqual(['remoteAnswer bob-1']);
  expect(requestOf(network, 'ACK', -1).cseq.sequence).toBe(2);
});

test('no answer to our re-INVITE: the session is over, and a BYE says so', () => {
  const { network, alice, bob, session } = established();
  network.link({ loss: 1 });
  session.reinvite('hold', network.now);
  network.run();
  expect(alice.events.at(-1)).toMatchObject({ at: 33_000, event: { kind: 'ended', by: 'dialog' } });
  expect(messagesOf(network, 'BYE').length).toBeGreaterThan(0);
  expect(alice.agent.load).toEqual(idle);
  expect(bob.story.at(-1)).toBe('ended session-timer');
});

test('a re-INVITE answered without SDP changes nothing', () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress);
  const bob = new CallScript(network, bobAddress);
  bob.onRequest = (transaction, request) =>
    bob.respond(transaction, 200, request.to.tag === undefined ? { sdp: 'answer' } : {});
  const session = alice.call(bobAddress);
  network.run(1_000);
  session.reinvite('hold', network.now);
  network.run(2_000);
  expect(alice.story.at(-1)).toBe('renegotiationFailed 488');
  expect(bob.acks).toHaveLength(2);
});
