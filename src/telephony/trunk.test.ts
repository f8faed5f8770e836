import { describe, expect, it } from 'vitest';
import { inviteOrder, plainTrunk, rewritten, type Trunk } from './trunk.ts';

const request = {
  sessionId: 's',
  party: 'A',
  display: '+8675528000001',
  to: '+8613500000001',
  route: 'default',
} as const;

function ordered(
  given: Partial<Trunk>,
  address = { host: 'carrier.test', port: undefined as number | undefined },
) {
  const transport = given.transport ?? 'UDP';
  const trunk = plainTrunk('carrier', address, { ...given, transport });
  const destination = { transport, host: '192.0.2.1', port: 5060 };
  const order = inviteOrder(trunk, request, { ourHost: '198.51.100.1', address, destination, offer: 'sdp' });
  return { ...order, header: Object.fromEntries(order.headers ?? []) };
}

describe('what an INVITE says', () => {
  it('is the callee at the carrier, and the display number at our address', () => {
    expect(ordered({})).toMatchObject({
      requestUri: 'sip:+8613500000001@carrier.test;user=phone',
      to: '<sip:+8613500000001@carrier.test;user=phone>',
      from: '<sip:+8675528000001@198.51.100.1>',
      headers: [],
    });
  });

  it.each([
    [{ transport: 'TCP' }, 5060, 'sip:+8613500000001@carrier.test;user=phone;transport=tcp'],
    [{ transport: 'TLS' }, 5061, 'sip:+8613500000001@carrier.test;user=phone;transport=tls'],
    [{ transport: 'TLS' }, 5060, 'sip:+8613500000001@carrier.test:5060;user=phone;transport=tls'],
  ] as const)('%j at port %i names the transport where it goes, not whom it is for', (given, port, uri) => {
    const order = ordered(given, { host: 'carrier.test', port });
    expect(order.requestUri).toBe(uri);
    expect(order.to).not.toContain('transport');
  });

  it('has IPv6 in brackets', () => {
    const { requestUri } = ordered({}, { host: '2001:db8::1', port: 5070 });
    expect(requestUri).toBe('sip:+8613500000001@[2001:db8::1]:5070;user=phone');
  });

  it.each([
    ['p-asserted-identity', 'P-Asserted-Identity', '<sip:+8675528000001@198.51.100.1;user=phone>'],
    ['p-preferred-identity', 'P-Preferred-Identity', '<sip:+8675528000001@198.51.100.1;user=phone>'],
    [
      'remote-party-id',
      'Remote-Party-ID',
      '<sip:+8675528000001@198.51.100.1;user=phone>;party=calling;screen=yes;privacy=off',
    ],
  ] as const)('%s asserts the display number', (identity, name, value) => {
    expect(ordered({ identity }).header).toEqual({ [name]: value });
  });

  it('keeps the number from the callee where that is asked for, and tells the carrier all the same', () => {
    const asserted = ordered({ privacy: true, identity: 'p-asserted-identity', fromUser: 'acme' });
    expect(asserted.from).toBe('"Anonymous" <sip:anonymous@anonymous.invalid>');
    expect(asserted.header).toEqual({
      'P-Asserted-Identity': '<sip:+8675528000001@198.51.100.1;user=phone>',
      Privacy: 'id',
    });
    const older = ordered({ privacy: true, identity: 'remote-party-id' });
    expect(older.header['Remote-Party-ID']).toContain(';privacy=full');
  });

  it('names the account in From and the number in the identity, both in the domain that is wanted', () => {
    const order = ordered({
      identity: 'p-preferred-identity',
      fromUser: 'acme',
      fromDomain: 'acme.test',
      callerRewriting: [{ from: '+86', to: '0' }],
    });
    expect(order.from).toBe('<sip:acme@acme.test>');
    // RFC 3261 section 19.1.1: a national number is no telephone-subscriber by itself.
    expect(order.header).toEqual({ 'P-Preferred-Identity': '<sip:075528000001@acme.test>' });
  });
});

describe('rewriting', () => {
  const rules = [
    { from: '+', to: '00' },
    { from: '+86', to: '0' },
    { from: '+8610', to: '' },
  ];
  it.each([
    ['+8613500000001', '013500000001'],
    ['+861012345678', '12345678'],
    ['+4930123456', '004930123456'],
  ])('%s becomes %s: the longest beginning counts', (number, expected) => {
    expect(rewritten(number, rules)).toBe(expected);
    expect(rewritten(number, rules.toReversed())).toBe(expected);
  });

  it('leaves a number that nothing fits as it is', () => {
    expect(rewritten('+4930123456', [{ from: '+86', to: '0' }])).toBe('+4930123456');
  });
});
