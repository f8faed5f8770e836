import { afterAll, beforeAll, expect, it } from 'vitest';
import { silence } from '../../src/audio/tone.ts';
import type { EndedCall, ShownLeg } from '../support/platform-client.ts';
import { type Step, stream, writeAudioFile } from '../support/sipp.ts';
import { describeWith, Network, sippBehindKamailio } from './network.ts';
import { answers, hangsUp, isHungUp, rings, talks } from './phone-steps.ts';

/** How long B listens before it hangs up, ms. */
const A_TALK = 2_500;

const legOf = ({ legs }: EndedCall, party: string): ShownLeg['audio'] =>
  legs.find((leg) => leg.party === party)?.audio;

describeWith(sippBehindKamailio, 'the verdict on the audio of phones behind Kamailio', () => {
  let network: Network;
  beforeAll(async () => {
    network = await Network.start();
  });
  afterAll(() => network?.[Symbol.asyncDispose]());

  /** A call between A, who talks, and a phone that does as the steps say; as its record judges it. */
  async function judged(steps: readonly Step[]): Promise<EndedCall> {
    await using a = await network.phone([...talks(network.tone(500)), ...isHungUp()]);
    await using b = await network.phone([...rings(), ...answers(), ...steps, ...hangsUp(A_TALK)]);
    return await network.call(a, b);
  }

  it('is both ways where both talk', async () => {
    const call = await judged([stream(network.tone(1_300))]);
    for (const party of ['A', 'B']) {
      const audio = legOf(call, party);
      expect(audio).toMatchObject({ audio: 'both-ways', causes: [] });
      expect(audio?.received?.packets).toBeGreaterThan(A_TALK / 20 / 2);
      expect(audio?.received?.mos).toBeGreaterThan(3);
      expect(audio?.level).toBeGreaterThan(-30);
    }
  });

  const oneWay: readonly [phone: string, cause: string, steps: () => Step[]][] = [
    ['that sends nothing', 'no-packets-received', () => []],
    [
      'that sends a codec nobody agreed on',
      'payload-not-agreed',
      () => [stream(network.tone(1_300, 'PCMU'), 'PCMU')],
    ],
    [
      'that is mute',
      'silence-only',
      () => [stream(writeAudioFile(network.directory, 'silence', silence(10_000)))],
    ],
  ];

  it.each(oneWay)('names the leg of a phone %s, and why: %s', async (_, cause, steps) => {
    const call = await judged(steps());
    expect(legOf(call, 'A')).toMatchObject({ audio: 'both-ways', causes: [] });
    expect(legOf(call, 'B')).toMatchObject({ audio: 'to-far-end', causes: [cause] });
  });
});
