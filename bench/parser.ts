import { createRequire } from 'node:module';
import { parseMessage } from '../src/sip/message/parse.ts';

const require = createRequire(import.meta.url);
const jssip = require('jssip/lib/Parser.js') as {
  parseMessage(text: string, agent: object): { readonly method?: string } | undefined;
};
const { version } = require('jssip/package.json') as { readonly version: string };

export interface ParserFigures {
  /** INVITEs with an offer, whole messages from octets, on one core. */
  readonly invitesPerSecond: number;
  readonly octets: number;
  readonly microsecondsEach: number;
  /** JsSIP reads the same octets; the two take turns. */
  readonly peer: { readonly name: string; readonly microsecondsEach: number };
}

const lines = (...text: string[]): string => text.map((line) => `${line}\r\n`).join('');

const offer = lines(
  'v=0',
  'o=- 2890844526 2890844526 IN IP4 192.0.2.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 49172 RTP/AVP 8 0 101',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=sendrecv',
  'a=ptime:20',
);

/** Different in each message, as calls are: nothing can be looked up. */
const invite = (serial: number): Buffer =>
  Buffer.from(
    lines(
      'INVITE sip:+8613500000002@192.0.2.20:5060;user=phone SIP/2.0',
      `Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK${serial};rport`,
      'Max-Forwards: 70',
      `From: "+8675528000001" <sip:+8675528000001@192.0.2.1;user=phone>;tag=${serial}`,
      'To: <sip:+8613500000002@192.0.2.20;user=phone>',
      `Call-ID: ${serial}-4f3c@192.0.2.1`,
      'CSeq: 1 INVITE',
      'Contact: <sip:192.0.2.1:5060;transport=udp>',
      'P-Asserted-Identity: <sip:+8675528000001@192.0.2.1;user=phone>',
      'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, INFO',
      'Supported: 100rel, timer, replaces',
      'Session-Expires: 1800;refresher=uac',
      'User-Agent: bench',
      'Content-Type: application/sdp',
      `Content-Length: ${offer.length}`,
      '',
    ) + offer,
  );

const ours = (message: Buffer): string | undefined => {
  const result = parseMessage(message);
  return 'method' in result ? result.method : undefined;
};
const theirs = (message: Buffer): string | undefined => jssip.parseMessage(message.toString(), {})?.method;

/** Parses for so long, in turns of half a second; the first turn of each is not counted. */
export function parser(seconds: number): ParserFigures {
  const messages = Array.from({ length: 1_000 }, (_, serial) => invite(1_000_000 + serial));
  /** Milliseconds, and messages. */
  const turn = (parse: (message: Buffer) => string | undefined) => {
    const since = performance.now();
    let parsed = 0;
    while (performance.now() - since < 500) {
      for (const message of messages) {
        if (parse(message) !== 'INVITE') throw new Error('an INVITE was not understood');
        parsed += 1;
      }
    }
    return { parsed, took: performance.now() - since };
  };
  const microseconds = (turns: readonly ReturnType<typeof turn>[]): number => {
    const sum = (of: 'parsed' | 'took'): number => turns.reduce((all, one) => all + one[of], 0);
    return (1_000 * sum('took')) / sum('parsed');
  };
  turn(ours);
  turn(theirs);
  const turns = Array.from({ length: 2 * seconds }, () => ({ ours: turn(ours), theirs: turn(theirs) }));
  const each = microseconds(turns.map((taken) => taken.ours));
  return {
    invitesPerSecond: Math.round(1_000_000 / each),
    octets: messages[0]!.length,
    microsecondsEach: Number(each.toFixed(2)),
    peer: {
      name: `JsSIP ${version}`,
      microsecondsEach: Number(microseconds(turns.map((taken) => taken.theirs)).toFixed(2)),
    },
  };
}
