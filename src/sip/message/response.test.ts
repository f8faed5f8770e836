import { describe, expect, it } from 'vitest';
import { Headers } from './headers.ts';
import { SipRequest, SipResponse } from './message.ts';
import { responseTo } from './response.ts';
import { serializeMessage } from './serialize.ts';

const request = () =>
  new SipRequest(
    'INVITE',
    'sip:b@example.com',
    new Headers([
      ['v', 'SIP/2.0/UDP p;branch=z9hG4bK2, SIP/2.0/UDP a;branch=z9hG4bK1'],
      ['Via', 'SIP/2.0/UDP z'],
      ['Max-Forwards', '70'],
      ['f', 'A  <sip:a@example.com>;tag=1'],
      ['To', 'sip:b@example.com'],
      ['Call-ID', 'x'],
      ['CSeq', '1 INVITE'],
      ['Timestamp', '54'],
      ['Record-Route', '<sip:p;lr>'],
    ]),
  );

describe('a response', () => {
  it('copies Via, From, To, Call-ID and CSeq as written and adds a To tag (RFC 3261 section 8.2.6)', () => {
    const ringing = responseTo(request(), 180, { toTag: 't' });
    expect(serializeMessage(ringing).toString()).toBe(
      'SIP/2.0 180 Ringing\r\nv: SIP/2.0/UDP p;branch=z9hG4bK2, SIP/2.0/UDP a;branch=z9hG4bK1\r\nVia: SIP/2.0/UDP z\r\n' +
        'f: A  <sip:a@example.com>;tag=1\r\nTo: sip:b@example.com;tag=t\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n' +
        'Content-Length: 0\r\n\r\n',
    );
  });

  it('keeps a To tag that is there', () => {
    const bye = request();
    bye.headers.set('To', '<sip:b@example.com>;tag=mine');
    expect(responseTo(bye, 200, { toTag: 'other' }).to.tag).toBe('mine');
  });

  it('of 100 carries Timestamp', () => {
    expect(responseTo(request(), 100).headers.get('Timestamp')).toBe('54');
    expect(responseTo(request(), 180).headers.has('Timestamp')).toBe(false);
  });

  it('has the registered reason phrase unless given another', () => {
    expect(responseTo(request(), 486).reason).toBe('Busy Here');
    expect(responseTo(request(), 486, { reason: 'Am Telefon' }).reason).toBe('Am Telefon');
    expect(new SipResponse(499).reason).toBe('Bad Request');
    expect(new SipResponse(150).reason).toBe('Trying');
  });
});

describe('serialising', () => {
  it('makes Content-Length fit, in place or at the end, and leaves the message alone', () => {
    const message = request();
    message.setBody('text/plain', 'Grüße');
    expect(serializeMessage(message).toString()).toMatch(
      /\r\nContent-Type: text\/plain\r\nContent-Length: 7\r\n\r\nGrüße$/,
    );
    message.headers.set('l', '99');
    message.headers.append('X', 'last');
    expect(serializeMessage(message).toString()).toMatch(/\r\nContent-Length: 7\r\nX: last\r\n\r\n/);
    expect(message.headers.get('l')).toBe('99');
  });

  it('refuses a start line that would write headers', () => {
    const message = request();
    message.uri = 'sip:b@example.com SIP/2.0\r\nInjected: 1';
    expect(() => serializeMessage(message)).toThrow(RangeError);
    expect(() => serializeMessage(new SipResponse(200, 'OK\r\nInjected: 1'))).toThrow(RangeError);
  });
});
