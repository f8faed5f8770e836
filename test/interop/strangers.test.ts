import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectResponse,
  type Having,
  type MessageOptions,
  outsideDialog,
  sdp,
  type Sipp,
  type Step,
} from '../support/sipp.ts';
import { describeWith, Network, sippBehindKamailio } from './network.ts';
import { isHungUp, talks } from './phone-steps.ts';

/** What a stranger sends, and what he gets for it. */
interface Attempt extends MessageOptions {
  readonly method: string;
  readonly status: number;
  readonly having?: Having;
}

const attempts: readonly Attempt[] = [
  { method: 'OPTIONS', status: 200, having: { Allow: 'INVITE' } },
  { method: 'INVITE', body: sdp(), status: 403 },
  { method: 'REGISTER', status: 405, having: { Allow: 'INVITE' } },
  { method: 'SUBSCRIBE', headers: ['Event: presence'], status: 405 },
  { method: 'MESSAGE', contentType: 'text/plain', body: 'hello', status: 405 },
  { method: 'REFER', headers: ['Refer-To: <sip:+8613500000002@127.0.0.1>'], status: 405 },
  { method: 'FOO', status: 501 },
  { method: 'BYE', status: 481 },
  { method: 'CANCEL', status: 481 },
  { method: 'UPDATE', status: 481 },
];

/** Bytes that are no SIP, or hardly. */
const garbage: readonly (string | Buffer)[] = [
  Buffer.from(Array.from({ length: 1_000 }, (_, index) => (index * 7_919) % 256)),
  '\r\n\r\n\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
  'INVITE sip:x SIP/2.0\r\n\r\n',
  'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\n\r\n',
  'INVITE sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKy\r\nContent-Length: 99999999999\r\n\r\n',
  `OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n${'X-Long: y\r\n'.repeat(5_000)}\r\n`,
  `REGISTER sip:${'a'.repeat(60_000)} SIP/2.0\r\n`,
];

describe.each(['UDP', 'TCP'] as const)('over %s', (transport) => {
  describeWith(sippBehindKamailio, 'strangers while two people talk', () => {
    let network: Network;
    let phones: [a: Sipp, b: Sipp];
    let sessionId: string;
    let address: { host: string; port: number };

    beforeAll(async () => {
      network = await Network.start();
      const [host = '', port = ''] = network.platform.access.sip.split(':');
      address = { host, port: Number(port) };
      phones = [
        await network.phone([...talks(network.tone(500)), ...isHungUp()]),
        await network.phone([...talks(network.tone(1_300)), ...isHungUp()]),
      ];
      sessionId = await network.dial(...phones);
      await network.talkTo(phones[1], 200);
    });

    /** They talked all the time, and the call ends as it should. */
    afterAll(async () => {
      await network.talkTo(phones[0], 300);
      await network.platform.stop(sessionId);
      const call = await network.ended(sessionId, ...phones);
      const [toA, toB] = [await network.sentTo(phones[0]), await network.sentTo(phones[1])];
      const { logged } = network.platform;
      await network[Symbol.asyncDispose]();
      expect(call.cdr).toMatchObject({ ulFailReason: 8017, sipStatusCode: 0 });
      expect([toA.heard.at(-1), toB.heard]).toEqual([1_300, [500]]);
      expect(logged.filter((line) => line.startsWith('error'))).toEqual([]);
    });

    const stranger = (steps: readonly Step[], args: string[] = []): Promise<Sipp> =>
      network.phone(steps, { transport, remote: network.platform.access.sip, args });

    it.each(attempts)('$method is refused with $status', async ({ method, status, having, ...message }) => {
      await using sipp = await stranger([
        outsideDialog(method, message),
        expectResponse(status, { having }),
        ...(method === 'INVITE' ? [outsideDialog('ACK', { branch: '[branch-2]' })] : []),
      ]);
      await sipp.succeeded();
    });

    it.each(['BYE', 'INVITE', 'CANCEL', 'UPDATE', 'INFO'])(
      '%s into their dialog is refused',
      async (method) => {
        const { legs } = await network.platform.call(sessionId);
        for (const { callId = '' } of legs) {
          await using sipp = await stranger(
            [
              outsideDialog(method, { toTag: 'guessed' }),
              expectResponse(481),
              ...(method === 'INVITE'
                ? [outsideDialog('ACK', { toTag: 'guessed', branch: '[branch-2]' })]
                : []),
            ],
            ['-cid_str', callId],
          );
          await sipp.succeeded();
        }
      },
    );

    it('garbage is dropped or refused', async () => {
      for (const bytes of garbage) await (transport === 'UDP' ? sendDatagram(bytes) : sendStream(bytes));
      // Who asks properly is still answered.
      await using sipp = await stranger([outsideDialog('OPTIONS'), expectResponse(200)]);
      await sipp.succeeded();
    });

    const sendDatagram = async (bytes: string | Buffer): Promise<void> => {
      const socket = createSocket('udp4');
      await new Promise<void>((resolve, reject) => {
        socket.send(bytes, address.port, address.host, (error) => (error ? reject(error) : resolve()));
      });
      socket.close();
    };

    const sendStream = async (bytes: string | Buffer): Promise<void> => {
      const socket = connect(address.port, address.host);
      await once(socket, 'connect');
      // Refused bytes may end the connection while we still write.
      socket.on('error', () => {});
      socket.resume();
      socket.end(bytes);
      await once(socket, 'close');
    };
  });
});
