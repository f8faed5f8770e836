import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressSet, clientBehind, type ProxyHeader } from './proxies.ts';

const proxies = new AddressSet(['10.0.0.0/8', '192.0.2.1', '2001:db8:1::/48']);

const behind = (header: ProxyHeader, text: string, more: Record<string, string> = {}) =>
  clientBehind('::ffff:10.0.0.1', { [header]: text, ...more }, header, proxies);

describe('the client behind trusted proxies', () => {
  it.each([
    ['198.51.100.7', '198.51.100.7'],
    ['203.0.113.9, 198.51.100.7', '198.51.100.7'],
    ['203.0.113.9, 198.51.100.7, 192.0.2.1, 10.2.3.4', '198.51.100.7'],
    ['198.51.100.7:4711', '198.51.100.7'],
    ['[2001:db8::7]:4711', '2001:db8::7'],
    ['2001:db8::7, 2001:db8:1::2', '2001:db8::7'],
    ['::ffff:198.51.100.7', '198.51.100.7'],
    // All of them are ours: whoever is furthest.
    ['10.0.0.3, 10.0.0.2', '10.0.0.3'],
    // No address: the last that is known.
    ['198.51.100.7, unknown, 10.0.0.2', '10.0.0.2'],
    ['<script>, 10.0.0.2', '10.0.0.2'],
    ['', '10.0.0.1'],
  ])('of X-Forwarded-For: %s is %s', (text, address) => {
    expect(behind('x-forwarded-for', text).address).toBe(address);
  });

  it.each([
    ['for=198.51.100.7', '198.51.100.7', undefined],
    ['for=203.0.113.9;proto=http, for=198.51.100.7;proto=https;by=10.0.0.1', '198.51.100.7', 'https'],
    ['For="[2001:db8::7]:4711";Proto=HTTPS', '2001:db8::7', undefined],
    ['for="198.51.100.7:80";host="a,b;c";proto=https', '198.51.100.7', 'https'],
    ['for=198.51.100.7;proto=https, for=10.0.0.2;proto=http', '198.51.100.7', 'https'],
    ['for=198.51.100.7, for=_hidden, for=10.0.0.2', '10.0.0.2', undefined],
    ['for=198.51.100.7, garbage', '10.0.0.1', undefined],
    ['for="198.51.100.7', '10.0.0.1', undefined],
    ['', '10.0.0.1', undefined],
  ])('of Forwarded: %s is %s by %s', (text, address, protocol) => {
    expect(behind('forwarded', text)).toMatchObject({ address });
    expect(behind('forwarded', text).protocol).toBe(protocol);
  });

  it('is not told by the header that the proxies do not write', () => {
    expect(behind('x-forwarded-for', '198.51.100.7', { forwarded: 'for=203.0.113.9' }).address).toBe(
      '198.51.100.7',
    );
    expect(behind('forwarded', 'for=198.51.100.7', { 'x-forwarded-for': '203.0.113.9' }).address).toBe(
      '198.51.100.7',
    );
  });

  it('came by the protocol and to the host that the nearest proxy tells', () => {
    const more = { 'x-forwarded-proto': 'http, https', 'x-forwarded-host': 'evil.example, voice.example' };
    expect(behind('x-forwarded-for', '198.51.100.7', more)).toEqual({
      address: '198.51.100.7',
      protocol: 'https',
      host: 'voice.example',
    });
    expect(behind('x-forwarded-for', '198.51.100.7', { 'x-forwarded-proto': 'gopher' }).protocol).toBe(
      undefined,
    );
  });

  it('is the same whatever the client writes before what the proxy adds', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.boolean(), (forged, quoted) => {
        // A quote that is never closed swallows what follows: a proxy must not pass such a header on (RFC 7239 section 4).
        const text = quoted ? forged.replaceAll(/["\\]/g, '') : forged.replaceAll(/["\\,]/g, '');
        expect(behind('x-forwarded-for', `${text}, 198.51.100.7`).address).toBe('198.51.100.7');
        expect(behind('forwarded', `${text}, for=198.51.100.7`).address).toBe('198.51.100.7');
      }),
      { seed: 7_239 },
    );
  });
});
