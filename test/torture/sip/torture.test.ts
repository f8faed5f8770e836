import { describe, expect, it } from 'vitest';
import { parseSessionDescription } from '../../../src/sdp/parse.ts';
import { optionTags } from '../../../src/sip/message/header-values.ts';
import type { SipMessage, SipRequest } from '../../../src/sip/message/message.ts';
import { parseMessage } from '../../../src/sip/message/parse.ts';
import { responseTo } from '../../../src/sip/message/response.ts';
import { serializeMessage } from '../../../src/sip/message/serialize.ts';
import { type ParseFailure, SipParseError } from '../../../src/sip/message/sip-parse-error.ts';
import { StreamFramer } from '../../../src/sip/message/stream-framer.ts';
import { SipUri } from '../../../src/sip/message/uri.ts';
import { archived, type Folder, namesIn, onTheWire } from './archive.ts';
import { allows, verdicts } from './verdicts.ts';

/** What a file must come to: a message with these properties, or a failure, answered with a status or dropped. */
type Outcome =
  | { readonly reads: (message: SipMessage) => void }
  | { readonly fails: ParseFailure; readonly header?: string; readonly answer: 400 | 505 | 'none' };

/** A message that is read and, beside that, has these plain properties. */
function reads(properties: Record<string, unknown>, more: (message: SipMessage) => void = () => {}): Outcome {
  return {
    reads: (message) => {
      expect(message).toMatchObject(properties);
      more(message);
    },
  };
}

function sipUri(uri: { readonly kind: string } | undefined): SipUri {
  if (!(uri instanceof SipUri)) throw new Error('no SIP URI');
  return uri;
}

const hostile = "!interesting-Method0123456789_*+`.%indeed'~";

const rfc4475: Readonly<Record<string, Outcome>> = {
  // 3.1.1 Valid messages
  wsinv: reads({ method: 'INVITE', maxForwards: 68, cseq: { sequence: 9, method: 'INVITE' } }, (message) => {
    expect(message.vias.map(String)).toEqual([
      'SIP/2.0/UDP 192.0.2.2;branch=390skdjuw',
      'SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8',
      'SIP/2.0/UDP 192.168.255.111;branch=z9hG4bK30239',
    ]);
    expect(message.to.tag).toBe('1918181833n');
    expect(message.from).toMatchObject({ displayName: 'J Rosenberg \\"', tag: '98asjd8' });
    expect(message.contact?.displayName).toBe('Quoted string ""');
    expect(message.contact?.parameters.get('q')).toBe('0.33');
    expect(message.contact?.parameters.get('newparam')).toBe('newvalue');
    expect(sipUri(message.routes[0]?.uri).parameters.get('unknownwith')).toBe('value');
    expect(message.headers.get('Subject')).toBe('');
    expect(message.headers.get('newfangledheader')).toBe('newfangled value continued newfangled value');
    expect(message.headers.get('UnknownHeaderWithUnusualValue')).toBe(';;,,;;,;');
    expect(message.body).toHaveLength(150);
  }),
  intmeth: reads({ method: hostile, maxForwards: 255, cseq: { method: hostile } }, (message) => {
    expect(message.to.displayName).toBe('BEL:\u0007 NUL:\u0000 DEL:\u007f');
    expect(message.from.displayName).toBe("token1~` token2'+_ token3*%!.-");
    expect(message.from.parameters.get("fromparam''~+*_!.-%")).toBe('работающий');
    expect(message.from.tag).toBe("_token~1'+`*%!-.");
    expect(message.callId).toBe('intmeth.word%ZK-!.*_+\'@word`~)(><:\\/"][?}{');
    expect(message.headers.get("extensionHeader-!.%*+_`'~")).toBe('\ufeff大停電');
    const uri = sipUri((message as SipRequest).requestUri);
    expect(uri.user).toBe("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
    expect(uri.password).toBe("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
    expect(uri.host).toBe('example.com');
  }),
  esc01: reads({ method: 'INVITE' }, (message) => {
    expect(sipUri((message as SipRequest).requestUri)).toMatchObject({
      user: 'sips:user@example.com',
      host: 'example.net',
    });
    expect(sipUri(message.to.uri).user).toBe('user');
    expect(sipUri(message.from.uri).user).toBe('I have spaces');
    const contact = sipUri(message.contact?.uri);
    expect(contact.user).toBe('caller');
    expect(Object.fromEntries(contact.parameters)).toEqual({ lr: true, name: 'value%41' });
  }),
  escnull: reads({ method: 'REGISTER' }, (message) => {
    expect(sipUri(message.to.uri).user).toBe('null-\u0000-null');
    expect(message.contacts.map(({ uri }) => sipUri(uri).user)).toEqual(['\u0000', '\u0000\u0000']);
  }),
  // Escapes mean something in URIs only: method, display name and header name are other words than they seem.
  esc02: reads({ method: 'RE%47IST%45R' }, (message) => {
    expect(message.to.displayName).toBe('%Z%45');
    expect(message.contacts).toHaveLength(2);
    expect(message.headers.get('C%6Fntact')).toBe('<sip:alias2@host2.example.com>');
  }),
  lwsdisp: reads({ method: 'OPTIONS' }, (message) => {
    expect(message.from).toMatchObject({ displayName: 'caller', tag: '323' });
  }),
  longreq: reads({ method: 'INVITE' }, (message) => {
    expect(message.to.displayName).toBe(`I have a user name of ${'extreme'.repeat(10)} proportion`);
    expect(message.from.tag).toBe(`12${'982'.repeat(50)}424`);
    expect(message.callId).toBe(`longreq.one${'really'.repeat(20)}longcallid`);
    expect(message.vias).toHaveLength(34);
    expect(message.vias.at(-1)).toMatchObject({
      branch: `very${'long'.repeat(50)}branchvalue`,
      received: '192.0.2.5',
    });
    expect(message.body).toHaveLength(150);
  }),
  // The second message in the datagram is surplus (RFC 3261 section 18.3).
  dblreq: reads({ method: 'REGISTER', text: '' }),
  semiuri: reads({ method: 'OPTIONS' }, (message) => {
    expect(sipUri((message as SipRequest).requestUri)).toMatchObject({
      user: 'user;par=u@example.net',
      host: 'example.com',
    });
    expect(message.headers.getAll('Accept')).toHaveLength(6);
  }),
  transports: reads({ method: 'OPTIONS' }, (message) => {
    expect(message.vias.map(({ transport }) => transport)).toEqual(['UDP', 'SCTP', 'TLS', 'UNKNOWN', 'TCP']);
  }),
  mpart01: reads({ method: 'MESSAGE', contentType: 'multipart/mixed' }, (message) => {
    expect(message.body).toHaveLength(553);
    expect(message.text.endsWith('\r\n--7a9cbec02ceef655--\r\n')).toBe(true);
    expect(message.routes).toHaveLength(1);
  }),
  unreason: reads({ status: 200, reason: '= 2**3 * 5**2 но сто девяносто девять - простое' }),
  noreason: reads({ status: 100, reason: '' }),
  // 3.1.2 Invalid messages
  badinv01: { fails: 'header-value', header: 'Via', answer: 400 },
  clerr: { fails: 'content-length', answer: 400 },
  ncl: { fails: 'content-length', answer: 400 },
  scalar02: { fails: 'header-value', header: 'Max-Forwards', answer: 400 },
  scalarlg: { fails: 'header-value', header: 'CSeq', answer: 'none' },
  quotbal: { fails: 'header-value', header: 'To', answer: 400 },
  ltgtruri: { fails: 'start-line', answer: 400 },
  lwsruri: { fails: 'start-line', answer: 400 },
  lwsstart: { fails: 'start-line', answer: 400 },
  trws: { fails: 'start-line', answer: 400 },
  escruri: { fails: 'uri', header: 'Request-URI', answer: 400 },
  // Nothing here acts on Date, so that its time zone does no harm.
  baddate: reads({ method: 'INVITE' }),
  // The registrar's 400: a Contact is read when someone asks for it.
  regbadct: reads({ method: 'REGISTER' }, (message) => {
    expect(() => message.contacts).toThrow(/^Contact: /);
  }),
  badaspec: { fails: 'uri', header: 'To', answer: 400 },
  baddn: { fails: 'header-value', header: 'From', answer: 400 },
  badvers: { fails: 'version', answer: 505 },
  mismatch01: { fails: 'method-mismatch', header: 'CSeq', answer: 400 },
  mismatch02: { fails: 'method-mismatch', header: 'CSeq', answer: 400 },
  bigcode: { fails: 'status-code', answer: 'none' },
  // 3.2 Transaction layer: the magic cookie alone is no branch; matching must fall back to RFC 2543.
  badbranch: reads({ method: 'OPTIONS' }, (message) => {
    expect(message.via.branch).toBe('z9hG4bK');
  }),
  // 3.3 Application layer
  insuf: { fails: 'missing-header', header: 'From', answer: 'none' },
  unkscm: reads({ requestUri: { kind: 'other', scheme: 'nobodyknowsthisscheme' } }),
  novelsc: reads({ requestUri: { kind: 'other', scheme: 'soap.beep' } }),
  unksm2: reads({
    to: { uri: { kind: 'other', scheme: 'isbn' } },
    from: { uri: { kind: 'other', scheme: 'http' } },
  }),
  bext01: reads({ method: 'OPTIONS' }, ({ headers }) => {
    expect([...optionTags(headers, 'Require')]).toEqual(['nothingsupportsthis', 'nothingsupportsthiseither']);
    expect(optionTags(headers, 'Proxy-Require').size).toBe(2);
  }),
  invut: reads({ contentType: 'application/unknownformat' }),
  regaut01: reads({ method: 'REGISTER' }),
  multi01: { fails: 'repeated-header', header: 'CSeq', answer: 400 },
  mcl01: { fails: 'repeated-header', header: 'Content-Length', answer: 400 },
  // The user agent drops it: a response with a second Via is not for us (RFC 3261 section 8.1.3.3).
  bcast: reads({ status: 200, vias: { length: 2 } }),
  zeromf: reads({ maxForwards: 0 }),
  cparam01: reads({ method: 'REGISTER' }, (message) => {
    expect(message.contact?.parameters.get('unknownparam')).toBe(true);
    expect(sipUri(message.contact?.uri).parameters.size).toBe(0);
  }),
  cparam02: reads({ method: 'REGISTER' }, (message) => {
    expect(message.contact?.parameters.size).toBe(0);
    expect(sipUri(message.contact?.uri).parameters.get('unknownparam')).toBe(true);
  }),
  regescrt: reads({ method: 'REGISTER' }, (message) => {
    expect(sipUri(message.contact?.uri).headers.get('route')).toBe('<sip:sip.example.com>');
  }),
  sdp01: reads({ method: 'INVITE' }, (message) => {
    expect(message.headers.getAll('Accept')).toEqual(['text/nobodyKnowsThis']);
  }),
  // 3.4 Backward compatibility: no branch, no tag, no Contact, no Max-Forwards, no Content-Length.
  inv2543: reads({ method: 'INVITE', maxForwards: undefined, contact: undefined }, (message) => {
    expect([message.via.branch, message.from.tag]).toEqual([undefined, undefined]);
    expect(message.body).toHaveLength(105);
  }),
  // In the archive alone: a request line without version, and no Via to send an answer to.
  test: { fails: 'start-line', answer: 'none' },
};

const rfc5118: Readonly<Record<string, Outcome>> = {
  'ipv6-good': reads({ requestUri: { host: '2001:db8::10' }, via: { host: '2001:db8::9:1' } }),
  'ipv6-bad': { fails: 'uri', header: 'Request-URI', answer: 400 },
  'ipv6-in-sdp': reads({ method: 'INVITE' }, (message) => {
    const { connection, media } = parseSessionDescription(message.text);
    expect(connection).toMatchObject({ host: '2001:db8::20' });
    expect(media.map(({ port }) => port)).toEqual([6_000, 6_024]);
  }),
  'mult-ip-in-sdp': reads({ method: 'INVITE' }, (message) => {
    const { media } = parseSessionDescription(message.text);
    expect(media.map(({ connection }) => connection)).toMatchObject([
      { host: '192.0.2.1' },
      { host: '2001:db8::1' },
    ]);
  }),
  // Legal, though surely not what was meant.
  'port-ambiguous': reads({ requestUri: { host: '2001:db8::10:5070', port: undefined } }),
  'port-unambiguous': reads({ requestUri: { host: '2001:db8::10', port: 5070 } }),
  'via-received-param-with-delim': reads({ via: { received: '2001:db8::9:255' } }),
  'via-received-param-no-delim': reads({ via: { received: '2001:db8::9:255' } }),
  'mult-ip-in-header': reads({ method: 'BYE' }, (message) => {
    expect(message.vias.map(({ sentBy }) => sentBy)).toEqual([
      '[2001:db8::9:1]:6050',
      '192.0.2.1',
      '[2001:db8::9:255]',
    ]);
    expect(message.vias.at(-1)?.received).toBe('192.0.2.200');
  }),
  'ipv4-mapped-ipv6': reads({ via: { host: '::ffff:192.0.2.10', port: 19_823 } }),
  // The grammar of RFC 3261 allowed three colons; be liberal in what is accepted.
  'ipv6-bug-abnf-3-colons': reads({ requestUri: { host: '2001:db8:::192.0.2.1' } }),
  'ipv6-correct-abnf-2-colons': reads({ requestUri: { host: '2001:db8::192.0.2.1' } }),
};

function parse(bytes: Uint8Array): SipMessage | SipParseError {
  try {
    return parseMessage(bytes);
  } catch (error) {
    if (error instanceof SipParseError) return error;
    throw error;
  }
}

function checkFailure(
  result: SipMessage | SipParseError,
  outcome: Extract<Outcome, { fails: ParseFailure }>,
): void {
  if (!(result instanceof SipParseError)) throw new Error('was read');
  expect(result.reason).toBe(outcome.fails);
  if (outcome.header !== undefined) expect(result.header).toBe(outcome.header);
  const { partial } = result;
  expect(partial === undefined ? 'none' : result.status).toBe(outcome.answer);
  if (partial === undefined) return;
  // The answer copies what the request said, readable or not, and is itself framed and answerable.
  const answer = serializeMessage(responseTo(partial, result.status, { toTag: 'torture' })).toString();
  for (const name of ['Via', 'From', 'To', 'Call-ID', 'CSeq']) {
    for (const value of partial.headers.getAll(name)) expect(answer).toContain(value);
  }
}

const tables: Readonly<Record<Folder, Readonly<Record<string, Outcome>>>> = { rfc4475, rfc5118 };

describe.each(['rfc4475', 'rfc5118'] as const)('%s', (folder) => {
  const table = tables[folder];

  it('has every file in the tables and every line of the tables in a file', () => {
    expect(namesIn(folder)).toEqual(Object.keys(table).sort());
    expect(namesIn(folder)).toEqual(Object.keys(verdicts[folder]).sort());
  });

  it('is read and refused as the RFC says', () => {
    for (const [name, outcome] of Object.entries(table)) {
      const verdict = verdicts[folder][name]!;
      if (verdict.parser !== 'either')
        expect([name, 'reads' in outcome]).toEqual([name, verdict.parser === 'reads']);
      // Of what is refused here nothing else is answered. A version that is unknown is the one refusal that is not 400.
      if ('fails' in outcome) expect([name, allows(verdict, outcome.answer)]).toEqual([name, true]);
    }
  });

  it.each(Object.entries(table))('%s', (name, outcome) => {
    const result = parse(onTheWire(folder, name));
    if ('fails' in outcome) return checkFailure(result, outcome);
    if (result instanceof SipParseError) throw result;
    outcome.reads(result);
    const again = parseMessage(serializeMessage(result));
    const entries = [...again.headers.entries()].filter(([header]) => header !== 'Content-Length');
    expect(entries).toEqual([...result.headers.entries()].filter(([header]) => header !== 'Content-Length'));
    outcome.reads(again);
  });
});

describe('as archived', () => {
  it('baddn lacks the empty line too, and is refused for that', () => {
    checkFailure(parse(archived('rfc4475', 'baddn')), { fails: 'header-end', answer: 400 });
  });

  it.each(namesIn('rfc5118'))('%s has no lines that end as lines of SIP do, and is refused', (name) => {
    expect(parse(archived('rfc5118', name))).toMatchObject({ reason: 'header-end' });
  });
});

describe('on a stream', () => {
  it('dblreq is two messages with a line break between them, and what is left of a body longer than told', () => {
    const framed = new StreamFramer().push(archived('rfc4475', 'dblreq'));
    expect(framed.slice(0, 2).map((item) => (item as SipRequest).method)).toEqual(['REGISTER', 'INVITE']);
    expect(framed.slice(2).every((item) => item instanceof SipParseError)).toBe(true);
  });

  it.each(['ncl', 'inv2543', 'mcl01'])('%s cannot be framed', (name) => {
    const framer = new StreamFramer();
    expect(framer.push(archived('rfc4475', name))).toMatchObject([{ reason: 'content-length' }]);
    expect(framer.isPoisoned).toBe(true);
  });

  it('clerr waits for the bytes it promises', () => {
    const framer = new StreamFramer();
    const bytes = archived('rfc4475', 'clerr');
    expect(framer.push(bytes)).toEqual([]);
    expect(framer.pendingBytes).toBe(bytes.length);
  });
});
