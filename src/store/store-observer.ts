import type { LogEvent } from 'kysely';

/** What a statement does. */
export type StatementKind = 'select' | 'insert' | 'update' | 'delete' | 'other';

/** Hears how the database does. Must not throw. */
export interface StoreObserver {
  /** One statement, without the waiting for its turn. */
  statement(kind: StatementKind, seconds: number): void;
  /** So many units of work became durable in one transaction, which took so long from its begin. */
  groupWritten(units: number, seconds: number): void;
  /** The database could not be used: so many units failed together. */
  groupFailed(units: number): void;
}

const KINDS: Readonly<Record<string, StatementKind>> = {
  SelectQueryNode: 'select',
  InsertQueryNode: 'insert',
  UpdateQueryNode: 'update',
  DeleteQueryNode: 'delete',
};

/** What a statement does, by its first word. */
export function kindOfStatement(text: string): StatementKind {
  const [, word = 'other'] = /^\s*(select|insert|update|delete)\b/i.exec(text) ?? [];
  return word.toLowerCase() as StatementKind;
}

/** What Kysely is given as its log, so that an observer hears of each statement. */
export function statementLog(observer: StoreObserver | undefined): ((event: LogEvent) => void) | undefined {
  if (observer === undefined) return undefined;
  return ({ query, queryDurationMillis }) => {
    observer.statement(KINDS[query.query.kind] ?? 'other', queryDurationMillis / 1_000);
  };
}
