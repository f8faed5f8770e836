import { describe, expect, test } from 'vitest';
import type { SipResponse } from '../../src/sip/message/message.ts';
import { answering, CallParty, idle, messagesOf, requestOf, responseOf } from './call-party.ts';
import { CallScript, type ScriptedRequest } from './call-script.ts';
import { alice as aliceAddress, bob as bobAddress } from './transaction-peer.ts';
import { VirtualNetwork } from './virtual-network.ts';

/** A scripted caller in a confirmed dialog with a party; `ask` sends a request within it and gives the response. */
function confirmed() {
  const network = new VirtualNetwork();
  const alice = new CallScript(network, aliceAddress);
  const bob = new CallParty(network, bobAddress);
  answering(bob);
  alice.request(bobAddress, 'INVITE', { sdp: 'offer' });
  network.run(100);
  const toTag = responseOf(network, '200 INVITE').to.tag ?? '';
  alice.request(bobAddress, 'ACK', { toTag });
  network.run(200);
  let cseq = 1;
  const send = (method: string, options: ScriptedRequest = {}) => {
    cseq += 1;
    return alice.request(bobAddress, method, { toTag, cseq, ...options });
  };
  const ask = (method: string, options: ScriptedRequest = {}): SipResponse | undefined => {
    send(method, options);
    network.run(network.now + 100);
    return alice.responses(method).at(-1);
  };
  const acknowledge = (options: ScriptedRequest = {}) => {
    alice.request(bobAddress, 'ACK', { toTag, cseq, ...options });
    network.run(network.now + 50);
  };
  return { network, alice, bob, toTag, ask, send, acknowledge };
}

describe('what a peer may ask within a dialog', () => {
  test('OPTIONS: 200 with Allow, Accept and Supported', () => {
    const response = confirmed().ask('OPTIONS');
    expect(response?.status).toBe(200);
    expect(response?.headers.getAll('Allow')).toContain('UPDATE');
    expect(response?.headers.getAll('Accept')).toContain('application/sdp');
    expect(response?.headers.getAll('Supported')).toEqual(['100rel', 'timer']);
  });

  test('INFO: 200 and a message', () => {
    const { ask, bob } = confirmed();
    expect(ask('INFO', { sdp: 'Signal=1', contentType: 'application/dtmf-relay' })?.status).toBe(200);
    expect(ask('INFO')?.status).toBe(200);
    expect(bob.story.slice(-2)).toEqual(['message application/dtmf-relay Signal=1', 'message  ']);
  });

  test('INFO of an info package we did not ask for: 469', () => {
    const response = confirmed().ask('INFO', { headers: [['Info-Package', 'foo']] });
    expect(response?.status).toBe(469);
    expect(response?.headers.has('Recv-Info')).toBe(true);
  });

  test.each([
    ['INFO', { sdp: 'x', contentType: 'application/x' }, 'application/dtmf-relay'],
    ['INVITE', { sdp: 'x', contentType: 'text/plain' }, 'application/sdp'],
    ['UPDATE', { sdp: 'x', headers: [['Content-Encoding', 'gzip']] }, 'application/sdp'],
  ] as const)('%s with a body we do not understand: 415 with Accept', (method, options, accepted) => {
    const { ask, bob } = confirmed();
    const before = bob.story;
    const response = ask(method, options);
    expect(response?.status).toBe(415);
    expect(response?.headers.getAll('Accept')).toContain(accepted);
    expect(bob.story).toEqual(before);
  });

  test('a body that may be ignored is', () => {
    const headers = [['Content-Disposition', 'render;handling=optional']] as const;
    expect(confirmed().ask('INFO', { sdp: 'x', contentType: 'application/x', headers })?.status).toBe(200);
  });

  test.each([
    ['REFER', 405],
    ['MESSAGE', 405],
    ['DANCE', 501],
  ])('%s: %i with Allow', (method, status) => {
    const response = confirmed().ask(method);
    expect(response?.status).toBe(status);
    expect(response?.headers.getAll('Allow')).toContain('INVITE');
  });

  test('an extension required that we do not have: 420', () => {
    const response = confirmed().ask('UPDATE', { headers: [['Require', 'timer, Precondition, foo']] });
    expect(response?.status).toBe(420);
    expect(response?.headers.getAll('Unsupported')).toEqual(['precondition', 'foo']);
  });

  test('a malformed field: 400', () => {
    expect(confirmed().ask('UPDATE', { headers: [['Session-Expires', 'soon']] })?.status).toBe(400);
  });

  test('PRACK for nothing: 481', () => {
    expect(confirmed().ask('PRACK', { headers: [['RAck', '1 1 INVITE']] })?.status).toBe(481);
  });

  test('a CSeq lower than before: 500, and nothing happens', () => {
    const { ask, bob } = confirmed();
    ask('OPTIONS', { cseq: 10 });
    expect(ask('BYE', { cseq: 9 })?.status).toBe(500);
    expect(bob.called.state).toBe('confirmed');
    expect(ask('BYE', { cseq: 20 })?.status).toBe(200);
    expect(bob.called.state).toBe('ended');
  });

  test('a dialog we do not know: 481, for each method but ACK', () => {
    const { ask, bob, acknowledge, network, alice } = confirmed();
    network.link(
      { drop: (message) => message.kind === 'request' && message.method === 'ACK' },
      alice.address,
      bob.address,
    );
    for (const method of ['BYE', 'INFO', 'INVITE', 'UPDATE', 'OPTIONS']) {
      expect(ask(method, { toTag: 'unknown' })?.status).toBe(481);
    }
    acknowledge({ toTag: 'unknown' });
    expect(bob.agent.counters['unknownDialog']).toBe(5);
    // An INVITE that starts nothing is refused without a transaction of its own.
    expect(messagesOf(network, '481 INVITE')).toHaveLength(1);
    network.run(20_000);
    expect(messagesOf(network, '481 INVITE')).toHaveLength(1);
    expect(bob.called.state).toBe('confirmed');
  });

  test('BYE again after the end: the same answer from its transaction, 481 for a new one', () => {
    const { ask, bob } = confirmed();
    expect(ask('BYE', { headers: [['Reason', 'Q.850;cause=31']] })?.status).toBe(200);
    expect(ask('BYE')?.status).toBe(481);
    expect(bob.story).toEqual(['answered', 'ended remote']);
    expect(bob.events.at(-1)?.event).toMatchObject({ reasons: [{ protocol: 'Q.850', cause: 31 }] });
  });
});

describe('re-INVITE and UPDATE of the peer', () => {
  test('a re-INVITE with an offer is answered, and moves the target', () => {
    const { network, bob, send, acknowledge } = confirmed();
    send('INVITE', { sdp: 'hold', headers: [['Contact', '<sip:moved@192.0.2.1>']] });
    network.run(network.now + 50);
    expect(bob.story.at(-1)).toBe('offer hold by INVITE');
    bob.called.answerOffer('held', network.now);
    network.run(network.now + 50);
    const answer = responseOf(network, '200 INVITE', -1);
    expect(answer.text).toBe('held');
    expect(answer.contact?.uri.toString()).toBe('sip:party@192.0.2.2:5060');
    acknowledge();
    bob.called.hangUp(network.now);
    network.run(network.now + 50);
    expect(requestOf(network, 'BYE').uri).toBe('sip:moved@192.0.2.1');
  });

  test('a re-INVITE that is refused changes nothing', () => {
    const { network, bob, send, alice } = confirmed();
    send('INVITE', { sdp: 'bad', headers: [['Contact', '<sip:moved@192.0.2.1>']] });
    network.run(network.now + 50);
    bob.called.refuseOffer(488, network.now);
    network.run(network.now + 50);
    expect(alice.responses('INVITE').at(-1)?.status).toBe(488);
    bob.called.hangUp(network.now);
    network.run(network.now + 50);
    expect(requestOf(network, 'BYE').uri).toBe('sip:script@192.0.2.1');
  });

  test('a re-INVITE without SDP gets our offer; the ACK brings the answer', () => {
    const { network, bob, send, acknowledge } = confirmed();
    send('INVITE');
    network.run(network.now + 50);
    expect(bob.story.at(-1)).toBe('offerWanted');
    bob.called.answerOffer('our-offer', network.now);
    network.run(network.now + 50);
    expect(responseOf(network, '200 INVITE', -1).text).toBe('our-offer');
    acknowledge({ sdp: 'their-answer' });
    expect(bob.story.at(-1)).toBe('remoteAnswer their-answer');
  });

  test('an ACK without the answer it owes', () => {
    const { network, bob, send, acknowledge } = confirmed();
    send('INVITE');
    network.run(network.now + 50);
    bob.called.answerOffer('our-offer', network.now);
    network.run(network.now + 50);
    acknowledge();
    expect(bob.story.at(-1)).toBe('renegotiationFailed 400');
  });

  test('our 200 to a re-INVITE is repeated until its ACK', () => {
    const { network, bob, send, acknowledge } = confirmed();
    send('INVITE', { sdp: 'hold' });
    network.run(1_000);
    bob.called.answerOffer('held', 1_000);
    network.run(3_000);
    acknowledge();
    network.run(20_000);
    const times = network.trace
      .filter(({ at, what }) => what === '200 INVITE' && at >= 1_000)
      .map(({ at }) => at);
    expect(times).toEqual([1_000, 1_500, 2_500]);
  });

  test('no ACK to our 200: the session is ended', () => {
    const { network, bob, send } = confirmed();
    send('INVITE', { sdp: 'hold' });
    network.run(1_000);
    bob.called.answerOffer('held', 1_000);
    network.run();
    expect(bob.story.at(-1)).toBe('ended dialog');
    expect(network.trace.find(({ what }) => what === 'BYE')?.at).toBe(33_000);
    expect(bob.agent.load).toEqual(idle);
  });

  test('a second INVITE while the first is open: 500 with Retry-After', () => {
    const { network, alice, bob, send } = confirmed();
    send('INVITE', { sdp: 'one' });
    send('INVITE', { sdp: 'two' });
    network.run(network.now + 100);
    const response = alice.responses('INVITE').at(-1);
    expect(response?.status).toBe(500);
    expect(Number(response?.headers.get('Retry-After'))).toBeLessThanOrEqual(10);
    expect(bob.story.slice(-1)).toEqual(['offer one by INVITE']);
  });

  test('INVITE and UPDATE while our own offer is open: 491', () => {
    const { network, alice, bob, send } = confirmed();
    alice.onRequest = () => {};
    bob.called.reinvite('ours', network.now);
    network.run(network.now + 50);
    send('INVITE', { sdp: 'theirs' });
    send('UPDATE', { sdp: 'theirs' });
    network.run(network.now + 50);
    expect(alice.responses('INVITE').at(-1)?.status).toBe(491);
    expect(alice.responses('UPDATE').at(-1)?.status).toBe(491);
  });

  test('UPDATE with an offer, and without', () => {
    const { network, alice, bob, send } = confirmed();
    bob.onEvent = (session, event, now) => {
      if (event.kind === 'offer') session.answerOffer('updated', now);
    };
    send('UPDATE', { sdp: 'new' });
    network.run(network.now + 50);
    expect(bob.story.at(-1)).toBe('offer new by UPDATE');
    expect(alice.responses('UPDATE').at(-1)?.text).toBe('updated');
    send('UPDATE');
    network.run(network.now + 50);
    expect(alice.responses('UPDATE').map(({ status }) => status)).toEqual([200, 200]);
    expect(alice.responses('UPDATE').at(-1)?.text).toBe('');
    expect(bob.story.slice(-1)).toEqual(['offer new by UPDATE']);
  });

  test("UPDATE while the peer's own offer is open: 500 with Retry-After", () => {
    const { network, alice, send } = confirmed();
    send('UPDATE', { sdp: 'one' });
    send('UPDATE', { sdp: 'two' });
    network.run(network.now + 50);
    expect(alice.responses('UPDATE').map(({ status }) => status)).toEqual([500]);
    expect(alice.responses('UPDATE')[0]?.headers.has('Retry-After')).toBe(true);
  });

  test('a re-INVITE that is cancelled: 487, and the offer is withdrawn', () => {
    const network = new VirtualNetwork();
    const alice = new CallParty(network, aliceAddress);
    const bob = new CallParty(network, bobAddress);
    answering(bob);
    alice.call(bobAddress);
    network.run(1_000);
    alice.events[0]?.session.reinvite('hold', network.now);
    network.run(1_500);
    expect(bob.story.at(-1)).toBe('offer hold by INVITE');
    // Hanging up cancels what is open.
    alice.events[0]?.session.hangUp(network.now);
    network.run();
    expect(messagesOf(network, '487 INVITE')).toHaveLength(1);
    expect(bob.story.slice(-2)).toEqual(['offerWithdrawn', 'ended remote']);
    expect([alice.agent.load, bob.agent.load]).toEqual([idle, idle]);
  });

  test('BYE while an offer waits for our answer: 487 to the re-INVITE', () => {
    const { network, alice, bob, send, ask } = confirmed();
    send('INVITE', { sdp: 'hold' });
    expect(ask('BYE')?.status).toBe(200);
    expect(alice.responses('INVITE').at(-1)?.status).toBe(487);
    bob.called.answerOffer('too late', network.now);
    network.run();
    expect(bob.story.at(-1)).toBe('ended remote');
    expect(bob.agent.load).toEqual(idle);
  });

  test('a lost ACK is no reason to refuse the next INVITE (RFC 5407 3.1.4)', () => {
    const network = new VirtualNetwork();
    const alice = new CallScript(network, aliceAddress);
    const bob = new CallParty(network, bobAddress);
    answering(bob);
    alice.request(bobAddress, 'INVITE', { sdp: 'offer' });
    network.run(100);
    const toTag = responseOf(network, '200 INVITE').to.tag ?? '';
    alice.request(bobAddress, 'INVITE', { toTag, cseq: 2, sdp: 'hold' });
    network.run(200);
    expect(bob.story).toEqual(['answered', 'offer hold by INVITE']);
  });
});

test('an INFO of ours reaches the peer', () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress);
  const bob = new CallParty(network, bobAddress);
  answering(bob);
  const session = alice.call(bobAddress);
  network.run(1_000);
  session.sendInfo('application/dtmf-relay', 'Signal=5', network.now);
  network.run(2_000);
  expect(bob.story.at(-1)).toBe('message application/dtmf-relay Signal=5');
  session.hangUp(network.now);
  session.sendInfo('application/dtmf-relay', 'too late', network.now);
  network.run();
  expect(messagesOf(network, 'INFO')).toHaveLength(1);
});

test('the peer has forgotten the dialog: 481 ends the session', () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress);
  const bob = new CallParty(network, bobAddress);
  answering(bob);
  const session = alice.call(bobAddress);
  network.run(1_000);
  network.detach(bobAddress);
  const amnesiac = new CallParty(network, bobAddress, { seed: 99 });
  session.reinvite('new', network.now);
  network.run();
  expect(alice.story.at(-1)).toBe('ended dialog');
  expect(amnesiac.agent.counters['unknownDialog']).toBe(2);
  expect(alice.agent.load).toEqual(idle);
});
