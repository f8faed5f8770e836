import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Baresip, type BaresipOptions } from '../support/baresip.ts';
import { eventually, outwardAddress } from '../support/peer-process.ts';
import { heardIn } from '../support/rtp-capture.ts';
import { describeWith, Network, sippBehindKamailio } from './network.ts';
import { answers, hangsUp, isHungUp, presses, rings, talks } from './phone-steps.ts';

const host = outwardAddress();

describe.skipIf(host === undefined)(
  `with an address that is not loopback (${host ?? 'there is none'})`,
  () => {
    describeWith(['baresip', ...sippBehindKamailio], 'baresip as the other phone', () => {
      let network: Network;
      beforeAll(async () => {
        network = await Network.start({ host });
      });
      afterAll(() => network?.[Symbol.asyncDispose]());

      const baresip = (options: Partial<BaresipOptions> = {}): Promise<Baresip> =>
        Baresip.start({ directory: network.directory, host: network.host, tone: 900, ...options });

      it.each(['UDP', 'TCP'] as const)(
        'it and SIPp hear each other, signalling over %s',
        async (transport) => {
          await using a = await network.phone([...talks(network.tone(500)), ...hangsUp(2_000)]);
          await using b = await baresip({ transport });
          const call = await network.call(a, b);
          expect(call.cdr).toMatchObject({ ulFailReason: 0 });
          expect((await network.sentTo(a)).heard.at(-1)).toBe(900);
          expect(heardIn(await b.heard())).toEqual([500]);
        },
      );

      it('it holds the call and takes it up again', async () => {
        await using a = await network.phone([...talks(network.tone(500)), ...isHungUp()]);
        await using b = await baresip();
        const sessionId = await network.dial(a, b);
        await network.talkTo(b, 600);
        await b.command('hold');
        await network.quiet(b, 1_000);
        await b.command('resume');
        await network.talkTo(b, 600);
        await b.command('hangup');
        await network.ended(sessionId, a);
        expect((await network.sentTo(b)).between(900).map(({ heard }) => heard)).toEqual([[500], [500]]);
        expect((await network.sentTo(a)).heard.at(-1)).toBe(900);
      });

      it('keys that it presses reach SIPp', async () => {
        await using a = await network.phone([...talks(network.tone(500)), ...isHungUp()]);
        await using b = await baresip();
        const sessionId = await network.dial(a, b);
        await network.platform.until(sessionId, 'answer', 'B');
        await network.talkTo(a, 200);
        for (const key of '5#') await b.command('sndcode', key);
        await eventually(async () => (await network.sentTo(a)).keys === '5#', 'the keys are sent to SIPp');
        await b.command('hangup');
        await network.ended(sessionId, a);
      });

      it('keys that SIPp presses reach it', async () => {
        await using a = await baresip();
        await using b = await network.phone([
          ...rings(),
          ...answers({ port: 'media_port' }),
          ...presses('37'),
          ...hangsUp(),
        ]);
        await network.call(a, b);
        expect(a.keysHeard).toBe('37');
      });
    });
  },
);
