import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { behaviours } from '../../src/phones/behaviours.ts';
import { behaviourOf } from '../../src/phones/directory.ts';
import { FarEnd } from '../support/far-end.ts';
import { eventually, installed } from '../support/peer-process.ts';
import { storyOf } from '../support/platform-client.ts';
import { lockPostgres, lockSqlite, stopGrowth, stopPostgres } from '../support/outages.ts';
import { postgresMissing, PostgresServer } from '../support/postgres.ts';
import { Receiver } from '../support/receiver.ts';
import { ServedPlatform } from '../support/served-platform.ts';
import { SmallDisk, smallDiskMissing } from '../support/small-disk.ts';

const busy = '+8613500000010';
const leaver = '+8613500000015';
const late = '+8613500000016';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const urls = (receiver: Receiver): object => ({
  statusUrl: base64(receiver.url('/s')),
  feeUrl: base64(receiver.url('/f')),
});

/** A platform, and a way to take its database away until what that returns is disposed of. */
interface Scene {
  readonly platform: ServedPlatform;
  readonly trouble: () => Promise<AsyncDisposable>;
}

const onSqlite = async (parts: AsyncDisposableStack, flags: string[] = []): Promise<ServedPlatform> =>
  parts.use(await ServedPlatform.start({ flags }));

async function onPostgres(
  parts: AsyncDisposableStack,
  flags: string[] = [],
): Promise<{ server: PostgresServer; platform: ServedPlatform }> {
  const server = parts.use(await PostgresServer.start());
  const platform = parts.use(await ServedPlatform.start({ flags: ['--database', server.url(), ...flags] }));
  return { server, platform };
}

const scenes = {
  'SQLite, locked': async (parts: AsyncDisposableStack, flags: string[]): Promise<Scene> => {
    const platform = await onSqlite(parts, flags);
    return { platform, trouble: async () => lockSqlite(platform) };
  },
  'PostgreSQL, locked': async (parts: AsyncDisposableStack, flags: string[]): Promise<Scene> => {
    const { server, platform } = await onPostgres(parts, flags);
    return { platform, trouble: () => lockPostgres(server) };
  },
  'PostgreSQL, stopped': async (parts: AsyncDisposableStack, flags: string[]): Promise<Scene> => {
    const { server, platform } = await onPostgres(parts, flags);
    return { platform, trouble: () => stopPostgres(server, 'immediate') };
  },
};

/** Full for good: what grows fails, on SQLite as written to a file, on PostgreSQL as a table that is to be extended. */
const fullDisks = {
  'SQLite, no file may grow': async (parts: AsyncDisposableStack): Promise<Scene> => {
    const platform = await onSqlite(parts);
    return { platform, trouble: async () => stopGrowth(platform) };
  },
  'SQLite, disk full': async (parts: AsyncDisposableStack): Promise<Scene> => {
    const disk = parts.use(new SmallDisk());
    const flags = ['--database', `sqlite:${join(disk.path, 'ovc.db')}`];
    const platform = parts.use(await ServedPlatform.start({ flags }));
    return { platform, trouble: async () => filled(disk) };
  },
  'PostgreSQL, disk full': async (parts: AsyncDisposableStack): Promise<Scene> => {
    const disk = parts.use(new SmallDisk());
    const server = parts.use(await PostgresServer.start());
    const place = join(disk.path, 'tables');
    mkdirSync(place);
    for (const path of [disk.path, place]) PostgresServer.own(path);
    await server.run(`create tablespace small location '${place}'`);
    await server.run('create database small tablespace small');
    const flags = ['--database', server.url('small')];
    const platform = parts.use(await ServedPlatform.start({ flags }));
    return { platform, trouble: async () => filled(disk) };
  },
};

function filled(disk: SmallDisk): AsyncDisposable {
  const filler = disk.fill();
  return { [Symbol.asyncDispose]: async () => filler[Symbol.dispose]() };
}

/** Waits until so many events and call records were told; records may share a POST. */
const told = (receiver: Receiver, count: number): Promise<boolean> =>
  eventually(
    () => receiver.pushes.flatMap(({ sessionIds }) => sessionIds).length >= count,
    `${count} events and records were told`,
  );

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
  const isReady = async (): Promise<boolean> => (await fetch(`${platform.access.http}/readyz`)).ok;
  await eventually(isReady, 'the platform is ready');
  const call = await platform.ended(await platform.accepted({ callerNbr: busy }));
  expect(call.cdr).toMatchObject({ ulFailReason: 8108 });
  expect(await platform.metric('openvoicecall_calls_running')).toBe(0);
}

const notStored = (platform: ServedPlatform): Promise<boolean> =>
  eventually(
    () => platform.logged.some((line) => line.includes('trying again')),
    'a change of the running call could not be stored',
  );

const withoutPostgres = (name: string): boolean =>
  name.startsWith('PostgreSQL') && postgresMissing !== undefined;

describe('a database that is away', { concurrent: true, timeout: 120_000 }, () => {
  for (const [name, prepare] of Object.entries(scenes)) {
    it.skipIf(withoutPostgres(name))(
      `refuses new calls, lets running ones finish, and tells of them when it is back: ${name}`,
      async () => {
        await using parts = new AsyncDisposableStack();
        const receiver = parts.use(await Receiver.start());
        const phones = parts.use(await FarEnd.start((number) => behaviours[behaviourOf(number)]));
        const { platform, trouble } = await prepare(parts, ['--trunk', phones.trunk]);
        const talking = await platform.accepted({ calleeNbr: leaver, ...urls(receiver) });
        await platform.until(talking, 'answer', 'B');
        const ringing = await platform.accepted({ callerNbr: late, calleeNbr: leaver, ...urls(receiver) });
        await platform.until(ringing, 'alerting', 'A');
        let over: number;
        {
          await using _away = await trouble();
          await expectRefusals(platform);
          // The one that rings is answered, rings its second phone, and its users talk and leave, all of it unrecorded.
          const streams = async (): Promise<boolean> =>
            phones.calls.length === 4 && (await platform.metric('openvoicecall_media_streams')) === 0;
          await eventually(streams, 'both calls ended', 40_000);
          over = Date.now();
          if (name === 'PostgreSQL, stopped')
            await expect(platform.call(ringing)).rejects.toThrow(/: 503 .*database-unavailable/);
          expect(phones.calls.map(({ outcome }) => outcome)).toEqual(['bye', 'left', 'bye', 'left']);
          expect(await platform.metric('openvoicecall_calls_unrecorded')).toBe(2);
          expect(await platform.metric('openvoicecall_unrecorded_steps_total')).toBeGreaterThan(0);
          const told = receiver.pushes.filter(({ sessionIds }) => sessionIds.includes(ringing));
          expect(told.length).toBeLessThanOrEqual(2);
        }
        const calls = [await platform.ended(talking), await platform.ended(ringing)];
        for (const { events, cdr, legs } of calls) {
          expect(storyOf(events).join(', ')).toBe(
            'callout A, alerting A, answer A, callout B, alerting B, answer B, disconnect B',
          );
          expect(cdr).toMatchObject({ ulFailReason: 0 });
          expect(legs.map(({ audio }) => audio?.audio)).toEqual(['both-ways', 'both-ways']);
          // Things are told as having happened when they happened, not when they could be stored.
          expect(Date.parse(events.at(-1)!.at)).toBeLessThanOrEqual(over);
        }
        await told(receiver, 2 * 8);
        expect(receiver.faults).toEqual([]);
        expect(await platform.metric('openvoicecall_calls_unrecorded')).toBe(0);
        await expectRecovery(platform);
      },
    );
  }

  it.skipIf(postgresMissing)('for a moment costs no call: PostgreSQL, restarted', async () => {
    await using parts = new AsyncDisposableStack();
    const receiver = parts.use(await Receiver.start());
    const { server, platform } = await onPostgres(parts);
    const calls = await Promise.all(
      Array.from({ length: 5 }, () => platform.accepted({ calleeNbr: leaver, ...urls(receiver) })),
    );
    await platform.until(calls[0]!, 'alerting', 'A');
    for (let time = 0; time < 3; time += 1) {
      await server.stop('fast');
      await server.resume();
    }
    for (const sessionId of calls) {
      const { cdr, events } = await platform.ended(sessionId);
      expect(cdr).toMatchObject({ ulFailReason: 0 });
      expect(storyOf(events)).toHaveLength(7);
    }
    await told(receiver, 5 * 8);
    expect(receiver.faults).toEqual([]);
    await expectRecovery(platform);
  });

  it.skipIf(postgresMissing)(
    'leaves nothing of a refused call whose commit was lost: PostgreSQL, frozen',
    async () => {
      await using parts = new AsyncDisposableStack();
      const { server, platform } = await onPostgres(parts);
      const send = () => platform.click2Call({ callerNbr: busy }, '', { 'Idempotency-Key': 'order-1' });
      const stored = () => server.run('select session_id, state from calls');
      await server.delayCommits();
      const [thaw, refused] = await Promise.all([server.freezeCommit(), send()]);
      expect(refused).toMatchObject({ status: 500, body: { resultcode: '1010001' } });
      expect(await stored()).toEqual([]);
      thaw();
      const answer = await eventually(async () => {
        const { body } = await send();
        return body.resultcode === '0' && body;
      }, 'the same request is accepted');
      const { cdr } = await platform.ended(answer.sessionId ?? '');
      expect(cdr).toMatchObject({ ulFailReason: 8108 });
      expect(await stored()).toEqual([{ session_id: answer.sessionId, state: 'ended' }]);
      expect((await send()).body.sessionId).toBe(answer.sessionId);
      // The commit was made after all.
      expect(platform.logged.join()).toMatch(/"stored":1,[^}]*whose commit was in doubt/);
    },
  );

  it.skipIf(postgresMissing)('at a crash tells all after the restart: PostgreSQL, stopped', async () => {
    await using parts = new AsyncDisposableStack();
    const { server, platform } = await onPostgres(parts);
    const sessionId = await platform.accepted({});
    await platform.until(sessionId, 'answer', 'A');
    await server.stop('immediate');
    await notStored(platform);
    await platform.kill();
    await server.resume();
    const { events, cdr } = await parts.use(await platform.restarted()).ended(sessionId);
    expect(storyOf(events).at(-1)).toBe('disconnect A');
    expect(cdr).toMatchObject({ ulFailReason: 8000 });
  });

  it('at a crash tells all after the restart: SQLite, locked', async () => {
    await using parts = new AsyncDisposableStack();
    const platform = await onSqlite(parts);
    const sessionId = await platform.accepted({});
    await platform.until(sessionId, 'answer', 'A');
    {
      await using _locked = lockSqlite(platform);
      await notStored(platform);
      await platform.kill();
    }
    const { events, cdr } = await parts.use(await platform.restarted()).ended(sessionId);
    expect(storyOf(events).at(-1)).toBe('disconnect A');
    expect(cdr).toMatchObject({ ulFailReason: 8000 });
  });

  it('at a stop says what it leaves to the next start: SQLite, locked', async () => {
    await using parts = new AsyncDisposableStack();
    const platform = await onSqlite(parts, ['--drain-seconds', '1']);
    const sessionId = await platform.accepted({});
    await platform.until(sessionId, 'answer', 'A');
    {
      await using _locked = lockSqlite(platform);
      await notStored(platform);
      const { code, stderr } = await platform.terminated();
      expect(code).toBe(1);
      expect(stderr).toContain('One call could not be recorded: the database is away.');
    }
    const { cdr } = await parts.use(await platform.restarted()).ended(sessionId);
    expect(cdr).toMatchObject({ ulFailReason: 8000 });
  });
});

describe('a database that cannot grow', { concurrent: true, timeout: 120_000 }, () => {
  for (const [name, prepare] of Object.entries(fullDisks)) {
    const missing = name.endsWith('disk full') ? smallDiskMissing !== undefined : !installed('prlimit');
    it.skipIf(missing || withoutPostgres(name))(`refuses new calls until it can: ${name}`, async () => {
      await using parts = new AsyncDisposableStack();
      const { platform, trouble } = await prepare(parts);
      const running = await platform.accepted({ calleeNbr: leaver });
      await platform.until(running, 'answer', 'A');
      let kept = 0;
      {
        await using _full = await trouble();
        // There may be room in what it has already.
        await eventually(async () => {
          const { status, body } = await platform.click2Call({ callerNbr: busy, userData: 'x'.repeat(256) });
          if (status === 200) kept += 1;
          else expect({ status, ...body }).toMatchObject({ status: 500, resultcode: '1010001' });
          return status === 500 && (await fetch(`${platform.access.http}/readyz`)).status === 503;
        }, 'a call is refused, and the platform says that it is not ready');
      }
      const { cdr } = await platform.ended(running);
      expect(cdr).toMatchObject({ ulFailReason: 0 });
      await expectRecovery(platform);
      const { calls } = (await platform.admin('GET', '/calls?limit=500')) as { calls: { state: string }[] };
      expect(calls.map(({ state }) => state)).toEqual(Array.from({ length: kept + 2 }, () => 'ended'));
    });
  }
});
