import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAuthHeader } from '../../src/sip/message/auth-header.ts';
import { NameAddr } from '../../src/sip/message/name-addr.ts';
import { sameUri } from '../../src/sip/message/uri-comparison.ts';
import { parseUri, SipUri } from '../../src/sip/message/uri.ts';
import { Via } from '../../src/sip/message/via.ts';
import { checkSipMessage, framed, readable, sipWords, tortureMessages } from './targets/sip.ts';

const meaningful = fc.constantFrom(...sipWords);

interface Mutation {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

const mutation = fc.record<Mutation>({
  at: fc.nat(3_000),
  remove: fc.nat(12),
  insert: fc.oneof(fc.constant(''), meaningful, fc.string({ unit: 'binary', maxLength: 4 })),
});

function mutated(bytes: Uint8Array, mutations: readonly Mutation[]): Buffer {
  let text = Buffer.from(bytes).toString('latin1');
  for (const { at, remove, insert } of mutations) {
    const start = at % (text.length + 1);
    text = text.slice(0, start) + Buffer.from(insert).toString('latin1') + text.slice(start + remove);
  }
  return Buffer.from(text, 'latin1');
}

describe('any bytes', () => {
  it('are read or refused with SipParseError, and what is read can be written and read again', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), checkSipMessage), { numRuns: 500 });
  });

  it('in the shape of a message are, too', () => {
    const line = fc
      .array(fc.oneof(meaningful, fc.string({ maxLength: 6 })), { maxLength: 8 })
      .map((parts) => parts.join(''));
    const name = fc.constantFrom(
      'Via',
      'v',
      'From',
      'To',
      'CSeq',
      'Call-ID',
      'Contact',
      'Route',
      'Max-Forwards',
      'Reason',
      'Allow',
      'X',
    );
    const message = fc
      .tuple(line, fc.array(fc.tuple(name, line), { maxLength: 10 }))
      .map(([start, headers]) =>
        [`INVITE sip:${start} SIP/2.0`, ...headers.map(([key, value]) => `${key}: ${value}`), '', ''].join(
          '\r\n',
        ),
      );
    fc.assert(
      fc.property(message, (text) => checkSipMessage(Buffer.from(text))),
      { numRuns: 1_000 },
    );
  });

  it('that were once a torture message are, too', () => {
    const property = fc.property(
      fc.constantFrom(...tortureMessages),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      (bytes, mutations) => checkSipMessage(mutated(bytes, mutations)),
    );
    fc.assert(property, { numRuns: 4_000 });
  });

  it('never make a value parser throw anything else', () => {
    const text = fc
      .array(fc.oneof(meaningful, fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 12 })
      .map((parts) => parts.join(''));
    const prefix = fc.constantFrom(
      '',
      'sip:',
      'tel:+1',
      'SIP/2.0/UDP h',
      '"',
      '<sip:a@b>',
      'Digest realm=',
      'sip:a@h?',
    );
    const parsers = [parseUri, NameAddr.parse, Via.parse, parseAuthHeader];
    const property = fc.property(fc.constantFrom(...parsers), prefix, text, (parser, start, rest) => {
      const value = readable<object>(() => parser(start + rest));
      if (value === undefined || parser === parseAuthHeader) return;
      const written = String(value);
      expect(String(parser(written))).toBe(written);
    });
    fc.assert(property, { numRuns: 3_000 });
  });
});

describe('any chunking of a stream', () => {
  const part = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...tortureMessages) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom(...tortureMessages), fc.array(mutation, { maxLength: 2 }))
        .map(([bytes, mutations]) => mutated(bytes, mutations)),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('\r\n', '\r\n\r\n', '\r\n\r\n\r\n').map((text) => Buffer.from(text)),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)) },
  );

  it('gives the same messages, failures and pings', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 });
    const property = fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), cuts, (parts, sizes) => {
      const stream = Buffer.concat(parts);
      const chunks: Uint8Array[] = [];
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const size = sizes[turn % sizes.length] ?? 1;
        chunks.push(stream.subarray(at, at + size));
        at += size;
      }
      expect(framed(chunks)).toEqual(framed([stream]));
    });
    fc.assert(property, { numRuns: 1_000 });
  });
});

describe('URIs made of any parts', () => {
  it('are read back as they were meant', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
    const parts = fc.record({
      user: fc.option(name, { nil: undefined }),
      host: fc.constantFrom('example.com', '192.0.2.1', '2001:db8::1'),
      port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
      parameters: fc
        .array(
          fc.tuple(
            name.map((text) => text.toLowerCase()),
            fc.oneof(fc.constant(true as const), name),
          ),
        )
        .map((entries) => new Map(entries)),
      headers: fc
        .array(
          fc.tuple(
            name.map((text) => text.toLowerCase()),
            name,
          ),
        )
        .map((entries) => new Map(entries)),
    });
    const property = fc.property(parts, (made) => {
      const uri = new SipUri(made);
      const read = SipUri.parse(uri.toString());
      expect(read).toMatchObject({ user: made.user, host: made.host, port: made.port });
      expect(read.parameters).toEqual(made.parameters);
      expect(read.headers).toEqual(made.headers);
      expect(sameUri(uri, read)).toBe(true);
    });
    fc.assert(property, { numRuns: 1_000 });
  });
});
