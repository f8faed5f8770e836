import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hangsUp, isHungUp, talks } from './phone-steps.ts';
import { describeWith, Network, sippBehindKamailio, story } from './network.ts';

describe.each(['UDP', 'TCP'] as const)('over %s', (transport) => {
  describeWith(sippBehindKamailio, 'a callback between SIPp phones behind Kamailio', () => {
    let network: Network;
    beforeAll(async () => {
      network = await Network.start({ transport });
    });
    afterAll(() => network?.[Symbol.asyncDispose]());

    it('rings both phones, lets them talk, and tells the story', async () => {
      await using a = await network.phone([...talks(network.tone(500)), ...isHungUp()], { transport });
      await using b = await network.phone([...talks(network.tone(1_300)), ...hangsUp(2_000)], { transport });

      const call = await network.call(a, b, { partyTypeRequiredInDisconnect: 'true' });

      expect(story(call)).toEqual([
        'callout A',
        'alerting A',
        'answer A',
        'callout B',
        'alerting B',
        'answer B',
        'disconnect B',
      ]);
      expect(call.cdr).toMatchObject({
        ulFailReason: 0,
        sipStatusCode: 0,
        calleeNum: network.numberOf(a),
        fwdDstNum: network.numberOf(b),
      });
      expect((await network.sentTo(a)).heard.at(-1)).toBe(1_300);
      expect((await network.sentTo(b)).heard).toEqual([500]);
    });
  });
});
