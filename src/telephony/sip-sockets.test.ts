import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Inbox } from '../../test/support/inbox.ts';
import type { Flow } from '../sip/flow.ts';
import { Headers } from '../sip/message/headers.ts';
import { type SipMessage, SipRequest } from '../sip/message/message.ts';
import { SipSockets } from './sip-sockets.ts';

const opened: SipSockets[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((sockets) => sockets.close()));
});

interface Events {
  readonly messages: Inbox<{ message: SipMessage; flow: Flow }>;
  readonly unreadable: Inbox<string>;
  readonly failures: Inbox<Flow>;
}

async function open(port = 0): Promise<Events & { sockets: SipSockets }> {
  const events: Events = { messages: new Inbox(), unreadable: new Inbox(), failures: new Inbox() };
  const sockets = await SipSockets.open(
    { host: '127.0.0.1', port, clock: () => performance.now() },
    {
      onMessage: (message, flow) => events.messages.push({ message, flow }),
      onUnreadable: (error) => events.unreadable.push(error.reason),
      onFailure: (flow) => events.failures.push(flow),
      onError: (error) => {
        throw error;
      },
    },
  );
  opened.push(sockets);
  return { ...events, sockets };
}

const request = (callId: string) =>
  new SipRequest(
    'OPTIONS',
    'sip:127.0.0.1',
    new Headers([
      ['Via', 'SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKa'],
      ['From', '<sip:a@127.0.0.1>;tag=a'],
      ['To', '<sip:127.0.0.1>'],
      ['Call-ID', callId],
      ['CSeq', '1 OPTIONS'],
    ]),
  );

describe('SipSockets', () => {
  it.each(['UDP', 'TCP'] as const)('carry messages over %s, on the same port', async (transport) => {
    const one = await open();
    const other = await open();
    one.sockets.send(request('first'), { transport, host: '127.0.0.1', port: other.sockets.port });
    const { message, flow } = await other.messages.next();
    expect(message.callId).toBe('first');
    expect(flow.transport).toBe(transport);
    other.sockets.send(request('second'), flow);
    expect((await one.messages.next()).message.callId).toBe('second');
  });

  it('report datagrams that are no SIP messages, and ignore line breaks that keep a NAT open', async () => {
    const { sockets, unreadable } = await open();
    const stranger = createSocket('udp4');
    for (const datagram of ['\r\n\r\n', '\r\n', 'garbage'])
      stranger.send(datagram, sockets.port, '127.0.0.1');
    await unreadable.next();
    expect(unreadable.all).toEqual(['header-end']);
    stranger.close();
  });

  it('report a refused connection', async () => {
    const one = await open();
    const other = await open();
    const flow: Flow = { transport: 'TCP', host: '127.0.0.1', port: other.sockets.port };
    await other.sockets.close();
    opened.pop();
    one.sockets.send(request('first'), flow);
    expect(await one.failures.next()).toEqual(flow);
  });

  it('say which address is taken, and free the other transport again', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(open(port)).rejects.toThrow(`EADDRINUSE: address already in use 127.0.0.1:${port}`);
    server.close();
    await once(server, 'close');
    expect((await open(port)).sockets.port).toBe(port);
  });
});
