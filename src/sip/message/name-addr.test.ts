import { describe, expect, it } from 'vitest';
import { NameAddr } from './name-addr.ts';
import { SipParseError } from './sip-parse-error.ts';
import { SipUri } from './uri.ts';

const read = (text: string) => {
  const { displayName, uri, parameters } = NameAddr.parse(text);
  return [displayName, uri.toString(), Object.fromEntries(parameters)];
};

describe('an address', () => {
  it.each([
    ['sip:a@b', [undefined, 'sip:a@b', {}]],
    ['sip:a@b;tag=1', [undefined, 'sip:a@b', { tag: '1' }]],
    [' sip:a@b ; tag = 1 ', [undefined, 'sip:a@b', { tag: '1' }]],
    ['<sip:a@b;lr>;tag=1', [undefined, 'sip:a@b;lr', { tag: '1' }]],
    ['<sip:a@b?x=y>', [undefined, 'sip:a@b?x=y', {}]],
    ['<sip:a,b@c>;q=0.5', [undefined, 'sip:a,b@c', { q: '0.5' }]],
    ['Alice B. Smith <sip:a@b>', ['Alice B. Smith', 'sip:a@b', {}]],
    ['caller<sip:a@b>', ['caller', 'sip:a@b', {}]],
    ['王小明 <tel:+8613800000001>', ['王小明', 'tel:+8613800000001', {}]],
    ['"A, \\"B\\" <C>" <sip:a@b>;tag=1', ['A, "B" <C>', 'sip:a@b', { tag: '1' }]],
    ['""<sip:a@b>', ['', 'sip:a@b', {}]],
    ['sip:a@b;p="<x>"', [undefined, 'sip:a@b', { p: '<x>' }]],
    ['<sip:[2001:db8::1]:5060>', [undefined, 'sip:[2001:db8::1]:5060', {}]],
    ['<sip:a@b>;+sip.instance="<urn:uuid:1>"', [undefined, 'sip:a@b', { '+sip.instance': '<urn:uuid:1>' }]],
  ])('is read from %s', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it.each([
    '',
    '<>',
    '<sip:a@b',
    'sip:a@b?x=y',
    'sip:a,c@b',
    '"A <sip:a@b>',
    '"A" sip:a@b',
    '"A"',
    'A, B <sip:a@b>',
    'A "B" <sip:a@b>',
    'A \\"B <sip:a@b>',
    '< sip:a@b >',
    '<sip:a@b>x',
    '<sip:a@b>;',
    '<sip:a@b>;tag=1;tag=2',
    '<sip:a@b> ;;',
    '*',
  ])('is refused in %j', (text) => {
    expect(() => NameAddr.parse(text)).toThrow(SipParseError);
  });

  it('is written with brackets, so that parameters stay where they were', () => {
    expect(NameAddr.parse('sip:a@b;tag=1').toString()).toBe('<sip:a@b>;tag=1');
    expect(NameAddr.parse('A <sip:a@b;lr>;tag=1').toString()).toBe('"A" <sip:a@b;lr>;tag=1');
    const written = new NameAddr(new SipUri({ user: 'x', host: 'h' }), 'N"').withTag('t').toString();
    expect(written).toBe('"N\\"" <sip:x@h>;tag=t');
  });

  it('has a tag when it has one with a value', () => {
    expect(NameAddr.parse('<sip:a@b>;TAG=X1').tag).toBe('X1');
    expect(NameAddr.parse('<sip:a@b;tag=uri>').tag).toBeUndefined();
    expect(NameAddr.parse('<sip:a@b>;tag').tag).toBeUndefined();
  });

  it('is changed by copying', () => {
    const address = NameAddr.parse('<sip:a@b>;tag=1;x');
    expect(address.withParameter('x', undefined).withParameter('q', '0.1').toString()).toBe(
      '<sip:a@b>;tag=1;q=0.1',
    );
    expect(address.toString()).toBe('<sip:a@b>;tag=1;x');
  });
});
