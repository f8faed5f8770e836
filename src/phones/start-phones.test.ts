import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseWav } from '../audio/wav.ts';
import { OfferAnswer } from '../sdp/offer-answer.ts';
import { SipEndpoint } from '../telephony/sip-endpoint.ts';
import { startPhones } from './start-phones.ts';

test('the phones run in a thread of their own, and closing it completes what they record', async () => {
  const recordings = await mkdtemp(join(tmpdir(), 'phones-'));
  const problems: Error[] = [];
  const phones = await startPhones({
    host: '127.0.0.1',
    recordings,
    onProblem: (error) => problems.push(error),
  });
  const endpoint = await SipEndpoint.start({
    listen: { host: '127.0.0.1', port: 0 },
    userAgent: { product: 'caller', inbound: 'refuse', redirects: 'refuse' },
  });
  const answered = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  endpoint.invite(
    {
      requestUri: `sip:+8613500000001@127.0.0.1:${phones.address.port}`,
      from: '<sip:caller@127.0.0.1>',
      to: '<sip:+8613500000001@127.0.0.1>',
      destination: { transport: 'UDP', ...phones.address },
      callId: 'threaded',
      offer: new OfferAnswer({ local: { host: '127.0.0.1', port: 9 }, sessionId: '1' }).createOffer(),
    },
    (event) => {
      if (event.kind === 'answered') answered.resolve();
      if (event.kind === 'ended') ended.resolve();
    },
  );
  await answered.promise;
  await phones.close();
  await ended.promise;
  await endpoint.close();
  expect(await readdir(recordings)).toEqual(['threaded.wav']);
  expect(parseWav(await readFile(join(recordings, 'threaded.wav'))).octets.length).toBeGreaterThan(0);
  expect(problems).toEqual([]);
  await rm(recordings, { recursive: true });
});

test('an address that cannot be bound is said at once', async () => {
  const starting = startPhones({ host: '192.0.2.1', onProblem: () => expect.unreachable() });
  await expect(starting).rejects.toThrow('EADDRNOTAVAIL');
});
