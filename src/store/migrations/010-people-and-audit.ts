import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Accounts have a name and a state; they have users, who sign in; every change is on record. */
export const peopleAndAudit: Migration = async ({ schema }, traits) => {
  for (const [name, value] of [
    ['name', ''],
    ['state', 'active'],
  ] as const) {
    await schema
      .alterTable('accounts')
      .addColumn(name, 'text', (column) => column.notNull().defaultTo(sql.lit(value)))
      .execute();
  }

  await traits
    .identityColumn(schema.createTable('users'), 'id')
    .addColumn('user_id', 'text', (column) => column.notNull().unique())
    .addColumn('sp_id', 'text', (column) => column.notNull().references('accounts.sp_id'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('password_hash', 'text', (column) => column.notNull())
    .addColumn('totp_secret', 'text')
    .addColumn('totp_confirmed', 'integer', (column) => column.notNull())
    .addColumn('totp_last_step', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_sign_in_at', 'bigint')
    .addUniqueConstraint('users_by_name', ['sp_id', 'name'])
    .execute();

  await schema
    .createTable('sign_ins')
    .addColumn('token_hash', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.user_id'))
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('last_used_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('sign_ins_of_user').on('sign_ins').column('user_id').execute();

  await traits
    .identityColumn(schema.createTable('access_tokens'), 'id')
    .addColumn('token_id', 'text', (column) => column.notNull().unique())
    .addColumn('token_hash', 'text', (column) => column.notNull().unique())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.user_id'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('prefix', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .execute();
  await schema.createIndex('access_tokens_of_user').on('access_tokens').column('user_id').execute();

  await schema
    .createTable('sign_in_failures')
    .addColumn('subject', 'text', (column) => column.primaryKey())
    .addColumn('failures', 'integer', (column) => column.notNull())
    .addColumn('since', 'bigint', (column) => column.notNull())
    .addColumn('locked_until', 'bigint', (column) => column.notNull())
    .execute();

  await traits
    .identityColumn(schema.createTable('audit_entries'), 'id')
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('actor_id', 'text', (column) => column.notNull())
    .addColumn('actor_name', 'text', (column) => column.notNull())
    .addColumn('sp_id', 'text')
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('object_kind', 'text', (column) => column.notNull())
    .addColumn('object_id', 'text', (column) => column.notNull())
    .addColumn('before_json', 'text')
    .addColumn('after_json', 'text')
    .addColumn('outcome', 'text', (column) => column.notNull())
    .execute();
  await schema.createIndex('audit_entries_by_time').on('audit_entries').column('at').execute();
  await schema.createIndex('audit_entries_of_account').on('audit_entries').columns(['sp_id', 'id']).execute();
};
