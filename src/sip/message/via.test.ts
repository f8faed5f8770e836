import { describe, expect, it } from 'vitest';
import { SipParseError } from './sip-parse-error.ts';
import { Via } from './via.ts';

describe('a Via', () => {
  it('is taken apart', () => {
    const via = Via.parse(
      'SIP/2.0/udp pc33.example.com:5066;rport=61000;branch=z9hG4bK77;received=192.0.2.9;maddr=224.0.1.75;ttl=1',
    );
    expect(via).toMatchObject({ transport: 'UDP', host: 'pc33.example.com', port: 5066, version: '2.0' });
    expect(via).toMatchObject({
      branch: 'z9hG4bK77',
      received: '192.0.2.9',
      rport: 61_000,
      maddr: '224.0.1.75',
    });
    expect(via.sentBy).toBe('pc33.example.com:5066');
  });

  it('may have white space at every place the grammar has it', () => {
    const via = Via.parse(
      'SIP  / 2.0  /\tTCP     spindle.example.com : 5070   ;  branch  =   z9hG4bK9ikj8 ; rport ',
    );
    expect(via.toString()).toBe('SIP/2.0/TCP spindle.example.com:5070;branch=z9hG4bK9ikj8;rport');
  });

  it('may hold IPv6, bracketed in sent-by, with or without brackets in received', () => {
    const via = Via.parse('SIP/2.0/UDP [2001:db8::9:1] : 6050;received=[2001:db8::9:255];branch=z9hG4bKas3');
    expect(via).toMatchObject({
      host: '2001:db8::9:1',
      port: 6050,
      received: '2001:db8::9:255',
      sentBy: '[2001:db8::9:1]:6050',
    });
    expect(Via.parse('SIP/2.0/UDP h;received=2001:db8::9:255').received).toBe('2001:db8::9:255');
  });

  it('tells an rport asked for from one filled in', () => {
    expect(Via.parse('SIP/2.0/UDP h').rport).toBeUndefined();
    expect(Via.parse('SIP/2.0/UDP h;rport').rport).toBe(true);
    expect(Via.parse('SIP/2.0/UDP h;rport=99999').rport).toBeUndefined();
  });

  it('may be of an unknown transport or another version, and is written so', () => {
    expect(Via.parse('SIP/2.0/UNKNOWN h').transport).toBe('UNKNOWN');
    expect(Via.parse('SIP/7.0/UDP h').withParameter('received', '192.0.2.1').toString()).toBe(
      'SIP/7.0/UDP h;received=192.0.2.1',
    );
  });

  it('is changed by copying', () => {
    const via = new Via({
      transport: 'UDP',
      host: '2001:db8::1',
      port: 5060,
      parameters: new Map([['branch', 'z9hG4bK1']]),
    });
    const filled = via.withParameter('rport', '5062').withParameter('branch', undefined);
    expect(via.toString()).toBe('SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bK1');
    expect(filled.toString()).toBe('SIP/2.0/UDP [2001:db8::1]:5060;rport=5062');
  });

  it.each([
    '',
    'SIP/2.0/UDP',
    'SIP/2.0/UDP ;branch=x',
    'SIP/2.0 UDP h',
    'HTTP/1.1/TCP h',
    'SIP/2.0/U@P h',
    'SIP/2.0/UDP h h2',
    'SIP/2.0/UDP h:',
    'SIP/2.0/UDP h:99999',
    'SIP/2.0/UDP 2001:db8::1',
    'SIP/2.0/UDP h;;branch=1',
    'SIP/2.0/UDP h;branch=1;branch=2',
  ])('is refused as %j', (text) => {
    expect(() => Via.parse(text)).toThrow(SipParseError);
  });
});
