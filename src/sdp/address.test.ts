import { describe, expect, test } from 'vitest';
import { addressTypeOf, isGroupAddress, isHostOf, isUnspecified } from './address.ts';

describe('isHostOf', () => {
  test.each([
    '192.0.2.1',
    '0.0.0.0',
    '255.255.255.255',
    'media.example.com',
    'a',
    'x-1.example',
    '1.example',
  ])('IP4 takes %s', (host) => {
    expect(isHostOf('IP4', host)).toBe(true);
  });

  test.each([
    '',
    '256.0.0.1',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '-x.example',
    'x-.example',
    'a..b',
    'a_b',
    '::1',
    'h'.repeat(64),
    `${'a.'.repeat(127)}a`,
    'example.com/127',
    'ex ample',
    '1.2.3.4\u0000',
  ])('IP4 refuses %j', (host) => {
    expect(isHostOf('IP4', host)).toBe(false);
  });

  test.each([
    '::',
    '::1',
    '2001:db8::1',
    '1:2:3:4:5:6:7:8',
    '::ffff:192.0.2.1',
    '1:2:3:4:5:6:1.2.3.4',
    '1::8',
    'v6.example.com',
  ])('IP6 takes %s', (host) => {
    expect(isHostOf('IP6', host)).toBe(true);
  });

  test.each([
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '1::2::3',
    '12345::',
    'g::1',
    '::1.2.3.4.5',
    '1.2.3.4::',
    '1:2:3:4:5:6:7:1.2.3.4',
    '[::1]',
    'fe80::1%eth0',
    '192.0.2.1',
    '0'.repeat(50) + '::',
  ])('IP6 refuses %j', (host) => {
    expect(isHostOf('IP6', host)).toBe(false);
  });
});

test('addressTypeOf tells IPv6 by its colons', () => {
  expect([addressTypeOf('2001:db8::1'), addressTypeOf('192.0.2.1'), addressTypeOf('host.example')]).toEqual([
    'IP6',
    'IP4',
    'IP4',
  ]);
});

test('isUnspecified knows every spelling of "nowhere"', () => {
  expect(['0.0.0.0', '::', '0:0:0:0:0:0:0:0', '::0.0.0.0'].map(isUnspecified)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(['0.0.0.1', '::1', 'host.example'].map(isUnspecified)).toEqual([false, false, false]);
});

test('isGroupAddress knows multicast and broadcast, mapped into IPv6 too', () => {
  const group = ['224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1', 'FF02::1', '::ffff:224.0.0.1'];
  expect(group.filter((host) => !isGroupAddress(host))).toEqual([]);
  const single = [
    '223.255.255.255',
    '240.0.0.1',
    '2001:db8::1',
    '::ffff:192.0.2.1',
    'ff.example.com',
    '224.example.com',
  ];
  expect(single.filter(isGroupAddress)).toEqual([]);
});
