import { describe, expect, it } from 'vitest';
import { SipParseError } from './sip-parse-error.ts';
import { TelUri } from './tel-uri.ts';
import { sameUri } from './uri-comparison.ts';
import { parseUri, SipUri } from './uri.ts';

describe('a SIP URI', () => {
  it('is taken apart', () => {
    const uri = SipUri.parse(
      'sips:alice:secret@Example.com:5061;transport=TCP;lr?Subject=a%20b&Priority=urgent',
    );
    expect(uri).toMatchObject({
      scheme: 'sips',
      user: 'alice',
      password: 'secret',
      host: 'Example.com',
      port: 5061,
    });
    expect([...uri.parameters]).toEqual([
      ['transport', 'TCP'],
      ['lr', true],
    ]);
    expect([...uri.headers]).toEqual([
      ['subject', 'a b'],
      ['priority', 'urgent'],
    ]);
  });

  it('is written as it was read', () => {
    for (const text of [
      'SIP:example.com',
      'sip:+86-138@[2001:DB8::1]:5060;Transport=udp',
      'sip:%61lice@example.com;%6C%72;n%61me=v%61lue%25',
      'sip:*67#123@example.com',
    ]) {
      expect(SipUri.parse(text).toString()).toBe(text);
    }
  });

  it('holds IPv6 without brackets and writes it with them', () => {
    const uri = SipUri.parse('sip:a@[2001:db8::1]');
    expect(uri).toMatchObject({ host: '2001:db8::1', port: undefined });
    expect(new SipUri({ host: '2001:db8::1', port: 5060 }).toString()).toBe('sip:[2001:db8::1]:5060');
  });

  it('unescapes the user and names of parameters, and escapes what it writes', () => {
    const uri = SipUri.parse('sip:sips%3Auser%40example.com@example.net;%6Cr;x=%41%3b');
    expect(uri.user).toBe('sips:user@example.com');
    expect([...uri.parameters]).toEqual([
      ['lr', true],
      ['x', 'A;'],
    ]);
    expect(uri.with({ port: 5080 }).toString()).toBe(
      'sip:sips%3Auser%40example.com@example.net:5080;lr;x=A%3B',
    );
    expect(new SipUri({ user: '100% "号"', host: 'h' }).toString()).toBe('sip:100%25%20%22%E5%8F%B7%22@h');
    expect(SipUri.parse('sip:null-%00-null@h').user).toBe('null-\u0000-null');
  });

  it('may have ; ? and / in the user part', () => {
    const uri = SipUri.parse('sip:user;par=u%40example.net?/a@example.com;lr');
    expect(uri).toMatchObject({ user: 'user;par=u@example.net?/a', host: 'example.com' });
    expect(uri.parameters.get('lr')).toBe(true);
  });

  it('is changed by copying', () => {
    const uri = SipUri.parse('sip:a:b@h:1;lr?x=y');
    expect(uri.with({ password: undefined, port: undefined, headers: new Map() }).toString()).toBe(
      'sip:a@h;lr',
    );
    expect(uri.toString()).toBe('sip:a:b@h:1;lr?x=y');
  });

  it.each([
    'sip:',
    'sip:@h',
    'sip:a@',
    'sip:a b@h',
    'sip:a@h b',
    'sip:a@h:',
    'sip:a@h:0',
    'sip:a@h:65536',
    'sip:a@h:5060x',
    'sip:a@h@i',
    'sip:a@h;',
    'sip:a@h;;lr',
    'sip:a@h;=x',
    'sip:a@h;x=',
    'sip:a@h;lr;LR',
    'sip:a@h; lr',
    'sip:a@h?',
    'sip:a@h?x',
    'sip:a@h?=x',
    'sip:a@[2001:db8::1',
    'sip:a@2001:db8::1',
    'sip:a@[example.com]',
    'sip:a@-h',
    'sip:%4@h',
    'sip:%zz@h',
    'sip:"a"@h',
    'sip:<a>@h',
    'sip:é@h',
    'http:a@h',
    'sip',
    '',
  ])('is refused as %j', (text) => {
    expect(() => SipUri.parse(text)).toThrow(SipParseError);
  });
});

describe('a tel URI', () => {
  it('keeps the number without separators and the text as read', () => {
    const uri = parseUri('tel:+1-(201)-555.0123;ext=12;Phone-Context=+1');
    expect(uri).toBeInstanceOf(TelUri);
    expect(uri).toMatchObject({ kind: 'tel', number: '+12015550123' });
    expect(uri.toString()).toBe('tel:+1-(201)-555.0123;ext=12;Phone-Context=+1');
    expect(new TelUri('110', new Map([['phone-context', '+86']])).toString()).toBe(
      'tel:110;phone-context=+86',
    );
    expect(TelUri.parse('tel:*21#').number).toBe('*21#');
  });

  it.each(['tel:', 'tel:+', 'tel:alice', 'tel:1 2', 'tel:1;', 'tel:1;x=', 'tel:1;x=1;X=2', 'sip:1'])(
    'is refused as %j',
    (text) => {
      expect(() => TelUri.parse(text)).toThrow(SipParseError);
    },
  );
});

describe('another URI', () => {
  it('is kept as text', () => {
    expect(parseUri('URN:service:sos')).toMatchObject({ kind: 'other', scheme: 'urn' });
    expect(parseUri('soap.beep://192.0.2.103:3002').toString()).toBe('soap.beep://192.0.2.103:3002');
  });

  it.each(['', ':', ':x', 'urn:', 'a b:c', 'http://a b', 'x:<y>', 'no-colon'])('is refused as %j', (text) => {
    expect(() => parseUri(text)).toThrow(SipParseError);
  });
});

describe('two URIs', () => {
  const same = (a: string, b: string) => {
    const result = sameUri(parseUri(a), parseUri(b));
    expect(sameUri(parseUri(b), parseUri(a))).toBe(result);
    return result;
  };

  // The examples of RFC 3261 section 19.1.4, then our own.
  it.each([
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtlanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;security=on'],
    ['sip:carol@chicago.com;newparam=5', 'sip:carol@chicago.com;security=on'],
    [
      'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
      'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
    ],
    [
      'sip:alice@atlanta.com?subject=project%20x&priority=urgent',
      'sip:alice@atlanta.com?priority=urgent&subject=project%20x',
    ],
    ['tel:+1-201-555-0123;ext=5;a=b', 'TEL:+12015550123;A=B;ext=5'],
    ['urn:service:sos', 'urn:service:sos'],
  ])('are the same: %s and %s', (a, b) => {
    expect(same(a, b)).toBe(true);
  });

  it.each([
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off'],
    ['sip:bob@biloxi.com', 'sips:bob@biloxi.com'],
    ['sip:bob@biloxi.com', 'sip:bob:secret@biloxi.com'],
    ['sip:bob@biloxi.com;lr', 'sip:bob@biloxi.com;lr=on'],
    ['tel:+12015550123', 'tel:2015550123'],
    ['tel:+12015550123', 'tel:+12015550123;ext=5'],
    ['tel:1;a=b', 'tel:1;c=d'],
    ['tel:1', 'sip:1@example.com'],
  ])('differ: %s and %s', (a, b) => {
    expect(same(a, b)).toBe(false);
  });
});
