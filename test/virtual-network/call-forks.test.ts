import { expect, test } from 'vitest';
import { CallParty, idle, messagesOf, requestOf } from './call-party.ts';
import { CallScript } from './call-script.ts';
import { alice as aliceAddress, bob as bobAddress } from './transaction-peer.ts';
import { VirtualNetwork } from './virtual-network.ts';

function callThroughScript(link = {}) {
  const network = new VirtualNetwork({ link });
  const alice = new CallParty(network, aliceAddress);
  const bob = new CallScript(network, bobAddress);
  return { network, alice, bob };
}

test('forked provisional responses stay apart, the branch that answers wins', () => {
  const { network, alice, bob } = callThroughScript();
  bob.onRequest = (transaction, request) => {
    if (request.method !== 'INVITE') return bob.respond(transaction, 200);
    bob.respond(transaction, 180, { toTag: 'one' });
    bob.respond(transaction, 183, { toTag: 'two', sdp: 'early-two' });
    bob.respond(transaction, 183, { toTag: 'one', sdp: 'early-one' });
    bob.respond(transaction, 200, { toTag: 'two', sdp: 'answer-two' });
  };
  const session = alice.call(bobAddress);
  network.run(1_000);
  expect(alice.story).toEqual(['180', '183 early-two', '183 early-one', 'answered answer-two']);
  const dialogs = alice.events.map(({ event }) => ('dialogId' in event ? event.dialogId : ''));
  expect(dialogs[0]).toBe(dialogs[2]);
  expect(dialogs[1]).toBe(dialogs[3]);
  expect(dialogs[0]).not.toBe(dialogs[1]);
  expect(alice.agent.load.dialogs).toBe(1);
  session.hangUp(network.now);
  network.run();
  expect(requestOf(network, 'BYE').to.tag).toBe('two');
  expect(alice.agent.load).toEqual(idle);
});

test('a second 2xx from another branch is acknowledged and that branch is told goodbye', () => {
  const { network, alice, bob } = callThroughScript();
  bob.onRequest = (transaction, request) => {
    if (request.method !== 'INVITE') return bob.respond(transaction, 200);
    bob.respond(transaction, 200, { toTag: 'one', sdp: 'answer-one' });
    bob.respond(transaction, 200, { toTag: 'two', sdp: 'answer-two' });
    bob.respond(transaction, 200, { toTag: 'two', sdp: 'answer-two' });
    bob.respond(transaction, 200, { toTag: 'one', sdp: 'answer-one' });
  };
  const session = alice.call(bobAddress);
  network.run(40_000);
  expect(bob.acks.map(({ to }) => to.tag)).toEqual(['one', 'two', 'two', 'one']);
  expect(messagesOf(network, 'BYE').map(({ to }) => to.tag)).toEqual(['two']);
  expect(alice.story).toEqual(['answered answer-one']);
  expect(session.state).toBe('confirmed');
  expect(alice.agent.load).toEqual({ ...idle, dialogs: 1 });
});

test('a fork that answers after we cancelled: ACK and BYE for each', () => {
  const { network, alice, bob } = callThroughScript({ latency: 50 });
  bob.onRequest = (transaction, request) => {
    if (request.method !== 'INVITE') return bob.respond(transaction, 200);
    bob.respond(transaction, 180, { toTag: 'one' });
    network.at(120, () => {
      bob.respond(transaction, 200, { toTag: 'one', sdp: 'a' });
      bob.respond(transaction, 200, { toTag: 'two', sdp: 'b' });
    });
  };
  const session = alice.call(bobAddress);
  network.run(110);
  session.hangUp(network.now, { q850: 16 });
  network.run();
  expect(messagesOf(network, 'BYE').map(({ to }) => to.tag)).toEqual(['one', 'two']);
  expect(alice.story).toEqual(['180', 'failed 487 local']);
  expect(alice.agent.load).toEqual(idle);
});

test('a callee that says BYE without ever having answered: the call has failed, and the INVITE is cancelled', () => {
  const { network, alice, bob } = callThroughScript();
  bob.onRequest = (transaction, request) => {
    if (request.method === 'INVITE') bob.respond(transaction, 180, { toTag: 'one' });
  };
  const session = alice.call(bobAddress);
  network.run(1_000);
  bob.request(aliceAddress, 'BYE', {
    callId: session.callId,
    fromTag: 'one',
    toTag: requestOf(network, 'INVITE').from.tag ?? '',
    headers: [['Reason', 'Q.850;cause=18']],
  });
  network.run();
  expect(bob.responses('BYE').map(({ status }) => status)).toEqual([200]);
  expect(messagesOf(network, 'CANCEL')).toHaveLength(1);
  expect(alice.story).toEqual(['180', 'failed 487 remote']);
  expect(alice.events.at(-1)?.event).toMatchObject({ reasons: [{ protocol: 'Q.850', cause: 18 }] });
  expect(alice.agent.load).toEqual(idle);
});

test('a peer without To tags (RFC 2543) is talked to all the same', () => {
  const { network, alice, bob } = callThroughScript();
  bob.onRequest = (transaction, request) => {
    if (request.method === 'INVITE') {
      bob.respond(transaction, 180, { toTag: '' });
      bob.respond(transaction, 200, { toTag: '', sdp: 'answer' });
    } else {
      bob.respond(transaction, 200, { toTag: '' });
    }
  };
  const session = alice.call(bobAddress);
  network.run(1_000);
  expect(alice.story).toEqual(['180', 'answered answer']);
  expect(bob.acks.map(({ to }) => to.tag)).toEqual([undefined]);
  session.hangUp(network.now);
  network.run();
  expect(requestOf(network, 'BYE').to.tag).toBeUndefined();
  expect(alice.agent.load).toEqual(idle);
});

test('a proxy that forks without end does not fill our memory', () => {
  const { network, alice, bob } = callThroughScript();
  bob.onRequest = (transaction, request) => {
    if (request.method !== 'INVITE') return bob.respond(transaction, 200);
    for (let branch = 0; branch < 100; branch += 1)
      bob.respond(transaction, 180, { toTag: `branch-${branch}` });
    bob.respond(transaction, 200, { toTag: 'branch-99', sdp: 'answer' });
  };
  alice.call(bobAddress);
  let most = 0;
  alice.onEvent = () => {
    most = Math.max(most, alice.agent.load.dialogs);
  };
  network.run(1_000);
  expect(most).toBe(16);
  expect(alice.story.at(-1)).toBe('answered answer');
  expect(alice.agent.load.dialogs).toBe(1);
});

test('requests within the dialog follow Record-Route of the 2xx and its Contact', () => {
  const { network, alice, bob } = callThroughScript();
  const proxy = new CallScript(network, { host: '192.0.2.50', port: 5060 });
  proxy.onRequest = (transaction) => proxy.respond(transaction, 200);
  bob.onRequest = (transaction) =>
    bob.respond(transaction, 200, {
      sdp: 'answer',
      headers: [
        ['Record-Route', '<sip:192.0.2.51;lr>'],
        ['Record-Route', '<sip:192.0.2.50;lr>'],
      ],
    });
  const session = alice.call(bobAddress);
  network.run(1_000);
  session.hangUp(network.now);
  network.run();
  expect(proxy.acks).toHaveLength(1);
  const bye = requestOf(network, 'BYE');
  expect(bye.uri).toBe('sip:script@192.0.2.2');
  expect(bye.routes.map(String)).toEqual(['<sip:192.0.2.50;lr>', '<sip:192.0.2.51;lr>']);
  expect(network.trace.find(({ what }) => what === 'BYE')?.to).toBe('192.0.2.50:5060');
});

test('unreadable fields of a response are left out instead of failing the call', () => {
  const { network, alice, bob } = callThroughScript();
  bob.onRequest = (transaction, request) => {
    if (request.method !== 'INVITE') return bob.respond(transaction, 200);
    bob.respond(transaction, 200, {
      sdp: 'answer',
      noContact: true,
      headers: [
        ['Contact', '<sip:'],
        ['Session-Expires', 'soon'],
        ['Allow', '{'],
      ],
    });
  };
  const session = alice.call(bobAddress);
  network.run(1_000);
  expect(alice.story).toEqual(['answered answer']);
  expect(alice.agent.counters['malformed']).toBe(3);
  session.hangUp(network.now);
  network.run();
  expect(requestOf(network, 'BYE').uri).toBe('sip:callee@192.0.2.2:5060');
});
