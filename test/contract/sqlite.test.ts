import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe } from 'vitest';
import { openSqliteStore, type Store } from '../../src/store/store.ts';
import { accountStoreContract } from './account-store.ts';
import { callStoreContract } from './call-store.ts';
import { outboxContract } from './outbox.ts';
import { templateStoreContract } from './template-store.ts';
import { voiceFileStoreContract } from './voice-file-store.ts';

describe('SQLite', () => {
  const opened: { store: Store; folder: string }[] = [];

  async function open(): Promise<Store> {
    const folder = await mkdtemp(join(tmpdir(), 'ovc-store-'));
    const store = await openSqliteStore({ path: join(folder, 'store.db') });
    opened.push({ store, folder });
    return store;
  }

  afterEach(async () => {
    for (const { store, folder } of opened.splice(0)) {
      await store.close();
      await rm(folder, { recursive: true });
    }
  });

  describe('accounts', () => accountStoreContract(async () => (await open()).accounts));
  describe('calls', () => callStoreContract(open));
  describe('outbox', () => outboxContract(open));
  describe('voice files', () => voiceFileStoreContract(async () => (await open()).voiceFiles));
  describe('templates', () => templateStoreContract(async () => (await open()).templates));
});
