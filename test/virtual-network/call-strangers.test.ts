import { describe, expect, test } from 'vitest';
import { parseMessage } from '../../src/sip/message/parse.ts';
import { SipParseError } from '../../src/sip/message/sip-parse-error.ts';
import { CallParty, idle, responseOf } from './call-party.ts';
import { CallScript } from './call-script.ts';
import { alice as aliceAddress, bob as bobAddress } from './transaction-peer.ts';
import { VirtualNetwork } from './virtual-network.ts';

function strangerAt(inbound: 'refuse' | 'accept') {
  const network = new VirtualNetwork();
  const stranger = new CallScript(network, aliceAddress);
  const party = new CallParty(network, bobAddress, { inbound });
  const ask = (...[method, options]: [string, Parameters<CallScript['request']>[2]?]) => {
    stranger.request(bobAddress, method, { callId: `${method}-${network.now}`, ...options });
    network.run(network.now + 100);
    return stranger.responses(method).at(-1);
  };
  return { network, stranger, party, ask };
}

describe('an agent that refuses strangers', () => {
  test.each([
    ['INVITE', 403],
    ['REGISTER', 405],
    ['SUBSCRIBE', 405],
    ['MESSAGE', 405],
    ['REFER', 405],
    ['BYE', 481],
    ['INFO', 481],
    ['PRACK', 481],
    ['DANCE', 501],
  ])('%s: %i, without keeping anything, and counted', (method, status) => {
    const { party, ask } = strangerAt('refuse');
    const response = ask(method, {
      sdp: 'offer',
      contentType: method === 'INFO' ? 'application/dtmf' : 'application/sdp',
    });
    expect(response?.status).toBe(status);
    expect(response?.to.tag).toBeDefined();
    expect(party.agent.load).toEqual(idle);
    expect(party.incoming).toEqual([]);
    const reason = method === 'DANCE' ? 'other' : method;
    expect(party.agent.counters[`refused ${reason}`]).toBe(1);
    if (status === 405 || status === 501) expect(response?.headers.has('Allow')).toBe(true);
  });

  test('OPTIONS is answered: carriers ask by it whether we are alive', () => {
    const { party, ask } = strangerAt('refuse');
    const response = ask('OPTIONS', { headers: [['Max-Forwards', '0']] });
    expect(response?.status).toBe(200);
    expect(response?.headers.get('Accept')).toContain('application/sdp');
    expect(response?.headers.get('Server')).toBe('Party/1');
    expect(Object.keys(party.agent.counters).filter((reason) => reason.startsWith('refused'))).toEqual([]);
  });

  test('the same request gets the same answer; its ACK and CANCEL do no harm', () => {
    const { network, stranger, party, ask } = strangerAt('refuse');
    const first = ask('INVITE', { callId: 'one' });
    const again = ask('INVITE', { callId: 'one' });
    expect(again?.to.tag).toBe(first?.to.tag);
    stranger.request(bobAddress, 'ACK', { callId: 'one', toTag: first?.to.tag ?? '' });
    network.run();
    expect(party.agent.load).toEqual(idle);
  });

  test('dials out all the same', () => {
    const { network, party } = strangerAt('refuse');
    party.call({ host: '192.0.2.77', port: 5060 });
    network.run();
    expect(party.story).toEqual(['failed 408 timeout']);
  });
});

describe('an agent that takes calls', () => {
  test.each([
    [{ headers: [['Require', 'foo, 100rel']] }, 420],
    [{ sdp: 'x', contentType: 'text/html' }, 415],
    [{ sdp: 'x', headers: [['Content-Encoding', 'gzip']] }, 415],
    [{ uri: 'mailto:bob@192.0.2.2' }, 416],
    [{ headers: [['Contact', '']] }, 400],
    [{ headers: [['Contact', '<sip:']] }, 400],
    [{ headers: [['Record-Route', '<sip:']] }, 400],
    [{ toTag: 'unknown' }, 481],
  ] as const)('an INVITE it cannot take (%j): %i', (options, status) => {
    const { party, network, ask } = strangerAt('accept');
    expect(ask('INVITE', options)?.status).toBe(status);
    expect(party.incoming).toEqual([]);
    network.run();
    expect(party.agent.load).toEqual(idle);
  });

  test.each([
    ['OPTIONS', 200],
    ['REGISTER', 405],
    ['BYE', 481],
    ['DANCE', 501],
  ])('%s outside a dialog: %i', (method, status) => {
    expect(strangerAt('accept').ask(method)?.status).toBe(status);
  });

  test('a merged INVITE: 482', () => {
    const { party, ask } = strangerAt('accept');
    ask('INVITE', { callId: 'one', sdp: 'offer' });
    const response = ask('INVITE', { callId: 'one', sdp: 'offer' });
    expect(response?.status).toBe(482);
    expect(party.incoming).toHaveLength(1);
    expect(party.agent.counters['merged']).toBe(1);
  });
});

test('what cannot be parsed: 400 where it says whom to tell, silence and a counter otherwise', () => {
  const { network, stranger, party } = strangerAt('refuse');
  const lines = [
    'INVITE sip:x@192.0.2.2 SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx',
    'From: <sip:a@192.0.2.1>;tag=1',
    'To: <sip:b@192.0.2.2>',
    'Call-ID: 1',
    'CSeq: 1 INVITE',
    'Max-Forwards: many',
    '',
    '',
  ];
  for (const text of [lines.join('\r\n'), 'hello\r\n\r\n']) {
    let error: unknown;
    try {
      parseMessage(Buffer.from(text));
    } catch (thrown) {
      error = thrown;
    }
    if (!(error instanceof SipParseError)) throw new Error('That was to be unreadable.');
    party.agent.refuse(error, { transport: 'UDP', ...aliceAddress }, network.now);
  }
  network.run(100);
  expect(responseOf(network, '400 INVITE').to.tag).toBeDefined();
  expect(network.trace).toHaveLength(1);
  expect(party.agent.counters['malformed']).toBe(2);
  expect(stranger.peer.isEmpty).toBe(true);
});

test('a response nobody waits for is counted', () => {
  const { network, party, ask } = strangerAt('accept');
  const response = ask('OPTIONS');
  if (response === undefined) throw new Error('There was to be a response.');
  response.headers.set('Via', 'SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKunknown');
  party.agent.receive(response, { transport: 'UDP', ...aliceAddress }, network.now);
  expect(party.agent.counters['stray']).toBe(1);
});
