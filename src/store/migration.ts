import type { CreateTableBuilder, Kysely, RawBuilder } from 'kysely';
import type { Schema } from './schema.ts';

/** What the migrations must know of a database product. */
export interface DialectTraits {
  /** Adds a primary key that grows by itself with every row. */
  identityColumn<Columns extends string>(
    table: CreateTableBuilder<string, Columns>,
    name: string,
  ): CreateTableBuilder<string, Columns | string>;
  /** A text of a JSON document in a column of texts; null where it has no such member. */
  memberOf(column: string, member: string): RawBuilder<string | null>;
}

/** Brings the schema from one version to the next; never changed once released. */
export type Migration = (database: Kysely<Schema>, traits: DialectTraits) => Promise<void>;
