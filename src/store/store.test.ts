import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleAccount, sampleApp, sampleCall, sampleChange } from '../../test/contract/samples.ts';
import type { CallbackOrder } from '../call/call-record.ts';
import { migrate, migrations, SchemaTooNewError } from './migrate.ts';
import { openSqlite } from './sqlite.ts';
import { openSqliteStore, Store } from './store.ts';
import { StoreUnavailableError } from '../call/store-unavailable-error.ts';

let folder: string;
let path: string;
const closing: (() => unknown)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ovc-store-'));
  path = join(folder, 'store.db');
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true });
});

async function open(): Promise<Store> {
  const store = await openSqliteStore({ path, busyTimeout: 1 });
  closing.push(() => store.close());
  return store;
}

/** Another program on the same file. */
function intruder(): DatabaseSync {
  const connection = new DatabaseSync(path);
  closing.push(() => connection.close());
  return connection;
}

describe('a locked database', () => {
  it('refuses what is asked, writes nothing, and works again when the lock is gone', async () => {
    const store = await open();
    const call = sampleCall('s');
    await store.calls.create(call);
    const other = intruder();
    other.exec('begin exclusive');
    const change = sampleChange(call, { sequence: 1, statusUrl: 'http://127.0.0.1:9/' });
    const refused = await Promise.allSettled([
      store.calls.create(sampleCall('refused')),
      store.calls.commit(change),
      store.check(),
      store.accounts.putAccount(sampleAccount('sp-1')),
    ]);
    for (const outcome of refused) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailableError) });
    }
    expect(await store.queries.history('refused')).toBeUndefined();
    other.exec('rollback');
    // What it refused last counts for a while, unless it takes something.
    await expect(store.check()).rejects.toThrow(StoreUnavailableError);
    await store.calls.commit(change);
    await store.check();
    await store.calls.create(sampleCall('refused'));
    expect(await store.queries.history('s')).toMatchObject({ events: [{ sequence: 1 }], pushes: [{}] });
  });

  it('cannot be opened while locked, and says so', async () => {
    await (await open()).close();
    closing.length = 0;
    // Outside write-ahead logging an exclusive lock keeps readers out too.
    const other = intruder();
    other.exec('pragma journal_mode = delete; begin exclusive');
    await expect(openSqliteStore({ path, busyTimeout: 1 })).rejects.toThrow(
      'The database cannot be used: it is locked by another program.',
    );
  });
});

describe('a full disk', () => {
  /** Fills the database to its last allowed page; SQLite then answers as on a full disk. */
  async function fill(): Promise<{ store: Store; makeRoom: () => Promise<void> }> {
    const { database, traits } = openSqlite({ path });
    await migrate(database, traits);
    const store = new Store({ writer: database, reader: database });
    closing.push(() => store.close());
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(database);
    await sql.raw(`pragma max_page_count = ${rows[0]?.page_count}`).execute(database);
    const makeRoom = async (): Promise<void> => {
      await sql.raw('pragma max_page_count = 1073741823').execute(database);
    };
    return { store, makeRoom };
  }

  it('refuses with one typed error, keeps what was there, and takes more when there is room', async () => {
    const { store, makeRoom } = await fill();
    const userData = 'x'.repeat(1_000);
    let accepted = 0;
    const fillUp = async (): Promise<never> => {
      for (;;) {
        await store.calls.create(sampleCall(`s${accepted}`, { userData }));
        accepted += 1;
      }
    };
    await expect(fillUp()).rejects.toThrow(
      new StoreUnavailableError('The database cannot be used: the disk is full.'),
    );
    const group = await Promise.allSettled([
      store.calls.create(sampleCall('one', { userData })),
      store.calls.create(sampleCall('two', { userData })),
    ]);
    for (const outcome of group) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailableError) });
    }
    expect((await store.queries.list({ limit: 500 })).calls).toHaveLength(accepted);
    await makeRoom();
    await store.calls.create(sampleCall('one', { userData }));
    expect((await store.queries.list({ limit: 500 })).calls).toHaveLength(accepted + 1);
  });
});

describe('the file', () => {
  it('is made with its folder and readable by its owner only', async () => {
    path = join(folder, 'deep', 'below', 'store.db');
    const store = await open();
    await store.check();
    for (const file of [path, `${path}-wal`]) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('keeps everything over a restart, and what was committed when nobody closed it', async () => {
    const store = await open();
    await store.accounts.putAccount(sampleAccount('sp-1'));
    await store.accounts.putApp(sampleApp('app-1'));
    await store.calls.create(sampleCall('s'));
    // As after a crash: the first is still open and has written nothing back from its log.
    const again = await open();
    expect(await again.accounts.app('app-1')).toEqual(sampleApp('app-1'));
    expect(await again.calls.unfinished()).toEqual([sampleCall('s')]);
  });

  it('forgets what a call played with the call, however that is removed', async () => {
    const store = await open();
    const order = { ...sampleCall('s').order, waitVoice: 'wait.wav' } as CallbackOrder;
    await store.calls.create(sampleCall('s', { order }));
    const count = 'select count(*) as uses from call_uses';
    expect(intruder().prepare(count).get()).toEqual({ uses: 1 });
    intruder().exec('delete from calls');
    expect(intruder().prepare(count).get()).toEqual({ uses: 0 });
  });

  it('is refused when it is something else', async () => {
    writeFileSync(path, 'This is not a database. '.repeat(100));
    await expect(openSqliteStore({ path })).rejects.toThrow('the file is not a database');
  });
});

describe('the schema', () => {
  it('is not touched when it is up to date', async () => {
    await (await open()).calls.create(sampleCall('s'));
    await open();
    const again = await open();
    expect(await again.queries.history('s')).toBeDefined();
  });

  it('goes forward step by step, each exactly once', async () => {
    await open();
    const { database, traits } = openSqlite({ path });
    closing.push(() => database.destroy());
    const seen: string[] = [];
    const step = (name: string) => async (): Promise<void> => void seen.push(name);
    await migrate(database, traits, [...migrations, step('second'), step('third')]);
    await migrate(database, traits, [...migrations, step('second'), step('third'), step('fourth')]);
    expect(seen).toEqual(['second', 'third', 'fourth']);
  });

  it('stays where it was when a step fails', async () => {
    await open();
    const { database, traits } = openSqlite({ path });
    closing.push(() => database.destroy());
    const broken = async (transaction: typeof database): Promise<void> => {
      await transaction.schema.createTable('half_done').addColumn('a', 'text').execute();
      throw new Error('no further');
    };
    await expect(migrate(database, traits, [...migrations, broken])).rejects.toThrow('no further');
    await migrate(database, traits);
    const tables = await database.introspection.getTables();
    expect(tables.map(({ name }) => name)).not.toContain('half_done');
  });

  it('of a newer version is refused with a remedy', async () => {
    await open();
    intruder().exec('update schema_version set version = 99');
    await expect(openSqliteStore({ path })).rejects.toThrow(SchemaTooNewError);
    await expect(openSqliteStore({ path })).rejects.toThrow(
      /schema version 99, but this version of OpenVoiceCall knows only \d+\. Start the newer version/,
    );
  });
});
