import { expect, test } from 'vitest';
import type { SipRequest } from '../../src/sip/message/message.ts';
import type { ServerTransaction } from '../../src/sip/transaction/transaction-layer.ts';
import { answering, CallParty, idle, ladder, messagesOf, requestOf } from './call-party.ts';
import { CallScript } from './call-script.ts';
import { alice as aliceAddress, bob as bobAddress } from './transaction-peer.ts';
import { VirtualNetwork } from './virtual-network.ts';

const credentials = { username: 'user', password: 'secret' };
const carol = { host: '192.0.2.3', port: 5060 };
const dave = { host: '192.0.2.4', port: 5070 };

function withScript(options = {}) {
  const network = new VirtualNetwork();
  return {
    network,
    alice: new CallParty(network, aliceAddress, options),
    bob: new CallScript(network, bobAddress),
  };
}

/** Challenges each request that has no credentials for the present nonce. */
function challenge(bob: CallScript, nonceOf: () => string, status: 401 | 407 = 401) {
  const [asks, answers] =
    status === 401 ? ['WWW-Authenticate', 'Authorization'] : ['Proxy-Authenticate', 'Proxy-Authorization'];
  return (transaction: ServerTransaction, request: SipRequest) => {
    const given = request.headers.get(answers);
    if (given?.includes(`nonce="${nonceOf()}"`) === true) {
      bob.respond(transaction, 200, request.method === 'INVITE' ? { sdp: 'answer' } : {});
      return;
    }
    const stale = given === undefined ? '' : ', stale=true';
    bob.respond(transaction, status, {
      headers: [[asks, `Digest realm="trunk", nonce="${nonceOf()}", qop="auth", algorithm=MD5${stale}`]],
    });
  };
}

test.each([401, 407] as const)(
  'a %i is answered with credentials: new CSeq, same Call-ID and tag',
  (status) => {
    const { network, alice, bob } = withScript();
    bob.onRequest = challenge(bob, () => 'n1', status);
    const session = alice.call(bobAddress, { credentials });
    network.run(1_000);
    const [first, second] = messagesOf(network, 'INVITE');
    expect(alice.story).toEqual(['answered answer']);
    expect([first?.cseq.sequence, second?.cseq.sequence]).toEqual([1, 2]);
    expect(second?.callId).toBe(first?.callId);
    expect(second?.from.tag).toBe(first?.from.tag);
    const header = status === 401 ? 'Authorization' : 'Proxy-Authorization';
    // 22.1: the ACK has the credentials of its INVITE, and its CSeq number.
    expect(bob.acks.map(({ headers }) => headers.get(header))).toEqual([second?.headers.get(header)]);
    expect(bob.acks[0]?.cseq).toEqual({ sequence: 2, method: 'ACK' });
    session.hangUp(network.now);
    network.run();
    expect(requestOf(network, 'BYE').headers.get(header)).toContain('nc=00000002');
    expect(messagesOf(network, 'BYE')).toHaveLength(1);
    expect(alice.agent.load).toEqual(idle);
  },
);

test('a stale nonce on re-INVITE and BYE is replaced', () => {
  const { network, alice, bob } = withScript();
  let nonce = 'n1';
  bob.onRequest = challenge(bob, () => nonce);
  const session = alice.call(bobAddress, { credentials });
  network.run(1_000);
  nonce = 'n2';
  session.reinvite('offer-2', network.now);
  network.run(2_000);
  expect(alice.story).toEqual(['answered answer', 'remoteAnswer answer']);
  expect(bob.acks.map(({ cseq }) => cseq.sequence)).toEqual([2, 4]);
  nonce = 'n3';
  session.hangUp(network.now);
  network.run();
  expect(messagesOf(network, 'BYE').map(({ cseq }) => cseq.sequence)).toEqual([5, 6]);
  expect(alice.agent.load).toEqual(idle);
});

test('wrong credentials and none: the challenge is the failure', () => {
  const { network, alice, bob } = withScript();
  bob.onRequest = (transaction) =>
    bob.respond(transaction, 401, { headers: [['WWW-Authenticate', 'Digest realm="trunk", nonce="n"']] });
  alice.call(bobAddress, { credentials });
  alice.call(bobAddress);
  network.run();
  expect(alice.story).toEqual(['failed 401 remote', 'failed 401 remote']);
  expect(messagesOf(network, 'INVITE')).toHaveLength(3);
});

/** Challenges of a trunk that means ill, by how often it has been asked. */
const endless: Readonly<Record<string, (turn: number) => readonly (readonly [string, string])[]>> = {
  'a new realm each time': (turn) => [['WWW-Authenticate', `Digest realm="r${turn}", nonce="n"`]],
  'a fresh nonce called stale, by server and proxy in turn': (turn) => [
    [
      turn % 2 === 0 ? 'WWW-Authenticate' : 'Proxy-Authenticate',
      `Digest realm="r", nonce="n${turn}", qop="auth", stale=true`,
    ],
  ],
  'MD5-sess and SHA-256-sess in turn, over the body': (turn) => [
    [
      'WWW-Authenticate',
      `Digest realm="r${turn}", nonce="n", qop="auth-int", algorithm=${turn % 2 === 0 ? 'MD5' : 'SHA-256'}-sess`,
    ],
  ],
  'a nonce of eight thousand characters each time': (turn) => [
    ['WWW-Authenticate', `Digest realm="r${turn}", nonce="${'n'.repeat(8_000)}"`],
  ],
  'sixteen realms at once, others each time': (turn) =>
    Array.from({ length: 16 }, (_, index) => [
      'WWW-Authenticate',
      `Digest realm="r${turn}-${index}", nonce="n"`,
    ]),
};

test.each(Object.entries(endless))(
  'a trunk that challenges for ever (%s) is given up',
  (_name, headersOf) => {
    const { network, alice, bob } = withScript();
    let turn = 0;
    bob.onRequest = (transaction) => {
      bob.respond(transaction, turn % 2 === 0 ? 401 : 407, { headers: headersOf(turn) });
      turn += 1;
    };
    alice.call(bobAddress, { credentials });
    network.run();
    expect(alice.story).toEqual([expect.stringMatching(/^failed (401|407) remote$/)]);
    expect(messagesOf(network, 'INVITE').length).toBeLessThanOrEqual(9);
    expect(alice.agent.load).toEqual(idle);
  },
);

test('a trunk that challenges every BYE for ever does not keep the call', () => {
  const { network, alice, bob } = withScript();
  let turn = 0;
  bob.onRequest = (transaction, request) => {
    if (request.method === 'INVITE') return bob.respond(transaction, 200, { sdp: 'answer' });
    turn += 1;
    bob.respond(transaction, 407, {
      headers: [['Proxy-Authenticate', `Digest realm="r${turn}", nonce="n${turn}"`]],
    });
  };
  const session = alice.call(bobAddress, { credentials });
  network.run(1_000);
  session.hangUp(network.now);
  network.run();
  expect(alice.story.at(-1)).toBe('ended local');
  expect(messagesOf(network, 'BYE').length).toBeLessThanOrEqual(9);
  expect(alice.agent.load).toEqual(idle);
});

test('hung up while challenged: no further attempt', () => {
  const { network, alice, bob } = withScript();
  bob.onRequest = (transaction) => {
    bob.respond(transaction, 100);
    network.at(500, () =>
      bob.respond(transaction, 401, { headers: [['WWW-Authenticate', 'Digest realm="t", nonce="n"']] }),
    );
  };
  const session = alice.call(bobAddress, { credentials });
  network.run(495);
  session.hangUp(network.now);
  network.run();
  expect(messagesOf(network, 'INVITE')).toHaveLength(1);
  expect(alice.events).toHaveLength(1);
  expect(alice.agent.load).toEqual(idle);
});

test('a redirection is followed in the order of q', () => {
  const { network, alice, bob } = withScript({ redirects: 'follow' });
  const busy = new CallScript(network, carol);
  const last = new CallParty(network, dave);
  answering(last, 'dave');
  busy.onRequest = (transaction) => busy.respond(transaction, 486);
  bob.onRequest = (transaction) =>
    bob.respond(transaction, 302, {
      noContact: true,
      headers: [
        ['Contact', '<sip:x@192.0.2.4:5070>;q=0.1, <sip:y@192.0.2.3>;q=0.9'],
        ['Contact', '<sips:no@192.0.2.9>, <tel:+861>'],
      ],
    });
  const session = alice.call(bobAddress);
  network.run(1_000);
  expect(messagesOf(network, 'INVITE').map((message) => 'uri' in message && message.uri)).toEqual([
    'sip:callee@192.0.2.2:5060',
    'sip:y@192.0.2.3',
    'sip:x@192.0.2.4:5070',
  ]);
  expect(messagesOf(network, 'INVITE').map(({ cseq }) => cseq.sequence)).toEqual([1, 2, 3]);
  expect(alice.story).toEqual(['180', 'answered dave']);
  session.hangUp(network.now);
  network.run();
  expect(last.story).toEqual(['answered', 'ended remote']);
});

test('a redirection is the failure when redirects are refused', () => {
  const { network, alice, bob } = withScript();
  bob.onRequest = (transaction) => bob.respond(transaction, 302);
  alice.call(bobAddress);
  network.run();
  expect(alice.story).toEqual(['failed 302 remote']);
});

test('redirections that lead in a circle, or on and on, end', () => {
  const { network, alice, bob } = withScript({ redirects: 'follow', maxRedirects: 3 });
  let count = 0;
  bob.onRequest = (transaction, request) => {
    const next = request.to.uri.toString().includes('circle')
      ? 'sip:circle@192.0.2.2'
      : `sip:x${(count += 1)}@192.0.2.2`;
    bob.respond(transaction, 302, { noContact: true, headers: [['Contact', `<${next}>`]] });
  };
  alice.call(bobAddress);
  network.run(1_000);
  expect(messagesOf(network, 'INVITE')).toHaveLength(4);
  alice.call(bobAddress, { to: '<sip:circle@192.0.2.2>' });
  network.run();
  expect(messagesOf(network, 'INVITE')).toHaveLength(6);
  expect(alice.story).toEqual(['failed 302 remote', 'failed 302 remote']);
  expect(alice.agent.load).toEqual(idle);
});

test('6xx ends the search at once', () => {
  const { network, alice, bob } = withScript({ redirects: 'follow' });
  bob.onRequest = (transaction, request) => {
    if (request.uri.includes('a@')) bob.respond(transaction, 603);
    else
      bob.respond(transaction, 300, {
        noContact: true,
        headers: [['Contact', '<sip:a@192.0.2.2>, <sip:b@192.0.2.2>']],
      });
  };
  alice.call(bobAddress);
  network.run();
  expect(alice.story).toEqual(['failed 603 remote']);
});

test("what a redirection leads to elsewhere does not get our trunk's credentials", () => {
  const { network, alice, bob } = withScript({ redirects: 'follow' });
  const stranger = new CallScript(network, carol);
  const challenged = challenge(bob, () => 'n1');
  bob.onRequest = (transaction, request) => {
    const headers = [['Contact', '<sip:x@192.0.2.3>']] as const;
    if (request.headers.has('Authorization')) bob.respond(transaction, 302, { noContact: true, headers });
    else challenged(transaction, request);
  };
  stranger.onRequest = (transaction, request) =>
    stranger.respond(transaction, 200, request.method === 'INVITE' ? { sdp: 'answer' } : {});
  const session = alice.call(bobAddress, { credentials });
  network.run(1_000);
  session.hangUp(network.now);
  network.run();
  const told = network.trace.filter(
    ({ to, message }) => to === '192.0.2.3:5060' && message.kind === 'request',
  );
  expect(told.map(({ what }) => what)).toEqual(['INVITE', 'ACK', 'BYE']);
  expect(told.some(({ message }) => message.headers.has('Authorization'))).toBe(false);
});

test('hung up during a redirected attempt: no further target', () => {
  const { network, alice, bob } = withScript({ redirects: 'follow' });
  bob.onRequest = (transaction, request) => {
    if (request.uri.includes('callee')) {
      const headers = [['Contact', '<sip:a@192.0.2.2>, <sip:b@192.0.2.2>']] as const;
      bob.respond(transaction, 302, { noContact: true, headers });
    } else {
      bob.respond(transaction, 180);
    }
  };
  const session = alice.call(bobAddress);
  network.run(1_000);
  session.hangUp(network.now);
  network.run();
  expect(alice.story).toEqual(['180', 'failed 487 local']);
  expect(ladder(network).filter((what) => what === 'INVITE')).toHaveLength(2);
  expect(alice.agent.load).toEqual(idle);
});
