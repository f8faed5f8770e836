import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { eventually, installed } from '../support/peer-process.ts';
import { storyOf } from '../support/platform-client.ts';
import { Receiver } from '../support/receiver.ts';
import { ServedPlatform } from '../support/served-platform.ts';

const busy = '+8613500000010';
const leaver = '+8613500000015';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Another program that keeps the database for itself until it is disposed of. */
function lock(platform: ServedPlatform): Disposable {
  const other = new DatabaseSync(join(platform.data, 'openvoicecall.db'), { timeout: 5_000 });
  other.exec('begin immediate');
  return { [Symbol.dispose]: () => other.close() };
}

/** Lets the platform write no file any more, as on a full disk, until it is disposed of. */
function fillDisk(platform: ServedPlatform): Disposable {
  const limit = (soft: string): unknown =>
    execFileSync('prlimit', ['--pid', String(platform.process.pid), `--fsize=${soft}:unlimited`]);
  limit('0');
  return { [Symbol.dispose]: () => void limit('unlimited') };
}

async function expectRefusals(platform: ServedPlatform): Promise<void> {
  for (let time = 0; time < 3; time += 1) {
    const { status, body } = await platform.click2Call();
    expect({ status, ...body }).toMatchObject({ status: 500, resultcode: '1010001', sessionId: '' });
  }
  const ready = await fetch(`${platform.access.http}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({
    checks: [
      { name: 'calls', ok: true },
      { name: 'database', ok: false },
    ],
  });
  expect((await fetch(`${platform.access.http}/healthz`)).status).toBe(200);
}

async function expectRecovery(platform: ServedPlatform): Promise<void> {
  expect((await fetch(`${platform.access.http}/readyz`)).status).toBe(200);
  const call = await platform.ended(await platform.accepted({ callerNbr: busy }));
  expect(call.cdr).toMatchObject({ ulFailReason: 8108 });
  expect(await platform.metric('openvoicecall_calls_running')).toBe(0);
}

describe('a database that', { concurrent: true, timeout: 60_000 }, () => {
  it('is locked refuses new calls, ends those that go unrecorded, and records all when it is back', async () => {
    await using receiver = await Receiver.start();
    await using platform = await ServedPlatform.start();
    const urls = { statusUrl: base64(receiver.url('/s')), feeUrl: base64(receiver.url('/f')) };
    const talking = await platform.accepted({ calleeNbr: leaver, ...urls });
    await platform.until(talking, 'answer', 'B');
    const ringing = await platform.accepted(urls);
    await platform.until(ringing, 'alerting', 'A');
    {
      using _locked = lock(platform);
      await expectRefusals(platform);
      // One ends as its user wants, the other is ended after ten seconds; both have left their phones meanwhile.
      const streams = async (): Promise<boolean> =>
        (await platform.metric('openvoicecall_media_streams')) === 0;
      await eventually(streams, 'both calls ended', 30_000);
      expect(await platform.metric('openvoicecall_calls_running')).toBe(2);
      expect((await platform.call(talking)).cdr).toBeUndefined();
    }

    const wholeStory = 'callout A, alerting A, answer A, callout B, alerting B, answer B';
    const left = await platform.ended(talking);
    expect(storyOf(left.events).join(', ')).toBe(`${wholeStory}, disconnect B`);
    expect(left.cdr).toMatchObject({ ulFailReason: 0 });
    const cut = await platform.ended(ringing);
    expect(storyOf(cut.events).join(', ')).toBe(`${wholeStory}, disconnect A`);
    expect(cut.events.at(-1)).toMatchObject({ stateCode: 8000 });
    expect(cut.cdr).toMatchObject({ ulFailReason: 8000, sipStatusCode: 0 });

    await receiver.received(16);
    expect(receiver.pushes.filter(({ eventType }) => eventType === 'fee').length).toBe(2);
    expect(receiver.faults).toEqual([]);
    await expectRecovery(platform);
  });

  it.skipIf(!installed('prlimit'))('cannot grow refuses new calls, and takes them when it can', async () => {
    await using platform = await ServedPlatform.start();
    const running = await platform.accepted({ calleeNbr: leaver });
    await platform.until(running, 'answer', 'A');
    {
      using _full = fillDisk(platform);
      await expectRefusals(platform);
      const logged = (): boolean => platform.logged.some((line) => line.includes('trying again'));
      await eventually(logged, 'a change of the running call could not be stored');
    }
    expect((await platform.ended(running)).cdr).toMatchObject({ ulFailReason: 0 });
    await expectRecovery(platform);
  });

  it('is locked at a crash tells all after the restart', async () => {
    await using platform = await ServedPlatform.start();
    const sessionId = await platform.accepted({});
    await platform.until(sessionId, 'answer', 'A');
    {
      using _locked = lock(platform);
      const logged = (): boolean => platform.logged.some((line) => line.includes('trying again'));
      await eventually(logged, 'a change of the running call could not be stored');
      await platform.kill();
    }
    await using after = await platform.restarted();
    const { events, cdr } = await after.ended(sessionId);
    expect(storyOf(events).at(-1)).toBe('disconnect A');
    expect(cdr).toMatchObject({ ulFailReason: 8000 });
  });
});
