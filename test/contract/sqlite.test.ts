import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe } from 'vitest';
import { openSqliteStore, type Store } from '../../src/store/store.ts';
import { secretKeys } from './samples.ts';
import { storeContract } from './store.ts';

describe('SQLite', () => {
  const opened: { store: Store; folder: string }[] = [];

  async function open(): Promise<Store> {
    const folder = await mkdtemp(join(tmpdir(), 'ovc-store-'));
    const store = await openSqliteStore({ path: join(folder, 'store.db'), secretKeys });
    opened.push({ store, folder });
    return store;
  }

  afterEach(async () => {
    for (const { store, folder } of opened.splice(0)) {
      await store.close();
      await rm(folder, { recursive: true });
    }
  });

  storeContract(open);
});
