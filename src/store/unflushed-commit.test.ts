import type fs from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { sampleAccount, sampleApp, sampleCall } from '../../test/contract/samples.ts';
import { openSqliteStore } from './store.ts';

const disk = vi.hoisted(() => ({ isBroken: false }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const fdatasync = (file: number, done: (error: Error | null) => void): void =>
    disk.isBroken
      ? done(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }))
      : real.fdatasync(file, done);
  return { ...real, fdatasync };
});

it('a commit that could not be flushed to the disk is in doubt, and can be withdrawn', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ovc-unflushed-'));
  const store = await openSqliteStore({ path: join(folder, 'store.db') });
  await store.accounts.putAccount(sampleAccount('sp-1'));
  await store.accounts.putApp(sampleApp('app-1'));
  disk.isBroken = true;
  await expect(store.calls.create(sampleCall('s'))).rejects.toMatchObject({
    name: 'StoreUnavailableError',
    isInDoubt: true,
  });
  disk.isBroken = false;
  expect(await store.calls.withdraw([{ sessionId: 's', keyed: undefined }])).toBe(1);
  expect(await store.calls.unfinished()).toEqual([]);
  await store.close();
  rmSync(folder, { recursive: true });
});
