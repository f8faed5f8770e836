import { describe, expect, it } from 'vitest';
import { Headers } from './headers.ts';

const sample = () =>
  new Headers([
    ['v', 'SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b'],
    ['VIA', 'SIP/2.0/UDP c'],
    ['To', '<sip:x@y>'],
    ['X-Custom', 'a, b'],
    ['x-custom', 'c'],
  ]);

describe('headers', () => {
  it('are found by full name, compact form and any letter case', () => {
    const headers = sample();
    expect(headers.get('Via')).toBe('SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b');
    expect(headers.get('t')).toBe('<sip:x@y>');
    expect(headers.has('T')).toBe(true);
    expect(headers.get('From')).toBeUndefined();
  });

  it('are lists only where the header is one', () => {
    const headers = sample();
    expect(headers.getAll('via')).toEqual([
      'SIP/2.0/UDP a;branch=z9hG4bK1',
      'SIP/2.0/UDP b',
      'SIP/2.0/UDP c',
    ]);
    expect(headers.first('Via')).toBe('SIP/2.0/UDP a;branch=z9hG4bK1');
    expect(headers.getAll('X-CUSTOM')).toEqual(['a, b', 'c']);
    expect(headers.first('X-Custom')).toBe('a, b');
    expect(headers.getAll('Supported')).toEqual([]);
  });

  it('that are empty lists have no elements but exist', () => {
    const headers = new Headers([['Supported', '']]);
    expect(headers.has('k')).toBe(true);
    expect(headers.first('Supported')).toBeUndefined();
    expect(headers.getAll('Supported')).toEqual([]);
  });

  it('are set in place of all lines, appended at the end, prepended before their kind', () => {
    const headers = sample();
    headers.set('Via', 'SIP/2.0/UDP z');
    headers.set('From', '<sip:f@g>');
    headers.prepend('x-custom', '0');
    headers.append('Via', 'SIP/2.0/UDP last');
    expect([...headers.entries()]).toEqual([
      ['Via', 'SIP/2.0/UDP z'],
      ['To', '<sip:x@y>'],
      ['x-custom', '0'],
      ['X-Custom', 'a, b'],
      ['x-custom', 'c'],
      ['From', '<sip:f@g>'],
      ['Via', 'SIP/2.0/UDP last'],
    ]);
    headers.prepend('Route', '<sip:p;lr>');
    expect([...headers.entries()][0]).toEqual(['Route', '<sip:p;lr>']);
  });

  it('replace only the first element of a list', () => {
    const headers = sample();
    headers.replaceFirst('Via', 'SIP/2.0/UDP a;received=192.0.2.1');
    expect(headers.linesOf('Via')).toEqual([
      ['v', 'SIP/2.0/UDP a;received=192.0.2.1, SIP/2.0/UDP b'],
      ['VIA', 'SIP/2.0/UDP c'],
    ]);
    headers.replaceFirst('To', '<sip:new@y>');
    headers.replaceFirst('Route', '<sip:none>');
    expect(headers.get('To')).toBe('<sip:new@y>');
    expect(headers.has('Route')).toBe(false);
  });

  it('are deleted under any name, and copied without being tied together', () => {
    const headers = sample();
    const copy = headers.copy();
    headers.delete('Via');
    expect(headers.has('v')).toBe(false);
    expect(copy.getAll('v')).toHaveLength(3);
  });

  it('refuse what would let a value write headers of its own', () => {
    const headers = new Headers();
    for (const value of ['a\r\nInjected: 1', 'a\nb', 'a\rb'])
      expect(() => headers.append('Subject', value)).toThrow(RangeError);
    for (const name of ['', 'a b', 'a:b', 'a\r\n']) expect(() => headers.set(name, 'x')).toThrow(RangeError);
    expect(headers.toString()).toBe('');
  });

  it('do not mistake names of Object.prototype for headers', () => {
    expect(new Headers().get('constructor')).toBeUndefined();
    expect(new Headers([['__proto__', 'x']]).get('__PROTO__')).toBe('x');
  });
});
