import { describe, expect, it } from 'vitest';
import { eventually } from '../support/peer-process.ts';
import { type EndedCall, type PlatformClient, storyOf } from '../support/platform-client.ts';
import { Receiver } from '../support/receiver.ts';
import { ServedPlatform } from '../support/served-platform.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const busy = '+8613500000010';
const neverAnswers = '+8613500000011';

const urls = (receiver: Receiver): object => ({
  statusUrl: base64(receiver.url('/status')),
  feeUrl: base64(receiver.url('/fee')),
});

/** The call when all its pushes are delivered. */
function delivered(platform: PlatformClient, sessionId: string): Promise<EndedCall> {
  return eventually(async () => {
    const call = (await platform.call(sessionId)) as EndedCall;
    return call.pushes.every(({ state }) => state === 'delivered') && call;
  }, `every push of ${sessionId} is delivered`);
}

/** What the receiver was told of a call; a push that the crash cut off may come twice and counts once. */
function told(receiver: Receiver, sessionId: string): string[] {
  const texts = receiver.pushes.filter(({ sessionIds }) => sessionIds.includes(sessionId));
  return [...new Set(texts.map(({ text }) => text))].map(
    (text) => (JSON.parse(text) as { eventType: string }).eventType,
  );
}

function expectCutOff(call: EndedCall): void {
  expect(call.state).toBe('ended');
  expect(call.events.filter(({ type }) => type === 'disconnect')).toHaveLength(1);
  expect(call.events.at(-1)).toMatchObject({ type: 'disconnect', stateCode: 8000 });
  expect(call.cdr).toMatchObject({ sessionId: call.sessionId, ulFailReason: 8000 });
  expect(call.cdr).toHaveProperty('callEndTime');
  expect(call.pushes.filter(({ kind }) => kind === 'fee')).toHaveLength(1);
}

describe('a crash', { concurrent: true, timeout: 120_000 }, () => {
  it('ends every accepted call, whatever its state, with one record of cause 8000', async () => {
    await using receiver = await Receiver.start();
    await using before = await ServedPlatform.start();
    const place = (body: object): Promise<string> => before.accepted({ ...urls(receiver), ...body });
    const over = await place({ callerNbr: busy });
    await before.ended(over);
    const ringing = await place({ callerNbr: neverAnswers });
    const waiting = await place({ calleeNbr: neverAnswers });
    const talking = await place({});
    await before.until(ringing, 'alerting', 'A');
    await before.until(waiting, 'alerting', 'B');
    await before.until(talking, 'answer', 'B');
    const accepted = await place({});
    await before.kill();

    await using after = await before.restarted();
    expect(after.access).toEqual(before.access);
    const stories = new Map([
      [ringing, 'callout A, alerting A, disconnect A'],
      [waiting, 'callout A, alerting A, answer A, callout B, alerting B, disconnect A'],
      [talking, 'callout A, alerting A, answer A, callout B, alerting B, answer B, disconnect A'],
    ]);
    for (const sessionId of [ringing, waiting, talking, accepted]) {
      const call = await delivered(after, sessionId);
      expectCutOff(call);
      const story = storyOf(call.events).join(', ');
      expect(story).toBe(stories.get(sessionId) ?? story);
      const events = call.events.map(({ type }) => type);
      expect(told(receiver, sessionId)).toEqual([...events, 'fee']);
    }
    expect((await delivered(after, over)).cdr).toMatchObject({ ulFailReason: 8108 });
    expect(told(receiver, over)).toEqual(['callout', 'disconnect', 'fee']);
    expect(receiver.faults).toEqual([]);
    expect(await after.metric('openvoicecall_calls_running')).toBe(0);

    // Its ports are free again: the next call has media.
    const next = await after.ended(await after.accepted({ calleeNbr: busy }));
    expect(next.cdr).toMatchObject({ ulFailReason: 8102 });
  });

  it('loses no push: what was on its way is repeated at once, what waited behind it follows', async () => {
    await using receiver = await Receiver.start();
    receiver.behaviour = () => 'hang';
    await using before = await ServedPlatform.start();
    const sessionId = await before.accepted({ callerNbr: busy, ...urls(receiver) });
    await before.ended(sessionId);
    await receiver.received(1);
    await before.kill();
    receiver.behaviour = () => ({ answer: 200 });

    await using after = await before.restarted();
    const call = await delivered(after, sessionId);
    expect(call.cdr).toMatchObject({ ulFailReason: 8108 });
    expect(call.pushes.map(({ deliveries }) => deliveries.length)).toEqual([1, 1, 1]);
    const order = receiver.pushes.map(({ eventType }) => eventType);
    expect(order).toEqual(['callout', 'callout', 'disconnect', 'fee']);
    expect(receiver.pushes[1]?.text).toBe(receiver.pushes[0]?.text);
    expect(receiver.faults).toEqual([]);
  });

  it('during the repair of a crash does no harm', async () => {
    await using receiver = await Receiver.start();
    await using parts = new AsyncDisposableStack();
    let platform = parts.use(await ServedPlatform.start());
    const running = await Promise.all(
      Array.from({ length: 10 }, () => platform.accepted({ callerNbr: neverAnswers, ...urls(receiver) })),
    );
    for (let crash = 0; crash < 3; crash += 1) {
      await platform.kill();
      platform = parts.use(await platform.restarted());
    }
    for (const sessionId of running) expectCutOff(await delivered(platform, sessionId));
    const records = receiver.pushes.filter(({ eventType }) => eventType === 'fee');
    expect(new Set(records.flatMap(({ sessionIds }) => sessionIds))).toEqual(new Set(running));
    expect(receiver.faults).toEqual([]);
  });
});
