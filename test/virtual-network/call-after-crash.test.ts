import { describe, expect, test } from 'vitest';
import type { SessionTrace } from '../../src/sip/user-agent/options.ts';
import type { OutgoingSession } from '../../src/sip/user-agent/outgoing-session.ts';
import { answering, CallParty, idle, ladder, messagesOf, requestOf } from './call-party.ts';
import { CallScript } from './call-script.ts';
import { alice as aliceAddress, bob as bobAddress } from './transaction-peer.ts';
import { VirtualNetwork } from './virtual-network.ts';

/** Alice calls stepwise, and notes down what she is told to; `goesOn` says how many steps she takes. */
function stepwise(goesOn = Infinity, seed = 1) {
  const network = new VirtualNetwork();
  const alice = new CallParty(network, aliceAddress, { seed });
  const bob = new CallParty(network, bobAddress);
  const traces: SessionTrace[] = [];
  alice.onEvent = (session, event, now) => {
    if (event.kind !== 'inviting' && event.kind !== 'answered') return;
    if (event.trace !== undefined) traces.push(event.trace);
    if (traces.length <= goesOn) (session as OutgoingSession).proceed(now);
  };
  const session = alice.call(bobAddress, { stepwise: true });
  return { network, alice, bob, traces, session };
}

/** Alice's process is gone, and another one starts at her address. */
function reborn(network: VirtualNetwork): CallParty {
  network.detach(aliceAddress);
  return new CallParty(network, aliceAddress, { seed: 99 });
}

function release(network: VirtualNetwork, party: CallParty, trace: SessionTrace | undefined): string[] {
  const heard: string[] = [];
  if (trace === undefined) throw new Error('nothing was noted down');
  const onOver = (): void => void heard.push('over');
  party.agent.release({ trace, reason: { q850: 41 }, onOver }, network.now);
  return heard;
}

describe('a stepwise session', () => {
  test('sends neither INVITE nor ACK before it may', () => {
    const { network, alice, bob, session } = stepwise(0);
    network.run(5_000);
    expect(ladder(network)).toEqual([]);
    expect(alice.story).toEqual(['inviting']);
    answering(bob);
    session.proceed(network.now);
    network.run(5_200);
    expect(ladder(network)).toEqual(['INVITE', '180 INVITE', '200 INVITE']);
    expect(alice.story).toEqual(['inviting', '180', 'answered answer-1']);
    // Bob repeats his answer meanwhile, and is told of nothing twice.
    network.run(8_000);
    session.proceed(network.now);
    network.run(20_000);
    expect(alice.story).toEqual(['inviting', '180', 'answered answer-1']);
    expect(messagesOf(network, 'ACK').length).toBeGreaterThan(0);
    expect(bob.story).toEqual(['answered']);
    session.hangUp(network.now);
    network.run();
    expect([alice.agent.load, bob.agent.load]).toEqual([idle, idle]);
  });

  test('that is hung up before its INVITE never calls', () => {
    const { network, alice, session } = stepwise(0);
    session.hangUp(network.now);
    session.proceed(network.now);
    network.run();
    expect(ladder(network)).toEqual([]);
    expect(alice.story).toEqual(['inviting', 'failed 487 local']);
    expect(alice.agent.load).toEqual(idle);
  });

  test('that is hung up before its ACK acknowledges first', () => {
    const { network, alice, bob, session } = stepwise(1);
    answering(bob);
    network.run(100);
    session.hangUp(network.now);
    network.run();
    expect(ladder(network).slice(-3)).toEqual(['ACK', 'BYE', '200 BYE']);
    expect(bob.story).toEqual(['answered', 'ended remote']);
    expect([alice.agent.load, bob.agent.load]).toEqual([idle, idle]);
  });
});

describe('after a crash', () => {
  test('a phone that rings gets a CANCEL', () => {
    const { network, bob, traces } = stepwise();
    bob.onIncoming = (incoming, now) => incoming.ring(now);
    network.run(3_000);
    const after = reborn(network);
    const heard = release(network, after, traces[0]);
    network.run(4_000);
    expect(heard).toEqual(['over']);
    network.run();
    const told = ['INVITE', '180 INVITE', 'CANCEL', '200 CANCEL', '487 INVITE', 'ACK'];
    expect(ladder(network)).toEqual(told);
    expect(requestOf(network, 'CANCEL').headers.get('Reason')).toContain('cause=41');
    expect(bob.story).toEqual(['failed 487 remote']);
    expect([after.agent.load, bob.agent.load]).toEqual([idle, idle]);
  });

  test('an answer that was never acknowledged is acknowledged and ended', () => {
    const { network, bob, traces } = stepwise(1);
    answering(bob);
    network.run(3_000);
    const after = reborn(network);
    const heard = release(network, after, traces[0]);
    network.run();
    expect(heard).toEqual(['over']);
    expect(bob.story).toEqual(['answered', 'ended remote']);
    expect([after.agent.load, bob.agent.load]).toEqual([idle, idle]);
  });

  test('a talk is ended with BYE, whatever was said in it before', () => {
    const { network, bob, traces, session } = stepwise();
    answering(bob);
    network.run(1_000);
    session.sendInfo('text/plain', 'hello', network.now);
    network.run(2_000);
    const after = reborn(network);
    const heard = release(network, after, traces[1]);
    network.run(3_000);
    expect(heard).toEqual(['over']);
    network.run();
    expect(ladder(network).slice(-2)).toEqual(['BYE', '200 BYE']);
    expect(bob.story.at(-1)).toBe('ended remote');
    expect([after.agent.load, bob.agent.load]).toEqual([idle, idle]);
  });

  test('a trunk that wants credentials gets them for the INVITE that counts, and for the BYE', () => {
    const credentials = { username: 'user', password: 'secret' };
    const network = new VirtualNetwork();
    const alice = new CallParty(network, aliceAddress);
    const bob = new CallScript(network, bobAddress);
    bob.onRequest = (transaction, request) => {
      const isKnown = request.headers.has('Proxy-Authorization');
      const challenge: [string, string] = [
        'Proxy-Authenticate',
        'Digest realm="trunk", nonce="n1", qop="auth"',
      ];
      if (!isKnown) bob.respond(transaction, 407, { headers: [challenge] });
      else bob.respond(transaction, 200, request.method === 'INVITE' ? { sdp: 'answer-1' } : {});
    };
    const traces: SessionTrace[] = [];
    alice.onEvent = (session, event, now) => {
      if ((event.kind === 'inviting' || event.kind === 'answered') && event.trace) traces.push(event.trace);
      (session as OutgoingSession).proceed(now);
    };
    alice.call(bobAddress, { stepwise: true, credentials });
    network.run(2_000);
    expect(alice.story).toEqual(['inviting', 'inviting', 'answered answer-1']);
    expect(traces.map(({ request }) => `${request.cseq.sequence} ${request.method}`)).toEqual([
      '1 INVITE',
      '2 INVITE',
      '2 ACK',
    ]);
    const after = reborn(network);
    const heard: string[] = [];
    after.agent.release({ trace: traces[2]!, credentials, onOver: () => heard.push('over') }, network.now);
    network.run();
    expect(heard).toEqual(['over']);
    const byes = messagesOf(network, 'BYE').map(({ cseq }) => cseq.sequence);
    expect(byes).toEqual([1_000_002, 1_000_003]);
    expect(after.agent.load).toEqual(idle);
  });

  test('what nobody knows any more is over in the end', () => {
    const { network, bob, traces } = stepwise(0);
    network.run(10);
    const after = reborn(network);
    const heard = release(network, after, traces[0]);
    network.run();
    expect(heard).toEqual(['over']);
    expect(bob.incoming).toEqual([]);
    expect(after.agent.load).toEqual(idle);
  });
});
