import { describe, expect, it } from 'vitest';
import type { SipMessage, SipRequest, SipResponse } from './message.ts';
import { parseMessage } from './parse.ts';
import { defaultParseLimits } from './parse-limits.ts';
import { responseTo } from './response.ts';
import { serializeMessage } from './serialize.ts';
import { type ParseFailure, SipParseError } from './sip-parse-error.ts';

const mandatory = {
  Via: 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport',
  From: '"Alice" <sip:alice@example.com>;tag=a',
  To: '<sip:bob@example.com>',
  'Call-ID': 'one@192.0.2.1',
  CSeq: '7 INVITE',
};

interface Draft {
  readonly start?: string;
  /** In place of the mandatory header of that name; undefined leaves it out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Further lines as they are. */
  readonly lines?: readonly string[];
  readonly body?: string;
}

function bytes({
  start = 'INVITE sip:bob@example.com SIP/2.0',
  headers = {},
  lines = [],
  body = '',
}: Draft): Buffer {
  const named = Object.entries({ ...mandatory, ...headers }).filter(([, value]) => value !== undefined);
  return Buffer.from(
    [start, ...named.map(([name, value]) => `${name}: ${value}`), ...lines, '', body].join('\r\n'),
  );
}

function request(draft: Draft = {}): SipRequest {
  const message = parseMessage(bytes(draft));
  if (message.kind !== 'request') throw new Error('a response');
  return message;
}

function response(start: string): SipResponse {
  const message = parseMessage(bytes({ start }));
  if (message.kind !== 'response') throw new Error('a request');
  return message;
}

function failure(input: Draft | Uint8Array, limits = defaultParseLimits): SipParseError {
  try {
    parseMessage(input instanceof Uint8Array ? input : bytes(input), limits);
  } catch (error) {
    if (error instanceof SipParseError) return error;
    throw error;
  }
  throw new Error('was read');
}

describe('a request', () => {
  it('is read into typed values', () => {
    const invite = request({
      lines: [
        'Contact: <sip:alice@192.0.2.1>, <sip:alice@192.0.2.2>',
        'Record-Route: <sip:p2;lr>,<sip:p1;lr>',
        'Route: <sip:r1;lr>',
        'Max-Forwards: 0069',
        'c: Application/SDP ; charset=utf-8',
        'l: 3',
      ],
      body: 'v=0',
    });
    expect(invite).toMatchObject({
      method: 'INVITE',
      uri: 'sip:bob@example.com',
      callId: 'one@192.0.2.1',
      maxForwards: 69,
    });
    expect(invite).toMatchObject({
      contentType: 'application/sdp',
      text: 'v=0',
      cseq: { sequence: 7, method: 'INVITE' },
    });
    expect(invite.via.branch).toBe('z9hG4bK1');
    expect([invite.from.displayName, invite.from.tag, invite.to.tag]).toEqual(['Alice', 'a', undefined]);
    expect(invite.requestUri).toMatchObject({ user: 'bob', host: 'example.com' });
    expect(invite.contact?.uri.toString()).toBe('sip:alice@192.0.2.1');
    expect(invite.contacts).toHaveLength(2);
    expect(invite.recordRoutes.map(String)).toEqual(['<sip:p2;lr>', '<sip:p1;lr>']);
    expect(invite.routes.map(String)).toEqual(['<sip:r1;lr>']);
  });

  it('may start after empty lines, in any letter case of the version', () => {
    const message = parseMessage(
      Buffer.concat([Buffer.from('\r\n\r\n'), bytes({ start: 'INVITE tel:+86138 sip/2.0' })]),
    );
    expect(message).toMatchObject({ method: 'INVITE', requestUri: { kind: 'tel' } });
  });

  it('has its continuation lines joined by one space', () => {
    const invite = request({
      headers: { To: '\r\n\t<sip:bob@example.com>\r\n ;tag\r\n  =\t1' },
      lines: ['Subject: a\r\n   b \r\n \r\n c'],
    });
    expect(invite.to.tag).toBe('1');
    expect(invite.headers.get('s')).toBe('a b  c');
  });

  it('keeps header values as text, in UTF-8, until they are asked for', () => {
    const invite = request({
      lines: ['Contact: <<<', 'Subject: 大停電', 'Route: <sip:x', 'Content-Type: nonsense'],
    });
    expect(invite.headers.get('Subject')).toBe('大停電');
    for (const property of ['contact', 'contacts', 'routes', 'contentType'] as const) {
      expect(() => invite[property]).toThrow(SipParseError);
    }
    expect(() => invite.contact).toThrow(/^Contact: /);
  });

  it('parses a value anew only when its header has changed', () => {
    const invite = request();
    const before = invite.to;
    expect(invite.to).toBe(before);
    invite.headers.set('To', '<sip:bob@example.com>;tag=2');
    expect(invite.to.tag).toBe('2');
  });

  it('may have a Contact of *', () => {
    const message = request({ lines: ['Contact: *'] });
    expect([message.contact, message.contacts]).toEqual([undefined, []]);
  });

  it('ends its body where Content-Length says, else with the datagram', () => {
    expect(request({ lines: ['Content-Length: 2'], body: 'v=0' }).text).toBe('v=');
    expect(request({ body: 'v=0' }).text).toBe('v=0');
    expect(request().body).toHaveLength(0);
  });

  it('can be copied without being tied to the copy', () => {
    const invite = request({ lines: ['Content-Length: 3'], body: 'v=0' });
    const copy = invite.copy();
    copy.headers.set('CSeq', '8 INVITE');
    copy.setBody('text/plain', 'Grüße');
    expect(serializeMessage(invite)).toEqual(bytes({ lines: ['Content-Length: 3'], body: 'v=0' }));
    expect(copy).toMatchObject({ cseq: { sequence: 8 }, text: 'Grüße', contentType: 'text/plain' });
  });
});

describe('a response', () => {
  it('is read with its status and phrase, which may be empty', () => {
    expect(response('SIP/2.0 180 Ringing')).toMatchObject({ status: 180, reason: 'Ringing' });
    expect(response('SIP/2.0 100 ')).toMatchObject({ status: 100, reason: '' });
    expect(response('SIP/2.0 699')).toMatchObject({ status: 699, reason: '' });
  });
});

describe('a malformed message', () => {
  it.each<[ParseFailure, Draft]>([
    ['start-line', { start: 'INVITE' }],
    ['start-line', { start: 'INVITE sip:bob@example.com' }],
    ['start-line', { start: 'INVITE  sip:bob@example.com SIP/2.0' }],
    ['start-line', { start: 'INVITE sip:bob@example.com SIP/2.0 ' }],
    ['start-line', { start: 'INVITE sip:bob@example.com HTTP/1.1' }],
    ['start-line', { start: 'INV@TE sip:bob@example.com SIP/2.0' }],
    ['start-line', { start: ' INVITE sip:bob@example.com SIP/2.0' }],
    ['start-line', { start: 'INVITE <sip:bob@example.com> SIP/2.0' }],
    ['start-line', { start: 'INVITE sip:b\u0000b@example.com SIP/2.0' }],
    ['uri', { start: 'INVITE sip:bob@ SIP/2.0' }],
    ['uri', { start: 'INVITE bob SIP/2.0' }],
    ['uri', { start: 'INVITE sip:bob@example.com?Route=x SIP/2.0' }],
    ['version', { start: 'INVITE sip:bob@example.com SIP/3.0' }],
    ['version', { start: 'SIP/2.1 200 OK' }],
    ['status-code', { start: 'SIP/2.0 99 Low' }],
    ['status-code', { start: 'SIP/2.0 700 High' }],
    ['status-code', { start: 'SIP/2.0 4294967301 Long' }],
    ['status-code', { start: 'SIP/2.0 2xx OK' }],
    ['header-line', { lines: ['No colon here'] }],
    ['header-line', { lines: [': no name'] }],
    ['header-line', { lines: ['Bad name: x'] }],
    ['header-line', { start: 'INVITE sip:bob@example.com SIP/2.0\r\n Folded: start' }],
    ['line-break', { lines: ['Subject: a\nb'] }],
    ['line-break', { lines: ['Subject: a\rb'] }],
    ['missing-header', { headers: { 'Call-ID': undefined } }],
    ['missing-header', { headers: { Via: '' } }],
    ['repeated-header', { lines: ['i: two'] }],
    ['repeated-header', { lines: ['Max-Forwards: 1', 'max-forwards: 1'] }],
    ['header-value', { headers: { 'Call-ID': '' } }],
    ['header-value', { headers: { 'Call-ID': 'a b' } }],
    ['header-value', { headers: { CSeq: 'INVITE' } }],
    ['header-value', { headers: { CSeq: '7' } }],
    ['header-value', { headers: { CSeq: '2147483648 INVITE' } }],
    ['header-value', { headers: { CSeq: '-7 INVITE' } }],
    ['header-value', { headers: { Via: 'SIP/2.0/UDP ;x' } }],
    ['header-value', { headers: { From: '"A <sip:a@b>' } }],
    ['uri', { headers: { To: '<sip:a b@c>' } }],
    ['header-value', { lines: ['Max-Forwards: 256'] }],
    ['method-mismatch', { headers: { CSeq: '7 BYE' } }],
    ['method-mismatch', { headers: { CSeq: '7 invite' } }],
    ['content-length', { lines: ['Content-Length: 4'], body: 'v=0' }],
    ['content-length', { lines: ['Content-Length: -1'], body: 'v=0' }],
    ['content-length', { lines: ['Content-Length:'], body: 'v=0' }],
    ['content-length', { lines: [`Content-Length: ${'9'.repeat(400)}`], body: 'v=0' }],
  ])('is a failure of kind %s: %j', (reason, draft) => {
    expect(failure(draft).reason).toBe(reason);
  });

  it('is one without an end of headers, or without anything', () => {
    expect(failure(bytes({}).subarray(0, -2)).reason).toBe('header-end');
    expect(failure(Buffer.from('INVITE')).reason).toBe('header-end');
    for (const nothing of ['', '\r\n', '\r\n\r\n\r\n'])
      expect(failure(Buffer.from(nothing)).reason).toBe('empty');
  });

  it('names the header at fault', () => {
    expect(failure({ headers: { From: '<sip:>' } })).toMatchObject({
      header: 'From',
      status: 400,
      message: /^From: /,
    });
    expect(failure({ headers: { CSeq: undefined } }).header).toBe('CSeq');
  });
});

describe('limits', () => {
  const lengthOf = (subject: string) => bytes({ lines: [`Subject: ${subject}`] }).length;

  it('hold for the message', () => {
    const limits = { ...defaultParseLimits, messageSize: lengthOf('') };
    expect(parseMessage(bytes({ lines: ['Subject: '] }), limits).kind).toBe('request');
    expect(failure(bytes({ lines: ['Subject: x'] }), limits)).toMatchObject({
      reason: 'message-too-large',
      status: 513,
    });
  });

  it('hold for lines, folded ones included, and the start line', () => {
    const limits = { ...defaultParseLimits, lineLength: 60 };
    const start = `INVITE sip:${'b'.repeat(50)}@example.com SIP/2.0`;
    expect(failure({ start }, limits).reason).toBe('line-too-long');
    expect(failure({ lines: [`Subject: ${'x'.repeat(52)}`] }, limits).reason).toBe('line-too-long');
    expect(failure({ lines: ['Subject: x', ...Array<string>(20).fill(' xxxx')] }, limits).reason).toBe(
      'line-too-long',
    );
    expect(parseMessage(bytes({ lines: [`Subject: ${'x'.repeat(51)}`] }), limits).kind).toBe('request');
  });

  it('hold for the number of headers, list elements and hops', () => {
    const limits = { ...defaultParseLimits, headerCount: 7, listElements: 3, viaCount: 2 };
    expect(failure({ lines: ['A: 1', 'B: 2', 'C: 3'] }, limits).reason).toBe('too-many-headers');
    expect(failure({ lines: ['Allow: A, B, C, D'] }, limits)).toMatchObject({
      reason: 'too-many-elements',
      header: 'Allow',
    });
    expect(failure({ lines: ['v: SIP/2.0/UDP b', 'v: SIP/2.0/UDP c'] }, limits)).toMatchObject({
      reason: 'too-many-elements',
      header: 'Via',
    });
    expect(parseMessage(bytes({ lines: ['Allow: A, B, C', 'v: SIP/2.0/UDP b'] }), limits).kind).toBe(
      'request',
    );
  });
});

describe('what a failure leaves to answer with', () => {
  const answer = (message: SipMessage) => serializeMessage(message).toString();

  it('is the request, when Via, From, To, Call-ID and CSeq are there', () => {
    const error = failure({ lines: ['Via: SIP/2.0/UDP second', 'No colon'] });
    if (error.partial === undefined) throw new Error('nothing left');
    expect(answer(responseTo(error.partial, error.status, { toTag: 'x' }))).toBe(
      'SIP/2.0 400 Bad Request\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport\r\nVia: SIP/2.0/UDP second\r\n' +
        'From: "Alice" <sip:alice@example.com>;tag=a\r\nTo: <sip:bob@example.com>;tag=x\r\nCall-ID: one@192.0.2.1\r\n' +
        'CSeq: 7 INVITE\r\nContent-Length: 0\r\n\r\n',
    );
  });

  it('keeps an unreadable To as it was, and the first of repeated headers', () => {
    const error = failure({ headers: { To: '<sip:b@c' }, lines: ['To: <sip:second@c>', 'Call-ID: second'] });
    const headers = error.partial && responseTo(error.partial, 400, { toTag: 'x' }).headers;
    expect(headers?.getAll('To')).toEqual(['<sip:b@c']);
    expect(headers?.getAll('Call-ID')).toEqual(['one@192.0.2.1']);
  });

  it('is the request of another version too, for a 505', () => {
    const error = failure({
      start: 'OPTIONS sip:b@c SIP/7.0',
      headers: { Via: 'SIP/7.0/UDP h;branch=z9hG4bK1' },
    });
    expect(error).toMatchObject({ reason: 'version', status: 505, partial: { method: 'OPTIONS' } });
  });

  it('is nothing for a response, an ACK, or without a header to copy or a readable Via', () => {
    for (const draft of [
      { start: 'SIP/2.0 2000 OK' },
      { start: 'ACK sip:bob@example.com?x SIP/2.0', headers: { CSeq: '7 ACK' } },
      { headers: { From: undefined } },
      { headers: { Via: 'SIP/2.0/UDP ;;,' } },
      { headers: { Via: 'SIP/2.0/UDP h\nInjected: 1' } },
    ]) {
      expect(failure(draft).partial, JSON.stringify(draft)).toBeUndefined();
    }
  });
});
