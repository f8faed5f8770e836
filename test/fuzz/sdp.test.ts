import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OfferAnswer } from '../../src/sdp/offer-answer.ts';
import { parseSessionDescription } from '../../src/sdp/parse.ts';
import { serializeSessionDescription } from '../../src/sdp/serialize.ts';
import { checkSound, unlessRefused } from './targets/sdp.ts';

function party(port: number): OfferAnswer {
  return new OfferAnswer({ local: { host: '192.0.2.1', port }, sessionId: `${port}` });
}

const FRAGMENTS =
  '0 8 101 128 20 -1 4000 65536 0-15 IN IP4 IP6 0.0.0.0 192.0.2.1 ::1 224.0.0.1 host.example audio video - / : ' +
  'RTP/AVP RTP/SAVP PCMA/8000 PCMU/8000/1 telephone-event/8000 sendrecv sendonly inactive rtpmap fmtp ptime maxptime rtcp';
const fragment = fc.constantFrom(...FRAGMENTS.split(' '));
const word = fc.oneof(fragment, fc.string({ maxLength: 8 }));
const value = fc
  .array(word, { maxLength: 8 })
  .chain((words) => fc.constantFrom(words.join(' '), words.join(':'), words.join('')));
const payloadTypes = fc.shuffledSubarray(['8', '0', '18', '101', '96', '127'], { minLength: 1 });
const soundLine = fc.oneof(
  fc
    .tuple(fc.nat(65_535), payloadTypes)
    .map(([port, formats]) => `m=audio ${port} RTP/AVP ${formats.join(' ')}`),
  fc
    .tuple(fc.integer({ min: 1, max: 300 }), fc.constantFrom('ptime', 'maxptime'))
    .map(([ms, name]) => `a=${name}:${ms}`),
  fc.nat(65_535).map((port) => `a=rtcp:${port}`),
  fc.constantFrom(
    'a=sendonly',
    'a=inactive',
    'a=recvonly',
    'a=sendrecv',
    'c=IN IP4 0.0.0.0',
    'c=IN IP6 2001:db8::1',
  ),
  fc.constantFrom(
    'a=rtpmap:101 telephone-event/8000',
    'a=rtpmap:96 PCMU/8000',
    'a=rtpmap:8 G722/8000',
    'a=fmtp:101 0-9',
  ),
  fc.constantFrom('m=video 4000 RTP/AVP 31', 'm=audio 4000 RTP/SAVP 8', 'b=AS:64', 'a=mid:0'),
);
const strangeLine = fc
  .tuple(fc.constantFrom(...'vosctmabikz='), value)
  .map(([letter, text]) => `${letter}=${text}`);
const line = fc.oneof({ weight: 30, arbitrary: soundLine }, { weight: 1, arbitrary: strangeLine });
const description = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom('\r\n', '\n'))
  .map(([lines, end]) =>
    ['v=0', 'o=- 1 1 IN IP4 198.51.100.7', 's=-', 'c=IN IP4 198.51.100.7', ...lines, ''].join(end),
  );
const anything = fc.oneof(
  { weight: 9, arbitrary: description },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
);

test('any text is a description or is refused, and what is read survives writing and reading', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const read = unlessRefused(() => parseSessionDescription(text));
      if (read === undefined) return;
      expect(parseSessionDescription(serializeSessionDescription(read))).toEqual(read);
    }),
    { numRuns: 2000, seed: 8866 },
  );
});

test('any offer is refused or answered with an answer that another of us takes', () => {
  fc.assert(
    fc.property(fc.array(anything, { minLength: 1, maxLength: 3 }), (offers) => {
      const callee = party(5000);
      for (const offer of offers) {
        const before = callee.agreed;
        const answered = unlessRefused(() => callee.receiveOffer(offer));
        if (answered === undefined) {
          expect(callee.agreed).toBe(before);
          continue;
        }
        checkSound(answered.agreed);
        const media = parseSessionDescription(answered.answer).media;
        expect(media.length).toBe(parseSessionDescription(offer).media.length);
        expect(media.filter(({ port }) => port !== 0).length).toBe(1);
      }
    }),
    { numRuns: 2000, seed: 8866 },
  );
});

test('any answer is refused or agreed on soundly', () => {
  fc.assert(
    fc.property(anything, (answer) => {
      const caller = party(4000);
      caller.createOffer();
      const agreed = unlessRefused(() => caller.receiveAnswer(answer));
      if (agreed !== undefined) checkSound(agreed);
    }),
    { numRuns: 2000, seed: 8866 },
  );
});

test('two of us always agree, whatever the order of holds and resumes', () => {
  const move = fc.constantFrom<'createOffer' | 'createHoldOffer' | 'createResumeOffer'>(
    'createOffer',
    'createHoldOffer',
    'createResumeOffer',
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), move), { minLength: 1, maxLength: 12 }), (moves) => {
      const [one, other] = [party(4000), party(5000)];
      for (const [byOne, offerOf] of moves) {
        const [offerer, answerer] = byOne ? [one, other] : [other, one];
        const { answer, agreed } = answerer.receiveOffer(offerer[offerOf]());
        const mirrored = offerer.receiveAnswer(answer);
        expect([mirrored.direction, agreed.direction].sort()).toEqual(
          agreed.direction === 'sendonly' || agreed.direction === 'recvonly'
            ? ['recvonly', 'sendonly']
            : [agreed.direction, agreed.direction],
        );
      }
    }),
    { seed: 3264 },
  );
});
