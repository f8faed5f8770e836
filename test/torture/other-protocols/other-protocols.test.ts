import { expect, test } from 'vitest';
import { parseMessage } from '../../../src/sip/message/parse.ts';
import { SipParseError } from '../../../src/sip/message/sip-parse-error.ts';
import { isOfAnotherProtocol, LegAtPorts, otherProtocols } from '../../fuzz/targets/media-port.ts';

/** First octets of RFC 7983 7, by the beginning of a file's name. */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  'stun-': [0, 3],
  'zrtp-': [16, 19],
  'dtls-': [20, 63],
  'turn-channel': [64, 79],
};

test('every file is of the protocol that its name says', () => {
  for (const [prefix, [first, last]] of Object.entries(ranges)) {
    const named = [...otherProtocols].filter(([name]) => name.startsWith(prefix));
    expect(named.length).toBeGreaterThan(1);
    for (const [name, bytes] of named) {
      // No STUN message has a type that begins with 63 in its first octet; who reads the range alone takes it for DTLS.
      if (name === 'stun-type-of-all-ones') continue;
      expect([name, bytes[0]! >= first && bytes[0]! <= last]).toEqual([name, true]);
    }
  }
  expect([...otherProtocols].filter(([, bytes]) => !isOfAnotherProtocol(bytes))).toEqual([]);
});

test.each([...otherProtocols])(
  '%s at the ports of a call is dropped, counted and not answered',
  (_name, bytes) => {
    for (const from of ['far end', 'stranger'] as const) {
      const ports = new LegAtPorts();
      ports.speaks(4);
      const before = ports.leg.statistics;
      expect(before.destination).toEqual({ host: '192.0.2.1', port: 4_000 });
      ports.hears(bytes, 'rtp', from);
      expect(ports.leg.statistics.dropped).toEqual({ ...before.dropped, malformed: 1 });
      ports.hears(bytes, 'rtcp', from);
      expect(ports.leg.statistics.dropped).toEqual({ ...before.dropped, malformed: 1, malformedReports: 1 });
      expect(ports.leg.statistics).toMatchObject({
        destination: before.destination,
        received: { packets: 4, reports: 0 },
      });
      expect([...ports.rtp.destinations]).toEqual(['192.0.2.1']);
    }
  },
);

test.each([...otherProtocols])('%s at the port of SIP is no message, and gets no answer', (_name, bytes) => {
  let error: unknown;
  try {
    parseMessage(bytes);
  } catch (thrown) {
    error = thrown;
  }
  if (!(error instanceof SipParseError)) throw error ?? new Error('was read');
  expect(error.partial).toBeUndefined();
});
