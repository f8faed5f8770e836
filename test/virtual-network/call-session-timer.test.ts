import { expect, test } from 'vitest';
import { answering, CallParty, idle, messagesOf, requestOf, responseOf } from './call-party.ts';
import { CallScript } from './call-script.ts';
import { alice as aliceAddress, bob as bobAddress } from './transaction-peer.ts';
import { VirtualNetwork } from './virtual-network.ts';

const seconds = 1_000;

function refreshes(network: VirtualNetwork, method: 'UPDATE' | 'INVITE') {
  return network.trace.filter(({ what, message }) => what === method && message.to.tag !== undefined);
}

test('the caller refreshes with UPDATE at half the interval', () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress, { sessionTimer: { expires: 200, minimum: 90 } });
  const bob = new CallParty(network, bobAddress);
  answering(bob);
  const session = alice.call(bobAddress);
  network.run(450 * seconds);
  expect(responseOf(network, '200 INVITE').headers.get('Session-Expires')).toBe('200;refresher=uac');
  expect(responseOf(network, '200 INVITE').headers.get('Require')).toBe('timer');
  expect(refreshes(network, 'UPDATE').map(({ at, from }) => [Math.round(at / seconds), from])).toEqual([
    [100, '192.0.2.1:5060'],
    [200, '192.0.2.1:5060'],
    [300, '192.0.2.1:5060'],
    [400, '192.0.2.1:5060'],
  ]);
  expect(requestOf(network, 'UPDATE').headers.get('Session-Expires')).toBe('200;refresher=uac');
  expect(requestOf(network, 'UPDATE').text).toBe('');
  expect(session.state).toBe('confirmed');
  expect(alice.story).toEqual(['180', 'answered answer-1']);
});

test('a peer that takes no UPDATE is refreshed by re-INVITE with the same description', () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress, { sessionTimer: { expires: 200, minimum: 90 } });
  const bob = new CallScript(network, bobAddress);
  const answers = ['answer', 'answer', 'moved'];
  bob.onRequest = (transaction) =>
    bob.respond(transaction, 200, {
      sdp: answers.shift() ?? 'answer',
      headers: [['Session-Expires', '200;refresher=uac']],
    });
  alice.call(bobAddress);
  network.run(250 * seconds);
  expect(refreshes(network, 'INVITE').map(({ at }) => Math.round(at / seconds))).toEqual([100, 200]);
  expect(requestOf(network, 'INVITE', 1).text).toBe('offer-1');
  expect(bob.acks).toHaveLength(3);
  expect(alice.story).toEqual(['answered answer', 'remoteAnswer moved (refresh)']);
});

test('UPDATE refused in spite of Allow: re-INVITE instead', () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress, { sessionTimer: { expires: 200, minimum: 90 } });
  const bob = new CallScript(network, bobAddress);
  bob.onRequest = (transaction, request) => {
    if (request.method === 'UPDATE') return bob.respond(transaction, 501);
    const headers = [
      ['Allow', 'INVITE, UPDATE'],
      ['Session-Expires', '200;refresher=uac'],
    ] as const;
    bob.respond(transaction, 200, { sdp: 'answer', headers });
  };
  alice.call(bobAddress);
  network.run(250 * seconds);
  expect(refreshes(network, 'UPDATE')).toHaveLength(1);
  expect(refreshes(network, 'INVITE')).toHaveLength(2);
});

test('a caller that does not know session timers cannot be the refresher, whatever a proxy wrote', () => {
  const network = new VirtualNetwork();
  const alice = new CallScript(network, aliceAddress);
  const bob = new CallParty(network, bobAddress);
  answering(bob);
  alice.request(bobAddress, 'INVITE', { sdp: 'x', headers: [['Session-Expires', '200;refresher=uac']] });
  network.run(100);
  expect(responseOf(network, '200 INVITE').headers.get('Session-Expires')).toBe('200;refresher=uas');
  expect(responseOf(network, '200 INVITE').headers.has('Require')).toBe(false);
});

test('an interval no peer may ask for is not followed', () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress);
  const bob = new CallScript(network, bobAddress);
  bob.onRequest = (transaction) =>
    bob.respond(transaction, 200, { sdp: 'answer', headers: [['Session-Expires', '1;refresher=uac']] });
  alice.call(bobAddress);
  network.run(100 * seconds);
  expect(refreshes(network, 'INVITE').map(({ at }) => Math.round(at / seconds))).toEqual([45, 90]);
});

test('the callee refreshes when it is named', () => {
  const network = new VirtualNetwork();
  const alice = new CallScript(network, aliceAddress);
  const bob = new CallParty(network, bobAddress);
  answering(bob);
  alice.onRequest = (transaction) =>
    alice.respond(transaction, 200, { headers: [['Session-Expires', '120;refresher=uac']] });
  const headers = [
    ['Supported', 'timer'],
    ['Allow', 'UPDATE'],
    ['Session-Expires', '120;refresher=uas'],
  ] as const;
  alice.request(bobAddress, 'INVITE', { sdp: 'offer', headers });
  network.run(100);
  alice.request(bobAddress, 'ACK', { toTag: responseOf(network, '200 INVITE').to.tag ?? '' });
  network.run(130 * seconds);
  expect(responseOf(network, '200 INVITE').headers.get('Session-Expires')).toBe('120;refresher=uas');
  expect(responseOf(network, '200 INVITE').headers.has('Require')).toBe(false);
  expect(refreshes(network, 'UPDATE').map(({ at }) => Math.round(at / seconds))).toEqual([60, 120]);
  // We send the refresh now, so that our role in it is that of the client.
  expect(requestOf(network, 'UPDATE').headers.get('Session-Expires')).toBe('120;refresher=uac');
});

test('the other side does not refresh: BYE when 32 s or a third is left', () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress, { sessionTimer: { expires: 1_800, minimum: 90 } });
  const bob = new CallScript(network, bobAddress);
  bob.onRequest = (transaction) =>
    bob.respond(transaction, 200, { sdp: 'answer', headers: [['Session-Expires', '1800;refresher=uas']] });
  alice.call(bobAddress);
  network.run();
  const bye = network.trace.find(({ what }) => what === 'BYE');
  expect(bye?.at).toBe(20 + 1_768 * seconds);
  expect(alice.story.at(-1)).toBe('ended session-timer');
  expect(alice.agent.load).toEqual(idle);
});

test('a peer that has vanished: both ends end by themselves', () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress, { sessionTimer: { expires: 90, minimum: 90 } });
  const bob = new CallParty(network, bobAddress);
  answering(bob);
  alice.call(bobAddress);
  network.run(10 * seconds);
  network.link({ loss: 1 });
  network.run();
  // The refresher's UPDATE at 45 s runs into timer F, the other waits for the interval less a third.
  expect(alice.events.at(-1)?.at).toBe(45 * seconds + 20 + 15_000);
  expect(alice.story.at(-1)).toBe('ended session-timer');
  expect(bob.story.at(-1)).toBe('ended session-timer');
  expect([alice.agent.load, bob.agent.load]).toEqual([idle, idle]);
});

test('a peer without session timers is not asked for them: none runs', () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress);
  const bob = new CallScript(network, bobAddress);
  bob.onRequest = (transaction) => bob.respond(transaction, 200, { sdp: 'answer' });
  const session = alice.call(bobAddress);
  network.run();
  expect(network.now).toBeLessThan(60 * seconds);
  expect(session.state).toBe('confirmed');
});

test('422 asks for more: the INVITE is sent again with it', () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress, { sessionTimer: { expires: 100, minimum: 90 } });
  const bob = new CallParty(network, bobAddress, { sessionTimer: { expires: 600, minimum: 300 } });
  answering(bob);
  alice.call(bobAddress);
  network.run(10 * seconds);
  expect(responseOf(network, '422 INVITE').headers.get('Min-SE')).toBe('300');
  const [, second] = messagesOf(network, 'INVITE');
  expect(second?.headers.get('Session-Expires')).toBe('300');
  expect(second?.headers.get('Min-SE')).toBe('300');
  expect(second?.cseq.sequence).toBe(2);
  expect(alice.story).toEqual(['180', 'answered answer-1']);
  expect(bob.incoming).toHaveLength(1);
});

test('422 without end, or without sense, is the failure', () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress);
  const bob = new CallScript(network, bobAddress);
  let wanted = 2_000;
  bob.onRequest = (transaction) =>
    bob.respond(transaction, 422, { headers: [['Min-SE', String((wanted += 1_000))]] });
  alice.call(bobAddress);
  network.run();
  expect(messagesOf(network, 'INVITE')).toHaveLength(4);
  expect(alice.story).toEqual(['failed 422 remote']);
});

test('an interval below ours: 422, unless the caller cannot know what that means', () => {
  const network = new VirtualNetwork();
  const alice = new CallScript(network, aliceAddress);
  const bob = new CallParty(network, bobAddress);
  answering(bob);
  const expires = ['Session-Expires', '60'] as const;
  alice.request(bobAddress, 'INVITE', {
    callId: 'knows',
    sdp: 'x',
    headers: [expires, ['Supported', 'timer']],
  });
  network.run(100);
  expect(alice.responses('INVITE').map(({ status }) => status)).toEqual([422]);
  expect(alice.responses('INVITE')[0]?.to.tag).toBeDefined();
  alice.request(bobAddress, 'INVITE', { callId: 'does-not', sdp: 'x', headers: [expires] });
  network.run(200);
  expect(responseOf(network, '200 INVITE').headers.has('Session-Expires')).toBe(false);
});

test('a refresh without Session-Expires keeps the timer that runs', () => {
  const network = new VirtualNetwork();
  const alice = new CallScript(network, aliceAddress);
  const bob = new CallParty(network, bobAddress);
  answering(bob);
  const supported = ['Supported', 'timer'] as const;
  alice.request(bobAddress, 'INVITE', { sdp: 'x', headers: [supported, ['Session-Expires', '120']] });
  network.run(100);
  const toTag = responseOf(network, '200 INVITE').to.tag ?? '';
  alice.request(bobAddress, 'ACK', { toTag });
  network.run(50 * seconds);
  alice.request(bobAddress, 'UPDATE', { toTag, cseq: 2, headers: [supported] });
  network.run(51 * seconds);
  expect(responseOf(network, '200 UPDATE').headers.get('Session-Expires')).toBe('120;refresher=uac');
  // 50 s, and 120 s less 32 s.
  network.run();
  expect(network.trace.find(({ what }) => what === 'BYE')?.at).toBe(138 * seconds + 10);
});

test('hanging up stops the timer', () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress);
  const bob = new CallParty(network, bobAddress);
  answering(bob);
  const session = alice.call(bobAddress);
  network.run(seconds);
  session.hangUp(network.now);
  network.run();
  expect(network.now).toBeLessThan(40 * seconds);
});
