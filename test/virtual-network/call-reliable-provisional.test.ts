import { describe, expect, test } from 'vitest';
import type { ServerTransaction } from '../../src/sip/transaction/transaction-layer.ts';
import { CallParty, idle, ladder, messagesOf, requestOf, responseOf } from './call-party.ts';
import { CallScript } from './call-script.ts';
import { alice as aliceAddress, bob as bobAddress } from './transaction-peer.ts';
import { VirtualNetwork } from './virtual-network.ts';

describe('as the caller (RFC 3262 4)', () => {
  function calling() {
    const network = new VirtualNetwork();
    const alice = new CallParty(network, aliceAddress);
    const bob = new CallScript(network, bobAddress);
    let invite: ServerTransaction | undefined;
    const pracks: (string | undefined)[] = [];
    bob.onRequest = (transaction, request) => {
      if (request.method === 'INVITE') invite = transaction;
      else {
        if (request.method === 'PRACK') pracks.push(request.headers.get('RAck'));
        bob.respond(transaction, 200);
      }
    };
    const session = alice.call(bobAddress);
    network.run(100);
    const progress = (rseq: number, status = 183, sdp?: string, toTag = 'scripted') => {
      const headers = [
        ['Require', '100rel'],
        ['RSeq', String(rseq)],
      ] as const;
      bob.respond(invite!, status, { toTag, headers, ...(sdp === undefined ? {} : { sdp }) });
      network.run(network.now + 50);
    };
    return {
      network,
      alice,
      bob,
      session,
      pracks,
      progress,
      ring: (sdp: string) => {
        bob.respond(invite!, 180, { sdp });
        network.run(network.now + 50);
      },
      answer: (sdp?: string, toTag = 'scripted') => {
        bob.respond(invite!, 200, { toTag, ...(sdp === undefined ? {} : { sdp }) });
        network.run(network.now + 50);
      },
    };
  }

  test('each is acknowledged with PRACK; the first description is the answer', () => {
    const { network, alice, bob, pracks, progress, answer } = calling();
    progress(17, 183, 'answer');
    progress(18, 180);
    answer('ignored');
    expect(pracks).toEqual(['17 1 INVITE', '18 1 INVITE']);
    expect(alice.story).toEqual(['183 answer', '180', 'answered']);
    expect(messagesOf(network, 'PRACK').map(({ cseq }) => cseq.sequence)).toEqual([2, 3]);
    expect(bob.acks[0]?.cseq.sequence).toBe(1);
  });

  test('no description after the answer counts: not in a reliable response, an unreliable one, or the 2xx (13.2.1)', () => {
    const { alice, bob, progress, ring, answer } = calling();
    progress(17, 183, 'answer');
    progress(18, 183, 'ignored');
    ring('ignored');
    answer('ignored');
    expect(alice.story).toEqual(['183 answer', '183', '180', 'answered']);
    expect(bob.acks).toHaveLength(1);
  });

  test('the answer is that of its dialog: another branch may answer in the 2xx', () => {
    const { network, alice, bob, session, progress, answer } = calling();
    alice.onEvent = (called, event, now) => {
      if (event.kind === 'offer') called.answerOffer('alice-2', now);
    };
    progress(17, 183, 'answer-one', 'one');
    bob.request(aliceAddress, 'UPDATE', {
      callId: session.callId,
      fromTag: 'one',
      toTag: requestOf(network, 'INVITE').from.tag ?? '',
      sdp: 'update-one',
    });
    network.run(network.now + 50);
    expect(bob.responses('UPDATE').map(({ status, text }) => [status, text])).toEqual([[200, 'alice-2']]);
    answer('answer-two', 'two');
    expect(alice.story).toEqual(['183 answer-one', 'offer update-one by UPDATE', 'answered answer-two']);
    const dialogs = alice.events.map(({ event }) => ('dialogId' in event ? event.dialogId : ''));
    expect(dialogs[0]).toBe(dialogs[1]);
    expect(dialogs[1]).not.toBe(dialogs[2]);
  });

  test('one that comes again, too early or too late is dropped', () => {
    const { alice, pracks, progress } = calling();
    progress(5);
    progress(5);
    progress(7);
    progress(4);
    progress(6, 180);
    expect(pracks).toEqual(['5 1 INVITE', '6 1 INVITE']);
    expect(alice.story).toEqual(['183', '180']);
  });

  test('branches of a fork count for themselves', () => {
    const { alice, pracks, progress } = calling();
    progress(5, 180, undefined, 'one');
    progress(90, 180, undefined, 'two');
    progress(6, 183, undefined, 'one');
    expect(pracks).toEqual(['5 1 INVITE', '90 1 INVITE', '6 1 INVITE']);
    expect(alice.story).toEqual(['180', '180', '183']);
  });

  test('the PRACK of a refused early dialog leaves nothing behind', () => {
    const { network, alice, bob, session, progress } = calling();
    bob.onRequest = (transaction, request) => {
      if (request.method === 'PRACK') bob.respond(transaction, 481);
    };
    progress(1);
    session.hangUp(network.now);
    network.run();
    expect(alice.story).toEqual(['183', 'failed 487 local']);
    expect(alice.agent.load).toEqual(idle);
  });
});

describe('as the callee (RFC 3262 3)', () => {
  function parties(link = {}) {
    const network = new VirtualNetwork({ link });
    return { network, alice: new CallParty(network, aliceAddress), bob: new CallParty(network, bobAddress) };
  }

  test('reliable when asked to: acknowledged, then the answer without SDP', () => {
    const { network, alice, bob } = parties();
    bob.onIncoming = (session, now) => {
      session.progress(now, 183, { sdp: 'answer', reliable: true });
      session.ring(now, { reliable: true });
      session.answer('answer', now);
    };
    alice.call(bobAddress);
    network.run(2_000);
    expect(ladder(network)).toEqual([
      'INVITE',
      '183 INVITE',
      'PRACK',
      '200 PRACK',
      '180 INVITE',
      '200 INVITE',
      'PRACK',
      'ACK',
      '200 PRACK',
    ]);
    expect(responseOf(network, '200 INVITE').text).toBe('');
    expect(alice.story).toEqual(['183 answer', '180', 'answered']);
    expect(bob.story).toEqual(['answered']);
  });

  test('the 2xx waits for the PRACK of a description', () => {
    const { network, alice, bob } = parties({
      drop: (message: { kind: string; method?: string }, index: number) =>
        message.method === 'PRACK' && index < 3,
    });
    bob.onIncoming = (session, now) => {
      session.progress(now, 183, { sdp: 'answer', reliable: true });
      session.answer('answer', now);
    };
    alice.call(bobAddress);
    network.run(10_000);
    const order = ladder(network);
    expect(order.indexOf('200 INVITE')).toBeGreaterThan(order.lastIndexOf('PRACK'));
    expect(alice.story).toEqual(['183 answer', 'answered']);
  });

  test('repeated until acknowledged, after 64*T1 refused with 504', () => {
    const { network, alice, bob } = parties({
      drop: (message: { kind: string; method?: string }) => message.method === 'PRACK',
    });
    bob.onIncoming = (session, now) => session.progress(now, 183, { reliable: true });
    alice.call(bobAddress);
    network.run();
    const times = network.trace.filter(({ what }) => what === '183 INVITE').map(({ at }) => at - 10);
    expect(times).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    expect(bob.story).toEqual(['failed 408 timeout']);
    expect(alice.story).toEqual(['183', 'failed 504 remote']);
    expect([alice.agent.load, bob.agent.load]).toEqual([idle, idle]);
  });

  test('a caller that requires it gets nothing else; one that does not know it gets none', () => {
    const network = new VirtualNetwork();
    const alice = new CallScript(network, aliceAddress);
    const bob = new CallParty(network, bobAddress);
    bob.onIncoming = (session, now) => {
      session.ring(now, { reliable: bob.incoming.length === 2 });
    };
    alice.request(bobAddress, 'INVITE', { callId: 'one', sdp: 'offer', headers: [['Require', '100rel']] });
    alice.request(bobAddress, 'INVITE', { callId: 'two', sdp: 'offer' });
    network.run(100);
    const [required, unknown] = messagesOf(network, '180 INVITE');
    expect(required?.headers.get('Require')).toBe('100rel');
    expect(Number(required?.headers.get('RSeq'))).toBeGreaterThan(0);
    expect(unknown?.headers.has('RSeq')).toBe(false);
  });

  test('without an offer in the INVITE, ours is in the reliable response and its answer in the PRACK', () => {
    const network = new VirtualNetwork();
    const alice = new CallScript(network, aliceAddress);
    const bob = new CallParty(network, bobAddress);
    bob.onIncoming = (session, now) => session.progress(now, 183, { sdp: 'bobs-offer', reliable: true });
    alice.request(bobAddress, 'INVITE', { headers: [['Supported', '100rel']] });
    network.run(100);
    const response = responseOf(network, '183 INVITE');
    expect(response.text).toBe('bobs-offer');
    const prack = (sdp: string, cseq: number, rseq: string) =>
      alice.request(bobAddress, 'PRACK', {
        toTag: response.to.tag ?? '',
        cseq,
        sdp,
        headers: [['RAck', `${rseq} 1 INVITE`]],
      });
    prack('wrong', 2, '1');
    network.run(200);
    expect(alice.responses('PRACK').map(({ status }) => status)).toEqual([481]);
    prack('alices-answer', 3, response.headers.get('RSeq') ?? '');
    network.run(300);
    expect(bob.story).toEqual(['remoteAnswer alices-answer']);
    bob.called.answer('unused', network.now);
    network.run(400);
    expect(responseOf(network, '200 INVITE').text).toBe('');
  });

  test('a PRACK may bring an offer of its own', () => {
    const network = new VirtualNetwork();
    const alice = new CallScript(network, aliceAddress);
    const bob = new CallParty(network, bobAddress);
    bob.onIncoming = (session, now) => session.progress(now, 183, { sdp: 'answer', reliable: true });
    bob.onEvent = (session, event, now) => {
      if (event.kind === 'offer') session.answerOffer('second-answer', now);
    };
    alice.request(bobAddress, 'INVITE', { sdp: 'offer', headers: [['Supported', '100rel']] });
    network.run(100);
    const response = responseOf(network, '183 INVITE');
    alice.request(bobAddress, 'PRACK', {
      toTag: response.to.tag ?? '',
      cseq: 2,
      sdp: 'second-offer',
      headers: [['RAck', `${response.headers.get('RSeq')} 1 INVITE`]],
    });
    network.run(200);
    expect(bob.story).toEqual(['offer second-offer by PRACK']);
    expect(alice.responses('PRACK')[0]?.text).toBe('second-answer');
  });

  test('rejected while a reliable response is open: nothing is repeated any more', () => {
    const { network, alice, bob } = parties({
      drop: (message: { kind: string; method?: string }) => message.method === 'PRACK',
    });
    bob.onIncoming = (session, now) => session.progress(now, 183, { reliable: true });
    const session = alice.call(bobAddress);
    network.run(1_000);
    bob.called.reject(486, network.now);
    network.run();
    expect(messagesOf(network, '183 INVITE')).toHaveLength(2);
    expect(session.state).toBe('ended');
    expect([alice.agent.load, bob.agent.load]).toEqual([idle, idle]);
  });
});

test('an early dialog can be renegotiated with UPDATE', () => {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress);
  const bob = new CallParty(network, bobAddress);
  bob.onIncoming = (session, now) => session.progress(now, 183, { sdp: 'early', reliable: true });
  alice.onEvent = (session, event, now) => {
    if (event.kind === 'offer') session.answerOffer('alice-early-2', now);
  };
  alice.call(bobAddress);
  network.run(1_000);
  bob.called.update('bob-early-2', network.now);
  network.run(2_000);
  expect(alice.story).toEqual(['183 early', 'offer bob-early-2 by UPDATE']);
  expect(bob.story).toEqual(['remoteAnswer alice-early-2']);
  bob.called.answer('unused', network.now);
  network.run(3_000);
  expect(alice.story.at(-1)).toBe('answered');
  expect(requestOf(network, 'UPDATE').from.tag).toBe(responseOf(network, '183 INVITE').to.tag);
});
