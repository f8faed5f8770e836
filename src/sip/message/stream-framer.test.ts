import { describe, expect, it } from 'vitest';
import { defaultParseLimits } from './parse-limits.ts';
import { SipParseError } from './sip-parse-error.ts';
import { type Framed, StreamFramer } from './stream-framer.ts';

function message(method: string, body = '', lines = [`Content-Length: ${Buffer.byteLength(body)}`]): string {
  return [
    `${method} sip:bob@example.com SIP/2.0`,
    'Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1',
    'From: <sip:a@example.com>;tag=a',
    'To: <sip:b@example.com>',
    'Call-ID: 1',
    `CSeq: 1 ${method}`,
    ...lines,
    '',
    body,
  ].join('\r\n');
}

/** A word per item: the method and body, the failure, or `ping`. */
function words(framed: Framed[]): string[] {
  return framed.map((item) => {
    if (item === 'ping') return item;
    if (item instanceof SipParseError)
      return `${item.reason}${item.partial === undefined ? '' : ' (answerable)'}`;
    return item.kind === 'request' ? `${item.method} ${item.text}`.trim() : String(item.status);
  });
}

function framed(text: string, size = text.length, framer = new StreamFramer()): string[] {
  const bytes = Buffer.from(text);
  const items: Framed[] = [];
  for (let at = 0; at < bytes.length; at += size) items.push(...framer.push(bytes.subarray(at, at + size)));
  return words(items);
}

describe('a stream', () => {
  const stream = `${message('INVITE', 'v=0\r\n\r\n')}\r\n\r\n${message('OPTIONS')}\r\n${message('MESSAGE', 'Grüße')}\r\n\r\n\r\n\r\n${message('BYE')}`;
  const expected = ['INVITE v=0', 'ping', 'OPTIONS', 'MESSAGE Grüße', 'ping', 'ping', 'BYE'];

  it.each([1, 2, 3, 7, 64, 500, 10_000])('is cut into messages and pings in chunks of %i bytes', (size) => {
    const framer = new StreamFramer();
    expect(framed(stream, size, framer)).toEqual(expected);
    expect(framer).toMatchObject({ pendingBytes: 0, isPoisoned: false });
  });

  it('takes a single line break for nothing: it is the answer to a ping', () => {
    const framer = new StreamFramer();
    expect(framed('\r\n', 2, framer)).toEqual([]);
    expect(framed(message('OPTIONS'), 5, framer)).toEqual(['OPTIONS']);
    expect(framed('\r\n', 1, framer)).toEqual([]);
    expect(framed('\r\n', 1, framer)).toEqual(['ping']);
  });

  it('hands over messages that later chunks do not overwrite', () => {
    const framer = new StreamFramer();
    const [first] = framer.push(Buffer.from(message('INVITE', 'first') + message('BYE').slice(0, 20)));
    framer.push(Buffer.from(message('BYE').slice(20)));
    framer.push(Buffer.from(message('INVITE', 'other')));
    expect(words(first === undefined ? [] : [first])).toEqual(['INVITE first']);
  });

  it('reads Content-Length in every form', () => {
    for (const line of ['l:3', 'L : 3', 'CONTENT-LENGTH:\t003 ', 'Content-Length:\r\n 3']) {
      expect(framed(message('INVITE', 'v=0', [line]) + message('BYE'), 9), line).toEqual([
        'INVITE v=0',
        'BYE',
      ]);
    }
  });

  it('loses only the message that cannot be read, when its end is known', () => {
    const broken = message('INVITE', 'v=0').replace('<sip:b@example.com>', '<sip:b@>');
    expect(framed(`${broken}${message('BYE')}`, 11)).toEqual(['uri (answerable)', 'BYE']);
    const twice = message('INVITE', 'v=0', ['l: 3', 'Content-Length: 3']);
    expect(framed(`${twice}${message('BYE')}`, 11)).toEqual(['repeated-header (answerable)', 'BYE']);
  });
});

describe('a stream whose framing is lost', () => {
  it.each([
    ['no length', message('INVITE', 'v=0', []), 'content-length (answerable)'],
    ['a negative length', message('INVITE', 'v=0', ['l: -3']), 'content-length (answerable)'],
    ['an unreadable length', message('INVITE', 'v=0', ['l: 3 3']), 'content-length (answerable)'],
    ['two lengths', message('INVITE', 'v=0', ['l: 3', 'Content-Length: 2']), 'content-length (answerable)'],
    ['a length beyond the limit', message('INVITE', 'v=0', ['l: 65536']), 'message-too-large (answerable)'],
    ['a response without length', 'SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP h\r\n\r\n', 'content-length'],
    ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001', 'start-line'],
    ['a lone CR', '\r\n\rINVITE', 'start-line'],
    ['a lone LF', '\nINVITE', 'start-line'],
  ])('by %s gives one failure and no more', (_, text, reason) => {
    for (const size of [1, 13, text.length]) {
      const framer = new StreamFramer();
      expect(framed(text + message('BYE'), size, framer)).toEqual([reason]);
      expect(framer).toMatchObject({ isPoisoned: true, pendingBytes: 0 });
      expect(framed(message('BYE'), 500, framer)).toEqual([]);
    }
  });

  it('by headers that never end holds no more than a message', () => {
    const framer = new StreamFramer({ ...defaultParseLimits, messageSize: 1_000 });
    expect(framed('X'.repeat(1_000), 100, framer)).toEqual([]);
    expect(framer.pendingBytes).toBe(1_000);
    expect(framed('X', 1, framer)).toEqual(['message-too-large']);
  });

  it('by headers too large is the same in one chunk as in many', () => {
    const long = message('INVITE', '', [`Subject: ${'x'.repeat(1_000)}`]);
    for (const size of [10, long.length]) {
      const framer = new StreamFramer({ ...defaultParseLimits, messageSize: 1_000 });
      expect(framed(long, size, framer)).toEqual(['message-too-large']);
    }
  });

  it('is found in time that grows with the bytes, not with their square', () => {
    const framer = new StreamFramer({ ...defaultParseLimits, lineLength: 70_000 });
    const text = message('INVITE', '', ['Content-Length: 0', `Subject: ${' ,'.repeat(31_000)}`]);
    expect(framed(text, 1, framer)).toEqual(['INVITE']);
  });
});
