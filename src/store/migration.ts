import type { CreateTableBuilder, Kysely } from 'kysely';
import type { Schema } from './schema.ts';

/** What the migrations must know of a database product. */
export interface DialectTraits {
  /** Adds a primary key that grows by itself with every row. */
  identityColumn<Columns extends string>(
    table: CreateTableBuilder<string, Columns>,
    name: string,
  ): CreateTableBuilder<string, Columns | string>;
}

/** Brings the schema from one version to the next; never changed once released. */
export type Migration = (database: Kysely<Schema>, traits: DialectTraits) => Promise<void>;
