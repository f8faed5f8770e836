import { describe, expect, it } from 'vitest';
import {
  endOfQuotedString,
  formatParameters,
  isToken,
  parseInteger,
  parseParameters,
  quote,
  splitList,
  trimmed,
  unquote,
} from './grammar.ts';
import { SipParseError } from './sip-parse-error.ts';

describe('a token', () => {
  it('has one or more of the characters of RFC 3261 section 25.1', () => {
    expect(isToken("Az09-.!%*_+`'~")).toBe(true);
    for (const text of ['', 'a b', 'a/b', 'a@b', 'a"b', 'a=b', 'é', 'a\u0000'])
      expect(isToken(text), text).toBe(false);
  });
});

describe('a quoted string', () => {
  it('says what stood before quoting, control characters and UTF-8 included', () => {
    for (const text of [
      '',
      'plain',
      'a "b" \\ c',
      'BEL:\u0007 NUL:\u0000 DEL:\u007f',
      'tab\there',
      '大停電',
      '\\"',
    ]) {
      expect(unquote(quote(text))).toBe(text);
      expect(endOfQuotedString(quote(text), 0)).toBe(quote(text).length);
    }
  });

  it('cannot hold line breaks, which would end the header', () => {
    expect(quote('a\r\nInjected: yes')).toBe('"a Injected: yes"');
  });

  it('that is never closed has no end', () => {
    for (const text of ['"', '"abc', '"abc\\"', '"abc\\']) expect(endOfQuotedString(text, 0)).toBe(-1);
  });
});

describe('a comma list', () => {
  it('is split outside quotes and angle brackets', () => {
    const first = '"a, \\", b" <sip:a,b@example.com;x="1">;q=0.5';
    expect(splitList(`${first} ,\t<sip:c@d>, e`)).toEqual([first, '<sip:c@d>', 'e']);
  });

  it('keeps empty elements for the element to refuse, but an empty value has none', () => {
    expect(splitList('a,,b,')).toEqual(['a', '', 'b', '']);
    expect(splitList(' \t')).toEqual([]);
  });

  it('gives the rest to a delimiter that is never closed', () => {
    expect(splitList('a, "b, c')).toEqual(['a', '"b, c']);
    expect(splitList('a, <b, c')).toEqual(['a', '<b, c']);
  });
});

describe('parameters', () => {
  const parse = (text: string) => Object.fromEntries(parseParameters(text, 0));

  it('may have white space around their delimiters, no value, quotes, hosts and any letter case in the name', () => {
    expect(parse(' ; Tag\t= a1 ;lr; text = "x;y,\\"z" ;maddr=[2001:db8::1];q=0.5')).toEqual({
      tag: 'a1',
      lr: true,
      text: 'x;y,"z',
      maddr: '[2001:db8::1]',
      q: '0.5',
    });
    expect(parse('  ')).toEqual({});
  });

  it.each([
    'x',
    ';',
    ';;',
    ';a;',
    ';a=',
    ';a= ;b',
    ';=b',
    ';a=b c',
    ';a="b',
    ';a="b"c',
    ';a=1;A=2',
    ';a,b',
    ';a=<b>',
  ])('are refused in %j', (text) => {
    expect(() => parse(text)).toThrow(SipParseError);
  });

  it('are written as they are read', () => {
    const text = ';tag=a1;lr;text="x;y \\"z";maddr=[2001:db8::1];empty=""';
    expect(formatParameters(parseParameters(text, 0))).toBe(text);
  });
});

describe('small readers', () => {
  it('trim SP and HTAB only', () => {
    expect(trimmed(' \t a b\t ')).toBe('a b');
    expect(trimmed('  ')).toBe('');
    expect(trimmed('\u00a0a\u00a0')).toBe('\u00a0a\u00a0');
  });

  it('read integers within a range', () => {
    expect(parseInteger('0068', 255)).toBe(68);
    expect(parseInteger('256', 255)).toBeUndefined();
    for (const text of ['', '-1', '+1', '1.0', '1e3', ' 1', '٣'])
      expect(parseInteger(text, 255)).toBeUndefined();
    expect(parseInteger('9'.repeat(5_000), 2 ** 31 - 1)).toBeUndefined();
  });
});
