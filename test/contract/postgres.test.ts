import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { openPostgresStore, type Store } from '../../src/store/store.ts';
import { postgresMissing, PostgresServer } from '../support/postgres.ts';
import { secretKeys } from './samples.ts';
import { storeContract } from './store.ts';

describe.skipIf(postgresMissing)(`PostgreSQL (${postgresMissing ?? 'installed'})`, () => {
  let server: PostgresServer;
  const opened: Store[] = [];

  beforeAll(async () => {
    server = await PostgresServer.start({ settings: { fsync: 'off' } });
  }, 60_000);

  afterAll(() => server[Symbol.asyncDispose](), 60_000);

  async function open(): Promise<Store> {
    await server.run('drop schema public cascade; create schema public');
    const store = await openPostgresStore({ url: server.url(), secretKeys });
    opened.push(store);
    return store;
  }

  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });

  storeContract(open);
});
