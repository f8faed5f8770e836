import { describe, expect, test } from 'vitest';
import { Dialog, dialogId, flowTo } from './dialog.ts';
import type { Flow } from './flow.ts';
import { Headers } from './message/headers.ts';
import { SipRequest, type SipResponse } from './message/message.ts';
import { responseTo } from './message/response.ts';
import { parseUri } from './message/uri.ts';

const trunk: Flow = { transport: 'UDP', host: '203.0.113.1', port: 5060 };

function invite(headers: [string, string][] = []): SipRequest {
  return new SipRequest(
    'INVITE',
    'sip:bob@203.0.113.1',
    new Headers([
      ['Via', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1'],
      ['From', '"Alice" <sip:alice@192.0.2.1>;tag=a'],
      ['To', '<sip:bob@203.0.113.1>'],
      ['Call-ID', 'c1'],
      ['CSeq', '7 INVITE'],
      ['Contact', '<sip:alice@192.0.2.1:5070>'],
      ...headers,
    ]),
  );
}

function answer(headers: [string, string][] = [], toTag = 'b'): SipResponse {
  const response = responseTo(invite(), 200, { toTag });
  for (const [name, value] of headers) response.headers.append(name, value);
  return response;
}

const contact: [string, string] = ['Contact', '<sip:bob@198.51.100.9:5080>'];

describe('as the client (12.1.2)', () => {
  test('identity, target and numbers', () => {
    const dialog = Dialog.ofClient(invite(), answer([contact]), trunk);
    expect(dialog.id).toBe(dialogId('c1', 'a', 'b'));
    expect(dialog.state).toBe('early');
    const bye = dialog.request('BYE');
    expect(bye.uri).toBe('sip:bob@198.51.100.9:5080');
    expect([...bye.headers.entries()]).toEqual([
      ['Max-Forwards', '70'],
      ['From', '"Alice" <sip:alice@192.0.2.1>;tag=a'],
      ['To', '<sip:bob@203.0.113.1>;tag=b'],
      ['Call-ID', 'c1'],
      ['CSeq', '8 BYE'],
    ]);
    expect(dialog.request('INFO').cseq.sequence).toBe(9);
    expect(dialog.ack(7).cseq).toEqual({ sequence: 7, method: 'ACK' });
    expect(dialog.nextHop).toEqual({ transport: 'UDP', host: '198.51.100.9', port: 5080 });
  });

  test('without a Contact the place we called is the target', () => {
    const dialog = Dialog.ofClient(invite(), answer(), trunk);
    expect(dialog.remoteTarget).toBe('sip:bob@203.0.113.1');
    expect(dialog.nextHop).toBe(trunk);
  });

  test('what a Contact has that no Request-URI may have is left out (19.1.1, 19.1.5)', () => {
    const unfit: [string, string] = ['Contact', '<sip:bob@198.51.100.9;method=REFER;x=y?Route=z&a=b>'];
    const dialog = Dialog.ofClient(invite(), answer([unfit]), trunk);
    expect(dialog.request('BYE').uri).toBe('sip:bob@198.51.100.9;x=y');
    expect(dialog.ack(7).uri).toBe('sip:bob@198.51.100.9;x=y');
    dialog.refreshTarget(answer([['Contact', '<sip:bob@198.51.100.8?a=b>']]));
    expect(dialog.remoteTarget).toBe('sip:bob@198.51.100.8');
  });

  test('loose routes: in reverse, the target stays the Request-URI', () => {
    const dialog = Dialog.ofClient(
      invite(),
      answer([contact, ['Record-Route', '<sip:p2;lr>, <sip:p1:5062;lr>']]),
      trunk,
    );
    const request = dialog.request('BYE');
    expect(request.uri).toBe('sip:bob@198.51.100.9:5080');
    expect(request.headers.getAll('Route')).toEqual(['<sip:p1:5062;lr>', '<sip:p2;lr>']);
    expect(dialog.nextHop).toEqual({ transport: 'UDP', host: 'p1', port: 5062 });
  });

  test('a strict router first: its URI is the Request-URI, the target the last Route (12.2.1.1)', () => {
    const routes = '<sip:p2;lr>, <sip:p1;transport=tcp;method=INVITE?Subject=x>';
    const dialog = Dialog.ofClient(invite(), answer([contact, ['Record-Route', routes]]), trunk);
    const request = dialog.request('BYE');
    expect(request.uri).toBe('sip:p1;transport=tcp');
    expect(request.headers.getAll('Route')).toEqual(['<sip:p2;lr>', '<sip:bob@198.51.100.9:5080>']);
    expect(dialog.nextHop).toEqual({ transport: 'TCP', host: 'p1', port: 5060 });
  });

  test('the 2xx replaces the route set and target of the early dialog (13.2.2.4)', () => {
    const dialog = Dialog.ofClient(invite(), answer([['Record-Route', '<sip:p1;lr>']]), trunk);
    dialog.confirmBy(answer([contact]));
    expect(dialog.state).toBe('confirmed');
    expect(dialog.request('BYE').headers.has('Route')).toBe(false);
    expect(dialog.remoteTarget).toBe('sip:bob@198.51.100.9:5080');
  });
});

describe('as the server (12.1.1)', () => {
  test('identity, routes in order, our own numbers', () => {
    const request = invite([
      ['Record-Route', '<sip:p1;lr>'],
      ['Record-Route', '<sip:p2;lr>'],
    ]);
    const dialog = Dialog.ofServer(request, 'b', trunk);
    expect(dialog.id).toBe(dialogId('c1', 'b', 'a'));
    const bye = dialog.request('BYE');
    expect(bye.uri).toBe('sip:alice@192.0.2.1:5070');
    expect(bye.headers.getAll('Route')).toEqual(['<sip:p1;lr>', '<sip:p2;lr>']);
    expect(bye.headers.get('From')).toBe('<sip:bob@203.0.113.1>;tag=b');
    expect(bye.headers.get('To')).toBe('"Alice" <sip:alice@192.0.2.1>;tag=a');
    expect(bye.cseq.sequence).toBe(1);
    expect(request.to.tag).toBeUndefined();
  });

  test('a CSeq may stay and jump, and never go back (12.2.2)', () => {
    const dialog = Dialog.ofServer(invite(), 'b', trunk);
    const accepts = (sequence: number) => {
      const request = invite();
      request.headers.set('CSeq', `${sequence} INFO`);
      return dialog.acceptSequence(request);
    };
    expect([7, 8, 100, 99, 100, 101].map(accepts)).toEqual([true, true, true, false, true, true]);
  });

  test('a target refresh without Contact leaves the target', () => {
    const dialog = Dialog.ofServer(invite(), 'b', trunk);
    const update = invite();
    update.headers.set('Contact', '<sip:new@192.0.2.8;transport=TCP>');
    dialog.refreshTarget(update);
    update.headers.delete('Contact');
    dialog.refreshTarget(update);
    expect(dialog.remoteTarget).toBe('sip:new@192.0.2.8;transport=TCP');
    expect(dialog.nextHop).toEqual({ transport: 'TCP', host: '192.0.2.8', port: 5060 });
  });
});

describe('where a URI leads that names a peer whose address is known', () => {
  const pinned: Flow = { transport: 'UDP', host: '192.0.2.7', port: 5060, name: 'trunk.example' };
  test.each([
    ['sip:x@Trunk.Example', pinned],
    ['sip:x@192.0.2.7', pinned],
    ['sip:x@trunk.example:5070', { ...pinned, port: 5070 }],
    ['sip:x@trunk.example;transport=tcp', { ...pinned, transport: 'TCP' }],
    ['sip:x@other.example', { transport: 'UDP', host: 'other.example', port: 5060 }],
  ])('%s', (uri, expected) => {
    expect(flowTo(parseUri(uri), pinned)).toEqual(expected);
  });
});

describe('where a URI leads', () => {
  const tcp: Flow = { transport: 'TCP', host: 'Trunk.example', port: 5060, connection: 3 };
  test.each([
    ['sip:x@a.example', { transport: 'UDP', host: 'a.example', port: 5060 }],
    ['sip:x@[2001:db8::1]:5070;transport=udp', { transport: 'UDP', host: '2001:db8::1', port: 5070 }],
    ['sip:x@a.example;transport=tcp', { transport: 'TCP', host: 'a.example', port: 5060 }],
    ['sip:x@trunk.example', tcp],
    ['sip:x@trunk.example:5061', { transport: 'UDP', host: 'trunk.example', port: 5061 }],
    ['tel:+8613800000001', tcp],
  ])('%s', (uri, expected) => {
    expect(flowTo(parseUri(uri), tcp)).toEqual(expected);
  });
});
