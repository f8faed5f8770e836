import { describe, expect, it } from 'vitest';
import {
  allowedMethods,
  formatRAck,
  formatSessionExpires,
  optionTags,
  readContentDisposition,
  readExpires,
  readMinSe,
  readRAck,
  readRetryAfter,
  readRSeq,
  readSessionExpires,
} from './header-values.ts';
import { Headers } from './headers.ts';
import { SipParseError } from './sip-parse-error.ts';

const one = (name: string, value: string) => new Headers([[name, value]]);
const none = new Headers();

describe('option tags and methods', () => {
  it('are collected over lines; tags without regard to case, methods with it', () => {
    const headers = new Headers([
      ['k', 'Timer, 100rel,'],
      ['Supported', ''],
      ['Supported', 'replaces'],
      ['Allow', 'INVITE, invite'],
    ]);
    expect([...optionTags(headers, 'Supported')]).toEqual(['timer', '100rel', 'replaces']);
    expect([...optionTags(headers, 'Require')]).toEqual([]);
    expect([...(allowedMethods(headers) ?? [])]).toEqual(['INVITE', 'invite']);
  });

  it('tell an absent Allow from an empty one', () => {
    expect(allowedMethods(none)).toBeUndefined();
    expect(allowedMethods(one('Allow', ''))?.size).toBe(0);
  });

  it('are refused when they are no tokens', () => {
    expect(() => optionTags(one('Require', 'a b'), 'Require')).toThrow(
      new SipParseError('header-value', 'not a list of tokens', { header: 'Require' }),
    );
  });
});

describe('session timers', () => {
  it('are read and written', () => {
    expect(readSessionExpires(one('x', '1800 ; refresher = UAC;foo'))).toEqual({
      seconds: 1800,
      refresher: 'uac',
    });
    expect(readSessionExpires(one('Session-Expires', '90'))).toEqual({ seconds: 90 });
    expect(readMinSe(one('Min-SE', '120;x=y'))).toBe(120);
    expect(readSessionExpires(none)).toBeUndefined();
    expect(readMinSe(none)).toBeUndefined();
    for (const text of ['1800;refresher=uas', '90']) {
      expect(formatSessionExpires(readSessionExpires(one('x', text)) ?? { seconds: 0 })).toBe(text);
    }
  });

  it.each(['', 'x', '-1', '1.5', '1800;refresher=me', '1800;refresher', '1800;;', '90 s'])(
    'are refused as %j',
    (text) => {
      expect(() => readSessionExpires(one('Session-Expires', text))).toThrow(SipParseError);
    },
  );
});

describe('reliable provisional numbers', () => {
  it('are read and written', () => {
    expect(readRSeq(one('RSeq', '988789'))).toBe(988_789);
    expect(readRAck(one('RAck', '776656 1 INVITE'))).toEqual({
      rseq: 776_656,
      sequence: 1,
      method: 'INVITE',
    });
    expect(formatRAck({ rseq: 776_656, sequence: 1, method: 'INVITE' })).toBe('776656 1 INVITE');
    expect(readRSeq(none)).toBeUndefined();
    expect(readRAck(none)).toBeUndefined();
  });

  it.each([
    '',
    '1',
    '1 2',
    '0 1 INVITE',
    '1 2147483648 INVITE',
    '4294967296 1 INVITE',
    '1 1 IN VITE',
    '1 1 <',
  ])('are refused as RAck %j', (text) => {
    expect(() => readRAck(one('RAck', text))).toThrow(SipParseError);
  });

  it.each(['', '0', '-1', '4294967296', '1 2'])('are refused as RSeq %j', (text) => {
    expect(() => readRSeq(one('RSeq', text))).toThrow(SipParseError);
  });
});

describe('times', () => {
  it('are read in seconds and capped', () => {
    expect(readRetryAfter(one('Retry-After', '18000;duration=3600'))).toBe(18_000);
    expect(readRetryAfter(one('Retry-After', '120 (I am in a meeting)'))).toBe(120);
    expect(readRetryAfter(one('Retry-After', '949302838503028349304023988'))).toBe(2 ** 32 - 1);
    expect(readExpires(one('Expires', `1${'0'.repeat(100)}`))).toBe(2 ** 32 - 1);
    expect(readExpires(none)).toBeUndefined();
  });

  it('that only advise are nothing when unreadable; others are refused', () => {
    for (const text of ['', 'soon', '-5', '5x'])
      expect(readRetryAfter(one('Retry-After', text))).toBeUndefined();
    expect(() => readExpires(one('Expires', 'Thu, 01 Dec 1994 16:00:00 GMT'))).toThrow(SipParseError);
  });
});

describe('Content-Disposition', () => {
  it('says how a body is to be used', () => {
    expect(readContentDisposition(one('Content-Disposition', 'Session;handling=Optional'))).toEqual({
      type: 'session',
      handling: 'optional',
    });
    expect(readContentDisposition(one('Content-Disposition', 'render'))).toEqual({
      type: 'render',
      handling: 'required',
    });
    expect(readContentDisposition(none)).toBeUndefined();
    expect(() => readContentDisposition(one('Content-Disposition', ';x'))).toThrow(SipParseError);
  });
});
