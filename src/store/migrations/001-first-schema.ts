import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

export const firstSchema: Migration = async (database, traits) => {
  const { schema } = database;
  await schema
    .createTable('accounts')
    .addColumn('sp_id', 'text', (column) => column.primaryKey())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();

  await traits
    .identityColumn(schema.createTable('apps'), 'id')
    .addColumn('app_key', 'text', (column) => column.notNull().unique())
    .addColumn('sp_id', 'text', (column) => column.notNull().references('accounts.sp_id'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('capability', 'text', (column) => column.notNull())
    .addColumn('app_secret', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('recording', 'integer', (column) => column.notNull())
    .addColumn('status_url', 'text')
    .addColumn('fee_url', 'text')
    .addColumn('push_signature', 'text', (column) => column.notNull())
    .addColumn('ports', 'integer', (column) => column.notNull())
    .addColumn('allowed_addresses', 'text', (column) => column.notNull())
    .addColumn('sandbox', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();

  await traits
    .identityColumn(schema.createTable('numbers'), 'id')
    .addColumn('number', 'text', (column) => column.notNull().unique())
    .addColumn('app_key', 'text', (column) => column.notNull().references('apps.app_key'))
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('numbers_of_app').on('numbers').column('app_key').execute();

  await schema
    .createTable('calls')
    .addColumn('session_id', 'text', (column) => column.primaryKey())
    .addColumn('icid', 'text', (column) => column.notNull().unique())
    .addColumn('app_key', 'text', (column) => column.notNull())
    .addColumn('sp_id', 'text', (column) => column.notNull())
    .addColumn('order_json', 'text', (column) => column.notNull())
    .addColumn('status_url', 'text')
    .addColumn('fee_url', 'text')
    .addColumn('user_data', 'text')
    .addColumn('sandbox', 'integer', (column) => column.notNull())
    .addColumn('accepted_at', 'bigint', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('last_sequence', 'integer', (column) => column.notNull())
    .addColumn('legs_json', 'text', (column) => column.notNull())
    .addColumn('release_cause', 'integer', (column) => column.notNull())
    .addColumn('teardown_point', 'integer', (column) => column.notNull())
    .addColumn('released_by', 'text', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .execute();
  const newestFirst = ['accepted_at', 'session_id'] as const;
  await schema
    .createIndex('calls_by_time')
    .on('calls')
    .columns([...newestFirst])
    .execute();
  await schema
    .createIndex('calls_by_app')
    .on('calls')
    .columns(['app_key', ...newestFirst])
    .execute();
  await schema
    .createIndex('calls_unfinished')
    .on('calls')
    .columns([...newestFirst])
    .where(sql`state`, '<>', sql.lit('ended'))
    .execute();

  await traits
    .identityColumn(schema.createTable('events'), 'id')
    .addColumn('session_id', 'text', (column) => column.notNull().references('calls.session_id'))
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('party', 'text')
    .addColumn('caller', 'text')
    .addColumn('called', 'text')
    .addColumn('state_code', 'integer')
    .addColumn('digits', 'text')
    .addUniqueConstraint('events_in_call', ['session_id', 'sequence'])
    .execute();

  await traits
    .identityColumn(schema.createTable('pushes'), 'id')
    .addColumn('session_id', 'text', (column) => column.notNull().references('calls.session_id'))
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('app_key', 'text', (column) => column.notNull())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('receiver', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('next_attempt_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('pushes_of_call').on('pushes').columns(['session_id', 'receiver', 'id']).execute();
  await schema
    .createIndex('pushes_pending')
    .on('pushes')
    .columns(['receiver', 'next_attempt_at', 'id'])
    .where(sql`state`, '=', sql.lit('pending'))
    .execute();

  await schema
    .createTable('deliveries')
    .addColumn('push_id', 'bigint', (column) => column.notNull().references('pushes.id'))
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('duration', 'bigint', (column) => column.notNull())
    .addColumn('http_status', 'integer')
    .addColumn('error', 'text')
    .addPrimaryKeyConstraint('deliveries_of_push', ['push_id', 'attempt'])
    .execute();

  await schema
    .createTable('cdrs')
    .addColumn('session_id', 'text', (column) => column.primaryKey().references('calls.session_id'))
    .addColumn('app_key', 'text', (column) => column.notNull())
    .addColumn('icid', 'text', (column) => column.notNull())
    .addColumn('ended_at', 'bigint', (column) => column.notNull())
    .addColumn('url', 'text')
    .addColumn('fee', 'text', (column) => column.notNull())
    .execute();
};
