import { describe, expect, it } from 'vitest';
import { isDomainName, literalAddress, resolveAddress } from './remote-address.ts';

describe('literalAddress', () => {
  it.each([
    ['192.0.2.1', 4, '192.0.2.1'],
    ['192.0.2.1', 6, '::ffff:192.0.2.1'],
    ['2001:DB8:0:0::1', 6, '2001:db8::1'],
    ['::1', 6, '::1'],
  ] as const)('writes %s for a socket of family %i as the system does', (host, family, expected) => {
    expect(literalAddress({ host, port: 4000 }, family)).toEqual({ host: expected, port: 4000 });
  });

  it.each([
    ['the old hold', '0.0.0.0', 4000, 4],
    ['the old hold in IPv6', '0:0::0', 4000, 6],
    ['a rejected stream', '192.0.2.1', 0, 4],
    ['a port beyond all', '192.0.2.1', 65_536, 4],
    ['IPv6 from an IPv4 socket', '2001:db8::1', 4000, 4],
    ['a name', 'sip.example.com', 4000, 4],
  ] as const)('knows no address for %s', (_what, host, port, family) => {
    expect(literalAddress({ host, port }, family)).toBeUndefined();
  });
});

it('resolves names, and gives up quietly on those that nobody knows', async () => {
  expect(isDomainName('localhost')).toBe(true);
  expect(isDomainName('::1')).toBe(false);
  expect(await resolveAddress({ host: 'localhost', port: 4000 }, 4)).toEqual({
    host: '127.0.0.1',
    port: 4000,
  });
  expect(await resolveAddress({ host: 'nobody.invalid', port: 4000 }, 4)).toBeUndefined();
});
