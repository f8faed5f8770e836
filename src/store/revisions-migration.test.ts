import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresMissing, PostgresServer } from '../../test/support/postgres.ts';
import { migrate, migrations } from './migrate.ts';
import type { DialectTraits } from './migration.ts';
import { revisions } from './migrations/016-revisions.ts';
import { openPostgres } from './postgres.ts';
import type { Schema } from './schema.ts';
import { openSqlite } from './sqlite.ts';
import { openPostgresStore, openSqliteStore, type Store } from './store.ts';

const before = migrations.slice(0, migrations.indexOf(revisions));

async function fillOldTables(writer: Kysely<Schema>, traits: DialectTraits): Promise<void> {
  await migrate(writer, traits, before);
  const insert = async (name: string, state: string, reason: string | null, sound: string): Promise<void> => {
    await sql`insert into voice_files (sp_id, name, description, state, reason, revision, source_container,
        source_description, source_size, duration, created_at, uploaded_at)
      values ('sp', ${name}, '通知', ${state}, ${reason}, ${sound}, 'MP3', 'MP3, mono', 99, 600, 5, 1760000000000)`.execute(
      writer,
    );
  };
  await insert('b.wav', 'approved', null, 'one');
  await insert('a.wav', 'rejected', 'too loud', 'two');
  await sql`insert into templates (template_id, sp_id, name, content, speed, state, created_at, updated_at)
    values ('id', 'sp', 'Parcel', '您好', -20, 'pending', 7, 9)`.execute(writer);
}

async function expectFirstRevisions({ voiceFiles, templates }: Store): Promise<void> {
  const content = {
    description: '通知',
    source: { container: 'MP3', description: 'MP3, mono', size: 99 },
    duration: 600,
  };
  const one = { number: 1, submittedAt: 1_760_000_000_000 };
  const approved = { ...one, state: 'approved', content: { ...content, sound: 'one' } };
  const rejected = { ...one, state: 'rejected', reason: 'too loud', content: { ...content, sound: 'two' } };
  expect(await voiceFiles.list()).toEqual([
    { spId: 'sp', name: 'b.wav', createdAt: 5, latest: approved, inService: approved },
    { spId: 'sp', name: 'a.wav', createdAt: 5, latest: rejected },
  ]);
  const latest = { number: 1, state: 'pending', content: { text: '您好' }, submittedAt: 7 };
  const origin = { templateId: 'id', spId: 'sp', createdAt: 7 };
  expect(await templates.list()).toEqual([{ ...origin, name: 'Parcel', speed: -20, updatedAt: 9, latest }]);
}

describe('files and templates of an older version become first revisions', () => {
  it('on SQLite', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ovc-revisions-'));
    const path = join(folder, 'store.db');
    const { database, traits } = openSqlite({ path });
    await fillOldTables(database, traits);
    await database.destroy();
    const store = await openSqliteStore({ path });
    await expectFirstRevisions(store);
    await store.close();
    rmSync(folder, { recursive: true });
  });

  describe.skipIf(postgresMissing)(`on PostgreSQL (${postgresMissing ?? 'installed'})`, () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await PostgresServer.start();
    }, 60_000);
    afterAll(() => server[Symbol.asyncDispose](), 60_000);

    it('too', { timeout: 60_000 }, async () => {
      const url = await server.createDatabase();
      const { writer, reader, traits } = openPostgres({ url });
      await fillOldTables(writer, traits);
      await writer.destroy();
      await reader.destroy();
      const store = await openPostgresStore({ url });
      await expectFirstRevisions(store);
      await store.close();
    });
  });
});
