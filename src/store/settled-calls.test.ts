import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { sampleCall, sampleChange, START } from '../../test/contract/samples.ts';
import { temporaryDirectory } from '../../test/support/peer-process.ts';
import { settledCalls } from './migrations/015-settled-calls.ts';
import { openSqlite } from './sqlite.ts';
import { openSqliteStore } from './store.ts';

it('settles the calls that ended before there was such a list, in the order in which they ended', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'store.db');
  const store = await openSqliteStore({ path });
  await store.calls.create(sampleCall('runs'));
  for (let index = 600; index > 0; index--) {
    const call = sampleCall(`s${index}`, { acceptedAt: START + index });
    await store.calls.create(call);
    await store.calls.commit(sampleChange(call, { sequence: 1, ends: true }));
  }
  const rows = (): unknown[] => {
    const database = new DatabaseSync(path);
    const found = database.prepare('select * from settled_calls order by id').all();
    database.close();
    return found;
  };
  const asWritten = rows();
  expect(asWritten).toHaveLength(600);
  await store.close();
  const older = new DatabaseSync(path);
  older.exec('drop table settled_calls; drop table removal_marks; drop index calls_by_account');
  older.close();
  const { database, traits } = openSqlite({ path });
  await settledCalls(database, traits);
  await database.destroy();
  expect(rows()).toEqual(asWritten);
});
