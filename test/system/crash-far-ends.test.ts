import { describe, expect, it } from 'vitest';
import type { Behaviour } from '../../src/phones/behaviours.ts';
import { FarEnd } from '../support/far-end.ts';
import { eventually } from '../support/peer-process.ts';
import { numbers, storyOf } from '../support/platform-client.ts';
import { Receiver } from '../support/receiver.ts';
import { ServedPlatform } from '../support/served-platform.ts';

const rings: Behaviour = async (phone) => phone.ring();
const answers: Behaviour = async (phone) => {
  phone.ring();
  await phone.answer();
};
/** Takes the call as far as 100 Trying. */
const ponders: Behaviour = async () => {};

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** How far a callback is when the platform is killed, and what becomes of its phones. */
const points = [
  {
    when: 'the first phone is called',
    phones: { a: ponders, b: ponders },
    outcomes: ['cancelled'],
    story: 'callout A, disconnect A',
  },
  {
    when: 'the first phone rings',
    phones: { a: rings, b: rings },
    outcomes: ['cancelled'],
    story: 'callout A, alerting A, disconnect A',
  },
  {
    when: 'the second phone rings',
    phones: { a: answers, b: rings },
    outcomes: ['bye', 'cancelled'],
    story: 'callout A, alerting A, answer A, callout B, alerting B, disconnect A',
  },
  {
    when: 'both talk',
    phones: { a: answers, b: answers },
    outcomes: ['bye', 'bye'],
    story: 'callout A, alerting A, answer A, callout B, alerting B, answer B, disconnect A',
  },
];

describe('phones of a platform that is killed', { concurrent: true, timeout: 120_000 }, () => {
  it.each(points)('while $when are released by the next start', async ({ phones, outcomes, story }) => {
    await using receiver = await Receiver.start();
    await using farEnd = await FarEnd.start((number) => (number === numbers.a ? phones.a : phones.b));
    await using before = await ServedPlatform.start({ flags: ['--trunk', farEnd.trunk] });
    const sessionId = await before.accepted({
      statusUrl: base64(receiver.url('/status')),
      feeUrl: base64(receiver.url('/fee')),
    });
    const expected = story.split(', ');
    await eventually(async () => {
      const { events } = await before.call(sessionId);
      const talking = outcomes.filter((outcome) => outcome === 'bye').length;
      const arrived = farEnd.calls.length === outcomes.length;
      return (
        arrived &&
        events.length === expected.length - 1 &&
        farEnd.calls.filter((c) => c.talking).length === talking
      );
    }, story);
    await before.kill();
    expect(farEnd.open).toHaveLength(outcomes.length);

    await using after = await before.restarted();
    await eventually(() => farEnd.open.length === 0, 'the phones are released');
    expect(farEnd.calls.map(({ outcome }) => outcome)).toEqual(outcomes);
    const call = await eventually(async () => {
      const shown = await after.call(sessionId);
      return shown.pushes.some(({ kind }) => kind === 'fee') && shown;
    }, 'the call has its record');
    expect(storyOf(call.events)).toEqual(expected);
    expect(call.cdr).toMatchObject({ ulFailReason: 8000 });
    expect(JSON.stringify(call)).not.toContain('CSeq');
    expect(farEnd.calls).toHaveLength(outcomes.length);
    expect([...farEnd.problems, ...receiver.faults]).toEqual([]);
  });
});
