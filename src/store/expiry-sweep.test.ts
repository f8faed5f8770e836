import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sampleCall, sampleChange, START } from '../../test/contract/samples.ts';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { eventually, temporaryDirectory } from '../../test/support/peer-process.ts';
import type { Logger } from '../call/ports.ts';
import { ExpirySweep } from './expiry-sweep.ts';
import { openSqliteStore } from './store.ts';

const HOUR = 3_600_000;

it('removes what is over at the start and every hour, also where one kind cannot be removed', async () => {
  using directory = temporaryDirectory();
  const store = await openSqliteStore({ path: join(directory.path, 'store.db') });
  // The last one holds the latest position and stays.
  for (const [id, at] of [
    ['old', START - 3 * HOUR],
    ['young', START - HOUR],
    ['last', START],
  ] as const) {
    const call = sampleCall(id, { acceptedAt: at - 1_000 });
    await store.calls.create(call);
    await store.calls.commit(sampleChange(call, { sequence: 1, at, ends: true }));
  }
  const clock = new ManualClock(START);
  const warned: string[] = [];
  const silent = (): void => {};
  const warn = (fields: object): void => void warned.push(JSON.stringify(fields));
  const log: Logger = { debug: silent, info: silent, warn, error: silent };
  const kinds = [
    { name: 'broken', remove: () => Promise.reject(new Error('away')) },
    { name: 'calls', remove: (now: number) => store.callRetention.removeEndedBefore(now - 2 * HOUR) },
  ];
  const sweep = new ExpirySweep(kinds, clock, log);
  const left = async (): Promise<string> =>
    (await store.queries.list({ limit: 10 })).calls.map(({ sessionId }) => sessionId).join(' ');
  sweep.start();
  await eventually(async () => (await left()) === 'last young', 'the old call is removed');
  await clock.advance(HOUR);
  // Exactly as long as it is kept: not yet over.
  expect(await left()).toBe('last young');
  await clock.advance(HOUR);
  await eventually(async () => (await left()) === 'last', 'the young call is removed in its time');
  await sweep.stop();
  expect(warned).toHaveLength(3);
  expect(warned[0]).toContain('broken');
  await clock.advance(24 * HOUR);
  expect(clock.pending).toBe(0);
  await store.close();
});
