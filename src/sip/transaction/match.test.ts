import { describe, expect, it } from 'vitest';
import { Headers } from '../message/headers.ts';
import { SipRequest } from '../message/message.ts';
import { comparableSentBy, keysOf, mergeKeyOf, sentByOf, serverKeyOf } from './match.ts';

function request(
  method: string,
  changes: { uri?: string; via?: string; from?: string; to?: string; cseq?: number } = {},
) {
  return new SipRequest(
    method,
    changes.uri ?? 'sip:bob@192.0.2.2',
    new Headers([
      ['Via', changes.via ?? 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKabc'],
      ['From', changes.from ?? '<sip:alice@192.0.2.1>;tag=a'],
      ['To', changes.to ?? '<sip:bob@192.0.2.2>'],
      ['Call-ID', 'call-1'],
      ['CSeq', `${changes.cseq ?? 1} ${method}`],
    ]),
  );
}

describe('matching by branch (RFC 3261 17.2.3)', () => {
  const key = serverKeyOf(request('INVITE'));

  it('an ACK belongs to its INVITE, whatever else differs', () => {
    expect(serverKeyOf(request('ACK', { uri: 'sip:other@host', to: '<sip:bob@192.0.2.2>;tag=b' }))).toBe(key);
  });

  it('a CANCEL is a transaction of its own and names that of its INVITE', () => {
    const keys = keysOf(request('CANCEL'));
    expect(keys.transaction).not.toBe(key);
    expect(keys.cancelled).toBe(key);
    expect(keysOf(request('INVITE')).cancelled).toBeUndefined();
  });

  it.each([
    ['another branch', { via: 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKabd' }],
    ['another host in sent-by', { via: 'SIP/2.0/UDP 192.0.2.3:5060;branch=z9hG4bKabc' }],
    ['another port in sent-by', { via: 'SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKabc' }],
  ])('%s is another transaction', (_, changes) => {
    expect(serverKeyOf(request('INVITE', changes))).not.toBe(key);
  });

  it.each([
    ['the letter case of branch and cookie', 'SIP/2.0/UDP 192.0.2.1:5060;branch=Z9HG4BKABC'],
    ['a default port left out', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKabc'],
    ['received and rport', 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKabc;received=10.0.0.1;rport=9'],
  ])('%s makes no difference', (_, via) => {
    expect(serverKeyOf(request('INVITE', { via }))).toBe(key);
  });
});

describe.each([
  ['a branch without the cookie', 'SIP/2.0/UDP 192.0.2.1:5060;branch=1'],
  ['a bare cookie', 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK'],
  ['no branch', 'SIP/2.0/UDP 192.0.2.1:5060'],
])('matching as in RFC 2543: %s', (_, via) => {
  const key = serverKeyOf(request('INVITE', { via }));

  it('an ACK belongs to its INVITE with the To tag of the response', () => {
    expect(serverKeyOf(request('ACK', { via, to: '<sip:bob@192.0.2.2>;tag=b' }))).toBe(key);
  });

  it('a CANCEL names its INVITE', () => {
    expect(keysOf(request('CANCEL', { via })).cancelled).toBe(key);
  });

  it.each([
    ['Request-URI', { via, uri: 'sip:carol@192.0.2.2' }],
    ['From tag', { via, from: '<sip:alice@192.0.2.1>;tag=b' }],
    ['CSeq number', { via, cseq: 2 }],
    ['Via', { via: `${via};x=y` }],
  ])('another %s is another transaction', (_, changes) => {
    expect(serverKeyOf(request('INVITE', changes))).not.toBe(key);
  });

  it('another To tag is another transaction, but for INVITE and ACK', () => {
    const tagged = request('BYE', { via, to: '<sip:bob@192.0.2.2>;tag=b' });
    expect(serverKeyOf(tagged)).not.toBe(serverKeyOf(request('BYE', { via })));
  });
});

describe('merged requests (RFC 3261 8.2.2.2)', () => {
  it('are those with the same From tag, Call-ID and CSeq', () => {
    const other = request('INVITE', {
      via: 'SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKother',
      uri: 'sip:bob@elsewhere',
    });
    expect(mergeKeyOf(other)).toBe(mergeKeyOf(request('INVITE')));
    expect(mergeKeyOf(request('INVITE', { cseq: 2 }))).not.toBe(mergeKeyOf(request('INVITE')));
    expect(mergeKeyOf(request('OPTIONS'))).not.toBe(mergeKeyOf(request('INVITE')));
  });

  it('are not in dialogs, nor ACK, nor CANCEL', () => {
    expect(mergeKeyOf(request('BYE', { to: '<sip:bob@192.0.2.2>;tag=b' }))).toBeUndefined();
    expect(mergeKeyOf(request('ACK'))).toBeUndefined();
    expect(mergeKeyOf(request('CANCEL'))).toBeUndefined();
  });
});

describe('sent-by', () => {
  it.each([
    ['Example.COM', 'example.com:5060'],
    ['example.com:5070', 'example.com:5070'],
    ['[2001:DB8::1]', '[2001:db8::1]:5060'],
    ['[2001:db8::1]:5070', '[2001:db8::1]:5070'],
  ])('%s compares as %s', (written, comparable) => {
    expect(sentByOf(request('INVITE', { via: `SIP/2.0/UDP ${written};branch=z9hG4bKa` }).via)).toBe(
      comparable,
    );
    expect(comparableSentBy(written)).toBe(comparable);
  });
});
