import { strangerLimits } from './stranger-gate.ts';
import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { Inbox } from '../../test/support/inbox.ts';
import type { Transport } from '../sip/flow.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { parseMessage } from '../sip/message/parse.ts';
import { responseTo } from '../sip/message/response.ts';
import { serializeMessage } from '../sip/message/serialize.ts';
import { timersFrom } from '../sip/timers.ts';
import type { IncomingSession } from '../sip/user-agent/incoming-session.ts';
import type { InviteOrder } from '../sip/user-agent/options.ts';
import type { SessionEvent } from '../sip/user-agent/session-event.ts';
import { SipEndpoint, type SipEndpointOptions, type SipTraceEntry } from './sip-endpoint.ts';

const offer =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n';
const answer = offer.replace('4000', '5000');

const opened: SipEndpoint[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((endpoint) => endpoint.close()));
});

async function start(options: Partial<SipEndpointOptions> = {}): Promise<SipEndpoint> {
  const endpoint = await SipEndpoint.start({
    listen: { host: '127.0.0.1', port: 0 },
    userAgent: { product: 'test', inbound: 'refuse', redirects: 'refuse' },
    ...options,
  });
  opened.push(endpoint);
  return endpoint;
}

/** A phone that does with each call what it is told, and notes what happens to it. */
async function startPhone(
  take: (session: IncomingSession, phone: SipEndpoint) => void,
): Promise<{ phone: SipEndpoint; events: Inbox<SessionEvent> }> {
  const events = new Inbox<SessionEvent>();
  const phone: SipEndpoint = await start({
    userAgent: { product: 'phone', inbound: 'accept', redirects: 'refuse' },
    onIncoming: (session) => {
      take(session, phone);
      return (event) => events.push(event);
    },
  });
  return { phone, events };
}

function orderTo(
  { port }: { port: number },
  transport: Transport = 'UDP',
  changes: Partial<InviteOrder> = {},
): InviteOrder {
  const uri = `sip:bob@127.0.0.1:${port}`;
  const destination = { transport, host: '127.0.0.1', port };
  return { requestUri: uri, from: '<sip:alice@127.0.0.1>', to: `<${uri}>`, destination, offer, ...changes };
}

/** A phone that answers every request with 200, except its first BYE, which the network lost. */
async function startHardOfHearing(): Promise<{ port: number; heard: string[]; close(): void }> {
  const phone = createSocket('udp4');
  const heard: string[] = [];
  phone.on('message', (bytes, { port }) => {
    const request = parseMessage(bytes) as SipRequest;
    heard.push(request.method);
    if (request.method === 'ACK' || heard.filter((method) => method === 'BYE').length === 1) return;
    const response = responseTo(request, 200, { toTag: 'phone' });
    response.headers.set('Contact', `<sip:phone@127.0.0.1:${phone.address().port}>`);
    if (request.method === 'INVITE') response.setBody('application/sdp', answer);
    phone.send(serializeMessage(response), port, '127.0.0.1');
  });
  await new Promise<void>((resolve) => phone.bind(0, '127.0.0.1', resolve));
  return { port: phone.address().port, heard, close: () => phone.close() };
}

const answering = (session: IncomingSession, phone: SipEndpoint) =>
  phone.act((now) => {
    session.ring(now);
    session.answer(answer, now);
  });

describe.each(['UDP', 'TCP'] as const)('a call over %s', (transport) => {
  it('rings, is answered, and ends on both sides', async () => {
    const { phone, events: atPhone } = await startPhone(answering);
    const caller = await start();
    const events = new Inbox<SessionEvent>();
    const session = caller.invite(orderTo(phone.address, transport), (event) => events.push(event));
    expect(await events.next()).toMatchObject({ kind: 'provisional', status: 180 });
    expect(await events.next()).toMatchObject({ kind: 'answered', sdp: answer });
    expect(await atPhone.next()).toMatchObject({ kind: 'answered' });
    caller.act((now) => session.hangUp(now));
    expect(await atPhone.next()).toMatchObject({ kind: 'ended', by: 'remote' });
    expect(await events.next()).toMatchObject({ kind: 'ended', by: 'local' });
  });

  it('is refused', async () => {
    const { phone } = await startPhone((session, phone) => phone.act((now) => session.reject(486, now)));
    const caller = await start();
    const events = new Inbox<SessionEvent>();
    caller.invite(orderTo(phone.address, transport), (event) => events.push(event));
    expect(await events.next()).toMatchObject({ kind: 'failed', status: 486, origin: 'remote' });
  });

  it('is cancelled while it rings', async () => {
    const { phone, events: atPhone } = await startPhone((session, phone) =>
      phone.act((now) => session.ring(now)),
    );
    const caller = await start();
    const events = new Inbox<SessionEvent>();
    const session = caller.invite(orderTo(phone.address, transport), (event) => events.push(event));
    await events.next();
    caller.act((now) => session.hangUp(now));
    expect(await atPhone.next()).toMatchObject({ kind: 'failed', status: 487, origin: 'remote' });
    expect(await events.next()).toMatchObject({ kind: 'failed', status: 487 });
  });
});

describe('SipEndpoint', () => {
  it('switches a large INVITE to TCP, and back to UDP where there is no TCP', async () => {
    const large = { offer: offer + 'a=x:'.padEnd(1_500, 'x') };
    const { phone } = await startPhone(answering);
    const seen: string[] = [];
    const trace = ({ direction, flow, message }: SipTraceEntry) => {
      if (direction === 'out' && message.kind === 'request' && message.method === 'INVITE')
        seen.push(`${flow.transport} ${message.method}`);
    };
    const caller = await start({ trace });
    const events = new Inbox<SessionEvent>();
    caller.invite(orderTo(phone.address, 'UDP', large), (event) => events.push(event));
    await events.next();
    expect(seen).toEqual(['TCP INVITE']);

    const datagramsOnly = createSocket('udp4');
    const received = new Inbox<string>();
    datagramsOnly.on('message', (bytes) => received.push(bytes.toString()));
    await new Promise<void>((resolve) => datagramsOnly.bind(0, '127.0.0.1', resolve));
    caller.invite(orderTo(datagramsOnly.address(), 'UDP', large), () => {});
    expect(await received.next()).toMatch(/^INVITE .*\r\nVia: SIP\/2\.0\/UDP /);
    expect(seen.slice(1)).toEqual(['TCP INVITE', 'UDP INVITE']);
    datagramsOnly.close();
  });

  it('reports a refused connection at once', async () => {
    const gone = await start();
    const { address } = gone;
    await gone.close();
    const caller = await start();
    const events = new Inbox<SessionEvent>();
    caller.invite(orderTo(address, 'TCP'), (event) => events.push(event));
    expect(await events.next()).toMatchObject({ kind: 'failed', status: 503, origin: 'transport' });
  });

  it('tells every address of a host, best first', async () => {
    const caller = await start({ resolve: async () => ['127.0.0.1', '127.0.0.2'] });
    const named = { transport: 'TCP', host: 'peer.test', port: 5060 } as const;
    expect(await caller.resolve(named)).toEqual([
      { ...named, host: '127.0.0.1', name: 'peer.test' },
      { ...named, host: '127.0.0.2', name: 'peer.test' },
    ]);
  });

  it('keeps its timers: an INVITE that nobody answers is repeated and given up', async () => {
    const silent = createSocket('udp4');
    let invites = 0;
    silent.on('message', () => (invites += 1));
    await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
    const timers = timersFrom(2, 8, 8);
    const caller = await start({
      userAgent: { product: 'test', inbound: 'refuse', redirects: 'refuse', timers },
    });
    const events = new Inbox<SessionEvent>();
    caller.invite(orderTo(silent.address()), (event) => events.push(event));
    expect(await events.next()).toMatchObject({ kind: 'failed', status: 408, origin: 'timeout' });
    expect(invites).toBeGreaterThan(1);
    expect(caller.load).toMatchObject({ transactions: 0, timers: 0 });
    silent.close();
  });

  it('tells a listener nothing before invite returns', async () => {
    const caller = await start();
    let isReturned = false;
    const events = new Inbox<boolean>();
    const destination = { transport: 'TCP', host: '127.0.0.1', port: 9, connection: 77 } as const;
    caller.invite(orderTo({ port: 9 }, 'TCP', { destination }), () => events.push(isReturned));
    isReturned = true;
    expect(await events.next()).toBe(true);
  });

  it('lets a listener act', async () => {
    const { phone, events: atPhone } = await startPhone(answering);
    const caller = await start();
    const session = caller.invite(orderTo(phone.address), (event) => {
      if (event.kind === 'answered') caller.act((now) => session.hangUp(now));
    });
    expect(await atPhone.next()).toMatchObject({ kind: 'answered' });
    expect(await atPhone.next()).toMatchObject({ kind: 'ended', by: 'remote' });
  });

  it('logs a listener that fails, and goes on with the calls of others', async () => {
    const { phone } = await startPhone(answering);
    const logged = new Inbox<string>();
    const caller = await start({ log: { error: (_, message) => logged.push(message) } });
    caller.invite(orderTo(phone.address), () => {
      throw new Error('a fault of the listener');
    });
    expect(await logged.next()).toBe('a listener of a SIP session failed');
    const events = new Inbox<SessionEvent>();
    caller.invite(orderTo(phone.address), (event) => events.push(event));
    expect(await events.next()).toMatchObject({ kind: 'provisional' });
  });

  it('lingers until its last BYE is answered, though the first copy is lost', async () => {
    const timers = timersFrom(10, 40, 40);
    const userAgent = { product: 'test', inbound: 'refuse', redirects: 'refuse', timers } as const;
    const phone = await startHardOfHearing();
    const caller = await start({ userAgent });
    const answered = Promise.withResolvers<void>();
    const session = caller.invite(orderTo(phone), ({ kind }) => kind === 'answered' && answered.resolve());
    await answered.promise;
    caller.act((now) => session.hangUp(now));
    await caller.close({ linger: 10_000 });
    expect(phone.heard).toEqual(['INVITE', 'ACK', 'BYE', 'BYE']);
    phone.close();
  });

  it('lingers no longer than it was told', async () => {
    const silent = createSocket('udp4');
    await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
    const caller = await start();
    caller.invite(orderTo(silent.address()), () => {});
    await caller.close({ linger: 30 });
    expect(caller.load.transactions).toBe(1);
    silent.close();
  });

  it('tells the far end its public address', async () => {
    const received = new Inbox<string>();
    const peer = createSocket('udp4');
    peer.on('message', (bytes) => received.push(bytes.toString()));
    await new Promise<void>((resolve) => peer.bind(0, '127.0.0.1', resolve));
    const caller = await start({ publicAddress: 'sip.example.com' });
    const { port } = caller.address;
    expect(caller.publicAddress).toEqual({ host: 'sip.example.com', port });
    caller.invite(orderTo(peer.address()), () => {});
    const invite = await received.next();
    expect(invite).toContain(`Via: SIP/2.0/UDP sip.example.com:${port};branch=z9hG4bK`);
    expect(invite).toMatch(new RegExp(`Contact: <sip:[^>]*@sip\\.example\\.com:${port}>`));
    peer.close();
  });

  it('wants a public address to listen on all', async () => {
    await expect(start({ listen: { host: '0.0.0.0', port: 0 } })).rejects.toThrow('needs a public address');
  });

  it('traces every message, in and out', async () => {
    const trace: string[] = [];
    const { phone } = await startPhone(answering);
    const done = Promise.withResolvers<void>();
    const caller = await start({
      trace: ({ direction, message }) => {
        trace.push(`${direction} ${message.kind === 'request' ? message.method : message.status}`);
      },
    });
    caller.invite(orderTo(phone.address), (event) => {
      if (event.kind === 'answered') done.resolve();
    });
    await done.promise;
    expect(trace).toEqual(['out INVITE', 'in 180', 'in 200', 'out ACK']);
  });
});

it('outlives a far end whose Contact names a host that is nowhere, with strangers kept out', async () => {
  const phone = createSocket('udp4');
  phone.on('message', (bytes, { port }) => {
    const request = parseMessage(bytes) as SipRequest;
    if (request.method !== 'INVITE') return;
    const response = responseTo(request, 200, { toTag: 'phone' });
    response.headers.set('Contact', '<sip:phone@gone.example.com>');
    response.setBody('application/sdp', answer);
    phone.send(serializeMessage(response), port, '127.0.0.1');
  });
  await new Promise<void>((resolve) => phone.bind(0, '127.0.0.1', resolve));
  const caller = await start({
    strangers: strangerLimits(100),
    resolve: async () => Promise.reject(new Error('ENOTFOUND')),
  });
  const events = new Inbox<SessionEvent>();
  const address = { host: '127.0.0.1', port: phone.address().port };
  const session = caller.invite(orderTo(address), (event) => events.push(event));
  expect(await events.next()).toMatchObject({ kind: 'answered' });
  caller.act((now) => session.hangUp(now));
  expect(await events.next()).toMatchObject({ kind: 'ended', by: 'local' });
  // A rejection that nobody handles would end the process by now.
  await new Promise((resolve) => setImmediate(resolve));
  phone.close();
});

it('goes on with messages that whoever traces them stumbles over', async () => {
  const { phone } = await startPhone(answering);
  const logged: string[] = [];
  const caller = await start({
    trace: () => {
      throw new Error('a fault of the onlooker');
    },
    log: { error: (_, message) => logged.push(message) },
  });
  const answered = Promise.withResolvers<void>();
  caller.invite(orderTo(phone.address), (event) => {
    if (event.kind === 'answered') answered.resolve();
  });
  await answered.promise;
  expect(new Set(logged)).toEqual(new Set(['a SIP message could not be traced']));
});

describe('strangers', () => {
  /** Sends datagrams from a socket of its own and collects what comes back. */
  async function probe(endpoint: SipEndpoint, ...datagrams: string[]): Promise<string[]> {
    const stranger = createSocket('udp4');
    const replies: string[] = [];
    const marker = Promise.withResolvers<void>();
    stranger.on('message', (bytes) => {
      const reply = bytes.toString();
      if (reply.includes('Call-ID: marker')) marker.resolve();
      else replies.push(reply.slice(0, reply.indexOf('\r\n')));
    });
    await new Promise<void>((resolve) => stranger.bind(0, '127.0.0.1', resolve));
    // Datagrams on loopback keep their order: when the last is answered, the others have been dealt with.
    for (const datagram of [...datagrams, request('OPTIONS', 'marker')]) {
      stranger.send(datagram, endpoint.address.port, '127.0.0.1');
    }
    await marker.promise;
    stranger.close();
    return replies;
  }

  function request(method: string, callId = 'call', changes: [string, string] = ['', '']): string {
    return [
      `${method} sip:x@127.0.0.1 SIP/2.0`,
      `Via: SIP/2.0/UDP 10.9.8.7;rport;branch=z9hG4bK${callId}${method}`,
      'Max-Forwards: 70',
      'From: <sip:stranger@10.9.8.7>;tag=s',
      'To: <sip:x@127.0.0.1>',
      `Call-ID: ${callId}`,
      `CSeq: 1 ${method}`,
      'Contact: <sip:stranger@10.9.8.7>',
      'Content-Length: 0',
      '',
      '',
    ]
      .join('\r\n')
      .replace(...changes);
  }

  it('get no answer to garbage, and leave nothing but a count', async () => {
    const endpoint = await start();
    const garbage = [
      '\0\0\0\0',
      'GET / HTTP/1.1\r\n\r\n',
      'INVITE',
      '\x80\x08rtp-like',
      request('INVITE').slice(0, 60),
    ];
    expect(await probe(endpoint, ...garbage)).toEqual([]);
    expect(endpoint.counters['malformed']).toBe(garbage.length);
    expect(endpoint.load).toMatchObject({ transactions: 0, dialogs: 0 });
  });

  it('get 400 where their Via can be read', async () => {
    const endpoint = await start();
    const malformed = request('INVITE', 'bad', ['CSeq: 1 INVITE', 'CSeq: one INVITE']);
    expect((await probe(endpoint, malformed)).map((line) => line.slice(0, 11))).toEqual(['SIP/2.0 400']);
  });

  it('are refused without state', async () => {
    const endpoint = await start();
    const replies = await probe(endpoint, request('INVITE'), request('REGISTER'), request('MESSAGE'));
    expect(replies.map((line) => line.slice(8, 11))).toEqual(['403', '405', '405']);
    expect(endpoint.load).toMatchObject({ transactions: 0, dialogs: 0 });
  });
});
