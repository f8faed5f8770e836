import { DatabaseSync } from 'node:sqlite';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely, Transaction } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { START } from '../../test/contract/samples.ts';
import { GroupCommit } from './group-commit.ts';
import { migrate } from './migrate.ts';
import type { Schema } from './schema.ts';
import { openSqlite } from './sqlite.ts';
import { StoreUnavailableError } from '../call/store-unavailable-error.ts';

describe('group commit', () => {
  let folder: string;
  let database: Kysely<Schema>;
  let commits: GroupCommit<Schema>;
  let outside: DatabaseSync;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ovc-commit-'));
    const path = join(folder, 'store.db');
    const opened = openSqlite({ path });
    database = opened.database;
    await migrate(database, opened.traits);
    // However long a busy machine takes for one.
    commits = new GroupCommit(database, undefined, Infinity);
    outside = new DatabaseSync(path);
  });

  afterEach(async () => {
    outside.close();
    await database.destroy();
    rmSync(folder, { recursive: true });
  });

  const account = (spId: string) => (transaction: Transaction<Schema>) =>
    transaction.insertInto('accounts').values({ sp_id: spId, created_at: START }).execute();

  /** What another connection sees: only what is committed. */
  const committed = (): unknown[] =>
    outside
      .prepare('select sp_id from accounts order by rowid')
      .all()
      .map((row) => row['sp_id']);

  it('writes what arrives together in one transaction, in the order of arrival', async () => {
    const seen: unknown[][] = [];
    const spying = (spId: string) => async (transaction: Transaction<Schema>) => {
      await account(spId)(transaction);
      seen.push(committed());
    };
    await Promise.all(['a', 'b', 'c'].map((spId) => commits.run(spying(spId))));
    expect(seen).toEqual([[], [], []]);
    expect(committed()).toEqual(['a', 'b', 'c']);
  });

  it('is durable when it resolves', async () => {
    const visible = ['a', 'b'].map(async (spId) => {
      await commits.run(account(spId));
      return committed();
    });
    expect(await Promise.all(visible)).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('lets a bad unit fail alone, with nothing of it written', async () => {
    const half = async (transaction: Transaction<Schema>): Promise<void> => {
      await account('half')(transaction);
      await account('a')(transaction);
    };
    const outcomes = await Promise.allSettled([
      commits.run(account('a')),
      commits.run(half),
      commits.run(async () => {
        throw new Error('changed my mind');
      }),
      commits.run(account('b')),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(committed()).toEqual(['a', 'b']);
  });

  it('writes units of one kind together, and a bad one among them fails alone', async () => {
    const sizes: number[] = [];
    const accounts = async (transaction: Transaction<Schema>, ids: readonly string[]): Promise<void> => {
      sizes.push(ids.length);
      for (const spId of ids) await account(spId)(transaction);
    };
    await Promise.all(['a', 'b', 'c'].map((spId) => commits.write(accounts, spId)));
    expect(sizes).toEqual([3]);
    const others = ['d', 'a', 'e'].map((spId) => commits.write(accounts, spId));
    const outcomes = await Promise.allSettled([...others, commits.run(account('f'))]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(committed()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('lets units of one kind wait for no more than their turn', async () => {
    const order: string[] = [];
    const many = async (_: Transaction<Schema>, items: readonly number[]): Promise<void> => {
      order.push(`many ${items.length}`);
    };
    const items = Array.from({ length: 600 }, (_, item) => commits.write(many, item));
    await commits.run(async () => void order.push('one'));
    await Promise.all(items);
    expect(order).toEqual(['many 256', 'one', 'many 256', 'many 88']);
  });

  it('refuses what it cannot keep while the database is slow', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20_001 }, () => commits.run(async () => {})),
    );
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([
      { status: 'rejected', reason: expect.any(StoreUnavailableError) },
    ]);
  });

  it('gives each caller the result of its own unit', async () => {
    const results = await Promise.all([1, 2, 3].map((value) => commits.run(async () => value)));
    expect(results).toEqual([1, 2, 3]);
  });

  it('goes on with what arrives while a group is written, and when the time of a group is over', async () => {
    const first = commits.run(async (transaction) => {
      await account('first')(transaction);
      late = commits.run(account('late'));
    });
    let late: Promise<unknown> | undefined;
    await first;
    await late;
    commits = new GroupCommit(database, undefined, 0);
    await Promise.all(Array.from({ length: 150 }, (_, index) => commits.run(account(`n${index}`))));
    expect(committed()).toHaveLength(152);
  });

  it('has settled when all that was handed over is written', async () => {
    void commits.run(account('a'));
    await commits.settled();
    expect(committed()).toEqual(['a']);
    await commits.settled();
  });
});
