import { describe, expect, it } from 'vitest';
import type { Flow } from '../flow.ts';
import { Headers } from '../message/headers.ts';
import { SipRequest } from '../message/message.ts';
import { noteSource, responseDestination, responseFallback } from './response-destination.ts';

const source: Flow = { transport: 'UDP', host: '198.51.100.7', port: 40_000 };
const connection: Flow = { transport: 'TCP', host: '198.51.100.7', port: 50_123, connection: 4 };

/** The request as it is kept after it came from `from`. */
function received(via: string, from: Flow = source): SipRequest {
  const request = new SipRequest('OPTIONS', 'sip:x', new Headers([['Via', via]]));
  noteSource(request, from);
  return request;
}

describe('noteSource (RFC 3261 18.2.1, RFC 3581 4)', () => {
  it.each([
    [
      'the same address',
      'SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKa',
      'SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKa',
    ],
    [
      'another address',
      'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa',
      'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa;received=198.51.100.7',
    ],
    [
      'a host name',
      'SIP/2.0/UDP pc.example.com;branch=z9hG4bKa',
      'SIP/2.0/UDP pc.example.com;branch=z9hG4bKa;received=198.51.100.7',
    ],
    [
      'rport, even at the same address',
      'SIP/2.0/UDP 198.51.100.7;rport;branch=z9hG4bKa',
      'SIP/2.0/UDP 198.51.100.7;rport=40000;branch=z9hG4bKa;received=198.51.100.7',
    ],
    [
      'what the peer claims of itself',
      'SIP/2.0/UDP 10.0.0.1;received=203.0.113.99;rport=1;branch=z9hG4bKa',
      'SIP/2.0/UDP 10.0.0.1;received=198.51.100.7;rport=40000;branch=z9hG4bKa',
    ],
    [
      'a claim where none is due',
      'SIP/2.0/UDP 198.51.100.7;received=203.0.113.99;branch=z9hG4bKa',
      'SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKa',
    ],
  ])('sent-by is %s', (_, sent, kept) => {
    expect(received(sent).headers.get('Via')).toBe(kept);
  });

  it('touches only the topmost Via', () => {
    const request = new SipRequest(
      'OPTIONS',
      'sip:x',
      new Headers([
        ['Via', 'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa, SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKb'],
        ['Via', 'SIP/2.0/UDP 10.0.0.3;branch=z9hG4bKc'],
      ]),
    );
    noteSource(request, source);
    expect(request.headers.getAll('Via')).toEqual([
      'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa;received=198.51.100.7',
      'SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKb',
      'SIP/2.0/UDP 10.0.0.3;branch=z9hG4bKc',
    ]);
  });
});

describe('responseDestination (RFC 3261 18.2.2, RFC 3581 4)', () => {
  it.each([
    ['the port of sent-by', 'SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bKa', 5070],
    ['5060 when sent-by has no port', 'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa', 5060],
    ['the source port when rport asks for it', 'SIP/2.0/UDP 10.0.0.1:5070;rport;branch=z9hG4bKa', 40_000],
    [
      'the source address, whatever maddr says',
      'SIP/2.0/UDP 10.0.0.1:5070;maddr=203.0.113.9;branch=z9hG4bKa',
      5070,
    ],
  ])('over UDP: the source address and %s', (_, via, port) => {
    expect(responseDestination(received(via).via, source)).toEqual({
      transport: 'UDP',
      host: source.host,
      port,
    });
  });

  it('over TCP: the connection of the request', () => {
    expect(
      responseDestination(received('SIP/2.0/TCP 10.0.0.1:5070;branch=z9hG4bKa', connection).via, connection),
    ).toBe(connection);
  });
});

describe('responseFallback (RFC 3261 18.2.2)', () => {
  it('is a new connection to the source address at the port of sent-by', () => {
    const { via } = received('SIP/2.0/TCP 10.0.0.1:5070;branch=z9hG4bKa', connection);
    expect(responseFallback(via, connection)).toEqual({ transport: 'TCP', host: '198.51.100.7', port: 5070 });
  });

  it('does not exist for datagrams', () => {
    expect(responseFallback(received('SIP/2.0/UDP 10.0.0.1').via, source)).toBeUndefined();
  });
});
