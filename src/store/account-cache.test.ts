import { describe, expect, it } from 'vitest';
import { sampleApp, sampleNumber } from '../../test/contract/samples.ts';
import { MemoryAccounts } from '../../test/support/memory-stores.ts';
import { AccountCache } from './account-cache.ts';

/** Counts what is read, and lets a read wait. */
class CountedAccounts extends MemoryAccounts {
  reads = 0;
  held: Promise<void> | undefined;

  override async app(appKey: string) {
    this.reads += 1;
    const app = await super.app(appKey);
    await this.held;
    return app;
  }

  override async numbers(appKey?: string, spId?: string) {
    this.reads += 1;
    return super.numbers(appKey, spId);
  }
}

async function cached(): Promise<{ store: CountedAccounts; cache: AccountCache }> {
  const store = new CountedAccounts();
  await store.putApp(sampleApp('app-1'));
  await store.putNumber(sampleNumber('+8675528000001', 'app-1'));
  return { store, cache: new AccountCache(store) };
}

describe('the account cache', () => {
  it('reads an app and its numbers once', async () => {
    const { store, cache } = await cached();
    for (let time = 0; time < 3; time += 1) {
      expect(await cache.app('app-1')).toEqual(sampleApp('app-1'));
      expect(await cache.numbers('app-1')).toEqual([sampleNumber('+8675528000001', 'app-1')]);
    }
    expect(store.reads).toBe(2);
  });

  it('tells of every change', async () => {
    const { cache } = await cached();
    await cache.app('app-1');
    await cache.numbers('app-1');
    await cache.putApp(sampleApp('app-1', { state: 'suspended' }));
    await cache.putNumber(sampleNumber('+8675528000002', 'app-1'));
    expect(await cache.app('app-1')).toMatchObject({ state: 'suspended' });
    expect(await cache.numbers('app-1')).toHaveLength(2);
    await cache.removeNumber('+8675528000001');
    expect(await cache.numbers('app-1')).toEqual([sampleNumber('+8675528000002', 'app-1')]);
  });

  it('does not keep what was read while it changed', async () => {
    const { store, cache } = await cached();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.held = promise;
    const old = cache.app('app-1');
    await cache.putApp(sampleApp('app-1', { ports: 99 }));
    resolve();
    expect(await old).toEqual(sampleApp('app-1'));
    expect(await cache.app('app-1')).toMatchObject({ ports: 99 });
  });

  it('keeps nothing of keys that nobody has', async () => {
    const { store, cache } = await cached();
    expect(await cache.app('guess')).toBeUndefined();
    expect(await cache.app('guess')).toBeUndefined();
    expect(store.reads).toBe(2);
    await store.putApp(sampleApp('guess'));
    expect(await cache.app('guess')).toBeDefined();
  });
});
