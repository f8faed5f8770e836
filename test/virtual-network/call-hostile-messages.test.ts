import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseMessage } from '../../src/sip/message/parse.ts';
import { serializeMessage } from '../../src/sip/message/serialize.ts';
import { SipParseError } from '../../src/sip/message/sip-parse-error.ts';
import { CallParty, flow, idle } from './call-party.ts';
import { alice as aliceAddress, bob as bobAddress } from './transaction-peer.ts';
import { VirtualNetwork } from './virtual-network.ts';

/** A call with most of what a call can have in it, stopped at some point. */
function callUntil(time: number) {
  const network = new VirtualNetwork({ seed: 5 });
  const alice = new CallParty(network, aliceAddress, { redirects: 'follow' });
  const bob = new CallParty(network, bobAddress);
  for (const party of [alice, bob]) {
    party.onEvent = (session, event, now) => {
      if (event.kind === 'offer' || event.kind === 'offerWanted') session.answerOffer('answer', now);
    };
  }
  bob.onIncoming = (session, now) => {
    session.progress(now, 183, { sdp: 'early', reliable: true });
    network.at(1_000, () => session.answer('answer', network.now));
  };
  alice.onIncoming = (session, now) => session.reject(480, now);
  const session = alice.call(bobAddress);
  network.at(2_000, () => bob.incoming[0]?.reinvite('hold', network.now));
  network.at(3_000, () => session.update('resume', network.now));
  network.at(4_000, () => session.sendInfo('application/dtmf', '5', network.now));
  network.at(5_000, () => session.hangUp(network.now));
  network.run(time);
  return { network, alice, bob };
}

const values = fc.constantFrom(
  '',
  'x',
  '<sip:',
  '<sip:a@b>;tag=',
  '*',
  '-1',
  '0',
  '4294967296',
  '1 2 3',
  'timer, 100rel',
  '100rel',
  '1;refresher=uas',
  '1;refresher=nobody',
  '"',
  ',,,',
  'application/sdp',
  'multipart/mixed;boundary=',
  'Digest realm="x", nonce="y"',
  '\u0000',
);
const headerNames = fc.constantFrom(
  'Contact',
  'Record-Route',
  'Route',
  'To',
  'From',
  'Require',
  'Supported',
  'Allow',
  'RSeq',
  'RAck',
  'Session-Expires',
  'Min-SE',
  'Content-Type',
  'Content-Encoding',
  'Content-Disposition',
  'Reason',
  'Expires',
  'Retry-After',
  'WWW-Authenticate',
  'Proxy-Authenticate',
  'Via',
  'Call-ID',
  'Info-Package',
  'Max-Forwards',
);
const changes = fc.array(fc.tuple(headerNames, values, fc.boolean()), { minLength: 1, maxLength: 3 });

test('a message of the call, changed by a hostile hand, at any moment of it: refused, dropped, never thrown over', () => {
  const messages = callUntil(60_000).network.trace.map(({ message }) => serializeMessage(message));
  fc.assert(
    fc.property(
      fc.nat({ max: 6_000 }),
      fc.nat({ max: messages.length - 1 }),
      fc.option(fc.integer({ min: 100, max: 699 })),
      changes,
      (time, which, status, headers) => {
        const { network, alice, bob } = callUntil(time);
        const message = parseMessage(messages[which]!);
        if (status !== null && message.kind === 'response') message.status = status;
        for (const [name, value, isReplaced] of headers) {
          if (value === '') message.headers.delete(name);
          else if (isReplaced) message.headers.set(name, value);
          else message.headers.append(name, value);
        }
        for (const party of [alice, bob]) {
          const source = flow(party === alice ? bobAddress : aliceAddress);
          try {
            party.agent.receive(parseMessage(serializeMessage(message)), source, network.now);
          } catch (error) {
            if (!(error instanceof SipParseError)) throw error;
            party.agent.refuse(error, source, network.now);
          }
        }
        network.run(network.now + 4_000_000);
        expect([alice.agent.load, bob.agent.load]).toEqual([idle, idle]);
      },
    ),
    { numRuns: 500 },
  );
});
