import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { SdpError } from '../../../src/sdp/errors.ts';
import { type AgreedAudio, OfferAnswer } from '../../../src/sdp/offer-answer.ts';
import { parseSessionDescription } from '../../../src/sdp/parse.ts';
import { serializeSessionDescription } from '../../../src/sdp/serialize.ts';
import type { FuzzTarget } from '../engine/target.ts';

const directory = new URL('../../torture/sdp/', import.meta.url);
const descriptions = readdirSync(directory)
  .filter((name) => name.endsWith('.sdp'))
  .sort()
  .map((name) => readFileSync(new URL(name, directory)));

const separator = '\n====\n';

/** What `attempt` returns; undefined when it refuses with one of the errors it documents. */
export function unlessRefused<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof SdpError) return undefined;
    throw error;
  }
}

/** What the media would be told is something that it can do. */
export function checkSound({
  remote,
  rtcp,
  payloadType,
  codec,
  receivePayloadTypes,
  ptime,
}: AgreedAudio): void {
  assert.ok(remote.port > 0 && remote.port < 65_536, `port ${remote.port}`);
  assert.ok(rtcp.port >= 0 && rtcp.port < 65_536, `port ${rtcp.port} of RTCP`);
  assert.ok(payloadType >= 0 && payloadType < 128, `payload type ${payloadType}`);
  assert.equal(receivePayloadTypes.get(payloadType), codec);
  assert.ok(ptime >= 10 && ptime <= 60 && ptime % 10 === 0, `ptime ${ptime}`);
}

function checkDescription(text: string): void {
  const read = unlessRefused(() => parseSessionDescription(text));
  if (read === undefined) return;
  assert.deepEqual(parseSessionDescription(serializeSessionDescription(read)), read);
}

/** Descriptions one after the other: the first answers an offer of ours, and all of them are offers to another of us. */
export const sdpTarget: FuzzTarget = {
  name: 'sdp',
  sources: ['sdp/'],
  seeds: [...descriptions.filter(({ length }) => length < 4_000), pair(0, 1), pair(4, 5)],
  words: [
    separator,
    'v=0\r\n',
    's=-\r\n',
    't=0 0\r\n',
    'c=IN IP4 0.0.0.0\r\n',
    'c=IN IP6 ::1\r\n',
    'a=sendonly\r\n',
    'm=audio 4000 RTP/AVP 8 0 101\r\n',
    'm=audio 0 RTP/AVP 8\r\n',
    'm=image 1 udptl t38\r\n',
    'a=rtpmap:8 PCMA/8000\r\n',
    'a=rtpmap:101 telephone-event/8000\r\n',
    'a=fmtp:101 0-16\r\n',
    'a=ptime:',
    'a=maxptime:',
    'a=rtcp:',
    'a=inactive',
    '/127/3',
    '224.0.0.1',
    '__proto__',
    '\u0000',
  ],
  longest: 4_096,
  run: (input) => {
    const texts = input.toString('utf8').split(separator, 8);
    const caller = new OfferAnswer({ local: { host: '192.0.2.1', port: 4_000 }, sessionId: '1' });
    const callee = new OfferAnswer({ local: { host: '192.0.2.1', port: 5_000 }, sessionId: '2' });
    caller.createOffer();
    const agreed = unlessRefused(() => caller.receiveAnswer(texts[0] ?? ''));
    if (agreed !== undefined) checkSound(agreed);
    for (const text of texts) {
      checkDescription(text);
      const answered = unlessRefused(() => callee.receiveOffer(text));
      if (answered !== undefined) checkSound(answered.agreed);
    }
  },
};

function pair(first: number, second: number): Buffer {
  return Buffer.from(
    `${descriptions[first]?.toString() ?? ''}${separator}${descriptions[second]?.toString() ?? ''}`,
  );
}
