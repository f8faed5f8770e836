import { expect, test } from 'vitest';
import { answering, CallParty, idle, ladder, messagesOf, requestOf, responseOf } from './call-party.ts';
import { CallScript } from './call-script.ts';
import { alice as aliceAddress, bob as bobAddress } from './transaction-peer.ts';
import { VirtualNetwork } from './virtual-network.ts';

function pair(link = {}) {
  const network = new VirtualNetwork({ link });
  return { network, alice: new CallParty(network, aliceAddress), bob: new CallParty(network, bobAddress) };
}

test('a call is set up, answered and hung up', () => {
  const { network, alice, bob } = pair();
  answering(bob);
  const session = alice.call(bobAddress);
  network.run(5_000);
  expect(session.state).toBe('confirmed');
  expect(bob.called.state).toBe('confirmed');
  expect(bob.called.offer).toBe('offer-1');
  session.hangUp(network.now, { q850: 16, text: 'Normal call clearing' });
  network.run();
  expect(ladder(network)).toEqual(['INVITE', '180 INVITE', '200 INVITE', 'ACK', 'BYE', '200 BYE']);
  expect(alice.story).toEqual(['180', 'answered answer-1', 'ended local']);
  expect(bob.story).toEqual(['answered', 'ended remote']);
  expect(bob.events.at(-1)?.event).toMatchObject({
    reasons: [{ protocol: 'Q.850', cause: 16, text: 'Normal call clearing' }],
  });
  expect(alice.agent.load).toEqual(idle);
  expect(bob.agent.load).toEqual(idle);
});

test('the INVITE has what RFC 3261 8.1.1 and 13.2.1 ask for', () => {
  const { network, alice } = pair();
  alice.call(bobAddress, { headers: [['P-Asserted-Identity', '<sip:+861@192.0.2.1>']] });
  network.run(0);
  const { headers, uri, text } = requestOf(network, 'INVITE');
  expect(uri).toBe('sip:callee@192.0.2.2:5060');
  expect(text).toBe('offer-1');
  const fields = Object.fromEntries(headers.entries());
  expect(fields).toMatchObject({
    'Max-Forwards': '70',
    To: '<sip:callee@192.0.2.2>',
    CSeq: '1 INVITE',
    Contact: '<sip:caller@192.0.2.1:5060>',
    Allow: 'INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, PRACK',
    Supported: '100rel, timer',
    'Session-Expires': '1800',
    'User-Agent': 'Party/1',
    'Content-Type': 'application/sdp',
    'P-Asserted-Identity': '<sip:+861@192.0.2.1>',
  });
  expect(fields['From']).toMatch(/^<sip:caller@192\.0\.2\.1>;tag=[0-9a-f]{32}$/);
});

test('over TCP the contact says so, and requests within the dialog keep to it', () => {
  const { network, alice, bob } = pair();
  answering(bob);
  const session = alice.call(bobAddress, { transport: 'TCP' });
  network.run(1_000);
  session.hangUp(network.now);
  network.run();
  expect(requestOf(network, 'INVITE').contact?.uri.toString()).toBe(
    'sip:caller@192.0.2.1:5060;transport=tcp',
  );
  expect(new Set(network.trace.map(({ transport }) => transport))).toEqual(new Set(['TCP']));
  expect(bob.story).toEqual(['answered', 'ended remote']);
});

test('the callee hangs up', () => {
  const { network, alice, bob } = pair();
  answering(bob);
  alice.call(bobAddress);
  network.run(1_000);
  bob.called.hangUp(network.now, { q850: 16 });
  bob.called.hangUp(network.now);
  network.run();
  expect(alice.story).toEqual(['180', 'answered answer-1', 'ended remote']);
  expect(bob.story).toEqual(['answered', 'ended local']);
  expect(messagesOf(network, 'BYE')).toHaveLength(1);
  expect([alice.agent.load, bob.agent.load]).toEqual([idle, idle]);
});

test('early media: 183 with and without SDP, 180 after 183', () => {
  const { network, alice, bob } = pair();
  bob.onIncoming = (session, now) => {
    session.progress(now, 183);
    session.progress(now, 183, { sdp: 'early' });
    session.ring(now, { headers: [['Reason', 'Q.850;cause=34']] });
  };
  alice.call(bobAddress);
  network.run(1_000);
  expect(alice.story).toEqual(['183', '183 early', '180']);
  expect(alice.events.at(-1)?.event).toMatchObject({ reasons: [{ protocol: 'Q.850', cause: 34 }] });
  bob.called.answer('final', network.now);
  network.run(2_000);
  expect(alice.story.at(-1)).toBe('answered final');
});

test('a 2xx without SDP after a 183 with it means the description of the 183', () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress);
  const bob = new CallScript(network, bobAddress);
  bob.onRequest = (transaction) => {
    bob.respond(transaction, 183, { sdp: 'early' });
    bob.respond(transaction, 200);
  };
  alice.call(bobAddress);
  network.run(1_000);
  expect(alice.story).toEqual(['183 early', 'answered early']);
});

test('a 2xx without any SDP is an answered call with nothing to hear', () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress);
  const bob = new CallScript(network, bobAddress);
  bob.onRequest = (transaction) => bob.respond(transaction, 200);
  alice.call(bobAddress);
  network.run(1_000);
  expect(alice.story).toEqual(['answered']);
});

test.each([486, 404, 503, 603])('the callee refuses with %i', (status) => {
  const { network, alice, bob } = pair();
  bob.onIncoming = (session, now) =>
    session.reject(status, now, { q850: 17, reason: 'No', headers: [['Retry-After', '30']] });
  const session = alice.call(bobAddress);
  network.run();
  expect(alice.events.map(({ event }) => event)).toEqual([
    { kind: 'failed', status, origin: 'remote', reasons: [{ protocol: 'Q.850', cause: 17 }], retryAfter: 30 },
  ]);
  expect(bob.story).toEqual([`failed ${status} local`]);
  expect(responseOf(network, `${status} INVITE`).reason).toBe('No');
  expect(session.state).toBe('ended');
  expect([alice.agent.load, bob.agent.load]).toEqual([idle, idle]);
});

test('nobody answers the INVITE: 408 after 64*T1', () => {
  const { network, alice } = pair();
  alice.call({ host: '192.0.2.99', port: 5060 });
  network.run();
  expect(alice.events.map(({ at, event }) => [at, event])).toEqual([
    [32_000, { kind: 'failed', status: 408, origin: 'timeout', reasons: [] }],
  ]);
  expect(alice.agent.load).toEqual(idle);
});

test('the INVITE cannot be sent: 503 at once', () => {
  const { network, alice } = pair();
  network.refuse('UDP', bobAddress);
  alice.call(bobAddress);
  network.run();
  expect(alice.events.map(({ at }) => at)).toEqual([20]);
  expect(alice.story).toEqual(['failed 503 transport']);
  expect(alice.agent.load).toEqual(idle);
});

test('the connection breaks while it rings: the call is not dialled once more', () => {
  const { network, alice, bob } = pair();
  bob.onIncoming = (session, now) => session.ring(now);
  alice.call(bobAddress, { transport: 'TCP' });
  network.run(1_000);
  network.breakConnections(aliceAddress, bobAddress);
  network.run(2_000);
  expect(alice.story).toEqual(['180']);
  expect(messagesOf(network, 'INVITE')).toHaveLength(1);
});

test('cancelled while ringing: CANCEL with its reason, 487 on both sides', () => {
  const { network, alice, bob } = pair();
  bob.onIncoming = (session, now) => session.ring(now);
  const session = alice.call(bobAddress);
  network.run(1_000);
  session.hangUp(network.now, { q850: 19, sipStatus: 408, text: 'ring time-out' });
  session.hangUp(network.now);
  expect(session.state).toBe('cancelling');
  network.run();
  expect(ladder(network)).toEqual(['INVITE', '180 INVITE', 'CANCEL', '200 CANCEL', '487 INVITE', 'ACK']);
  expect(requestOf(network, 'CANCEL').headers.getAll('Reason')).toEqual([
    'Q.850;cause=19;text="ring time-out"',
    'SIP;cause=408;text="ring time-out"',
  ]);
  expect(alice.story).toEqual(['180', 'failed 487 local']);
  expect(bob.story).toEqual(['failed 487 remote']);
  expect(bob.events[0]?.event).toMatchObject({ reasons: [{ cause: 19 }, { cause: 408 }] });
  expect([alice.agent.load, bob.agent.load]).toEqual([idle, idle]);
});

test('cancelled before any response: the CANCEL waits for the 100', () => {
  const { network, alice } = pair();
  const session = alice.call(bobAddress);
  network.run(1);
  session.hangUp(network.now);
  network.run();
  expect(ladder(network).slice(0, 4)).toEqual(['INVITE', '100 INVITE', 'CANCEL', '200 CANCEL']);
  expect(network.trace[1]?.at).toBe(210);
  expect(alice.story).toEqual(['failed 487 local']);
});

test('cancelled, and nobody ever answered', () => {
  const { network, alice } = pair();
  const session = alice.call({ host: '192.0.2.99', port: 5060 });
  network.run(1_000);
  session.hangUp(network.now);
  network.run();
  expect(messagesOf(network, 'CANCEL')).toEqual([]);
  expect(alice.story).toEqual(['failed 487 local']);
  expect(alice.agent.load).toEqual(idle);
});

test('the CANCEL crosses a 200: ACK, then BYE with the reason', () => {
  const { network, alice, bob } = pair({ latency: 100 });
  bob.onIncoming = (session, now) => session.ring(now);
  const session = alice.call(bobAddress);
  network.run(1_000);
  bob.called.answer('answer', network.now);
  session.hangUp(network.now, { q850: 16 });
  network.run();
  expect(messagesOf(network, 'BYE')).toHaveLength(1);
  expect(requestOf(network, 'BYE').headers.get('Reason')).toBe('Q.850;cause=16');
  expect(alice.story).toEqual(['180', 'failed 487 local']);
  expect(bob.story).toEqual(['answered', 'ended remote']);
  expect([alice.agent.load, bob.agent.load]).toEqual([idle, idle]);
});

test('the CANCEL crosses a 486: the refusal is what happened', () => {
  const { network, alice, bob } = pair({ latency: 100 });
  bob.onIncoming = (session, now) => session.ring(now);
  const session = alice.call(bobAddress);
  network.run(1_000);
  bob.called.reject(486, network.now);
  session.hangUp(network.now);
  network.run();
  expect(alice.story).toEqual(['180', 'failed 486 remote']);
  expect(bob.story).toEqual(['failed 486 local']);
  expect([alice.agent.load, bob.agent.load]).toEqual([idle, idle]);
});

test('the callee hangs up between its 200 and the ACK: BYE only after the ACK', () => {
  const { network, alice, bob } = pair();
  bob.onIncoming = (session, now) => {
    session.answer('answer', now);
    session.hangUp(now, { q850: 16 });
  };
  alice.call(bobAddress);
  network.run();
  expect(ladder(network)).toEqual(['INVITE', '200 INVITE', 'ACK', 'BYE', '200 BYE']);
  expect(bob.story).toEqual(['answered', 'ended local']);
});

test('the callee hangs up before answering: a refusal, 480 unless said otherwise', () => {
  const { network, alice, bob } = pair();
  bob.onIncoming = (session, now) => session.hangUp(now, bob.incoming.length === 1 ? {} : { sipStatus: 603 });
  alice.call(bobAddress);
  alice.call(bobAddress);
  network.run();
  expect(alice.story).toEqual(['failed 480 remote', 'failed 603 remote']);
});

test('a lost ACK: the 200 is repeated and acknowledged again', () => {
  const { network, alice, bob } = pair();
  answering(bob);
  let acks = 0;
  network.link({
    drop: (message) => message.kind === 'request' && message.method === 'ACK' && (acks += 1) < 3,
  });
  alice.call(bobAddress);
  network.run(10_000);
  // 13.3.1.4: T1, then doubled.
  expect(network.sent(bobAddress)).toEqual([
    '10 180 INVITE',
    '10 200 INVITE',
    '510 200 INVITE',
    '1510 200 INVITE',
  ]);
  expect(alice.story).toEqual(['180', 'answered answer-1']);
  expect(bob.story).toEqual(['answered']);
});

test('no ACK at all: BYE after 64*T1', () => {
  const { network, alice, bob } = pair();
  answering(bob);
  network.link({ drop: (message) => message.kind === 'request' && message.method === 'ACK' });
  alice.call(bobAddress);
  network.run();
  expect(bob.story).toEqual(['failed 408 timeout']);
  expect(network.trace.find(({ what }) => what === 'BYE')?.at).toBe(32_010);
  expect(alice.story).toEqual(['180', 'answered answer-1', 'ended remote']);
  expect([alice.agent.load, bob.agent.load]).toEqual([idle, idle]);
});

test('both hang up at once: each BYE is answered with 200', () => {
  const { network, alice, bob } = pair({ latency: 100 });
  answering(bob);
  const session = alice.call(bobAddress);
  network.run(1_000);
  session.hangUp(network.now);
  bob.called.hangUp(network.now);
  network.run();
  expect(ladder(network).slice(-4)).toEqual(['BYE', 'BYE', '200 BYE', '200 BYE']);
  expect(alice.story.at(-1)).toBe('ended local');
  expect(bob.story.at(-1)).toBe('ended local');
  expect([alice.agent.load, bob.agent.load]).toEqual([idle, idle]);
});

test('an INVITE without offer: ours goes into the 200, the answer comes in the ACK', () => {
  const network = new VirtualNetwork();
  const alice = new CallScript(network, aliceAddress);
  const bob = new CallParty(network, bobAddress);
  bob.onIncoming = (session, now) => {
    session.progress(now, 183, { sdp: 'not allowed here' });
    session.answer('bobs-offer', now);
  };
  alice.request(bobAddress, 'INVITE');
  network.run(100);
  const answer = responseOf(network, '200 INVITE');
  expect(bob.called.offer).toBeUndefined();
  expect(responseOf(network, '183 INVITE').text).toBe('');
  expect(answer.text).toBe('bobs-offer');
  alice.request(bobAddress, 'ACK', { toTag: answer.to.tag ?? '', sdp: 'alices-answer' });
  network.run(200);
  expect(bob.story).toEqual(['answered alices-answer']);
});

test('SDP within a multipart body is found', () => {
  const network = new VirtualNetwork();
  const alice = new CallScript(network, aliceAddress);
  const bob = new CallParty(network, bobAddress);
  const sdp = '--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--x--\r\n';
  alice.request(bobAddress, 'INVITE', { sdp, contentType: 'multipart/mixed;boundary=x' });
  network.run(100);
  expect(bob.called.offer).toBe('v=0\r\n');
});

test('an INVITE that expires is ended with 487', () => {
  const { network, alice, bob } = pair();
  bob.onIncoming = (session, now) => session.ring(now);
  alice.call(bobAddress, { headers: [['Expires', '20']] });
  network.run(60_000);
  expect(alice.story).toEqual(['180', 'failed 487 remote']);
  expect(bob.events.map(({ at }) => at)).toEqual([20_010]);
});

test('a refused call leaves no timer behind for its Expires', () => {
  const { network, alice, bob } = pair();
  bob.onIncoming = (session, now) => session.reject(486, now);
  alice.call(bobAddress, { headers: [['Expires', '3600']] });
  network.run(60_000);
  expect(bob.agent.load).toEqual(idle);
});

test('after hanging up, what the callee still says before the end is not told', () => {
  const { network, alice, bob } = pair({ latency: 100 });
  bob.onIncoming = (session, now) => session.ring(now);
  const session = alice.call(bobAddress);
  network.run(1_000);
  bob.called.progress(network.now, 183, { sdp: 'early' });
  session.hangUp(network.now);
  network.run();
  expect(alice.story).toEqual(['180', 'failed 487 local']);
});

test("many calls at once do not get in each other's way", () => {
  const { network, alice, bob } = pair();
  answering(bob);
  const sessions = Array.from({ length: 50 }, () => alice.call(bobAddress));
  network.run(1_000);
  expect(sessions.map(({ state }) => state)).toEqual(sessions.map(() => 'confirmed'));
  for (const session of sessions) session.hangUp(network.now);
  network.run();
  expect([alice.agent.load, bob.agent.load]).toEqual([idle, idle]);
});
