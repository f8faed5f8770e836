import { setImmediate as otherTurns } from 'node:timers/promises';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { CallRecord } from '../call/call-record.ts';
import {
  type Erasure,
  NumberMask,
  type NumberQuery,
  type PersonalData,
  type RefusedRequest,
} from '../call/personal-data.ts';
import type { CallHistory, CallQueries } from '../call/queries.ts';
import { callOfRow } from './call-rows.ts';
import type { GroupCommit } from './group-commit.ts';
import type { CallRow, Schema } from './schema.ts';

/** Rows looked at by one statement: calls that run are on the same thread. */
const PAGE = 1_000;

export class PersonalDataRepository implements PersonalData {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;
  readonly #queries: CallQueries;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>, queries: CallQueries) {
    this.#database = database;
    this.#commits = commits;
    this.#queries = queries;
  }

  async *calls(query: NumberQuery): AsyncGenerator<CallHistory> {
    for await (const { session_id: id } of this.#found(query)) {
      const history = await this.#queries.history(id);
      if (history !== undefined) yield history;
    }
  }

  async *refusals({ sought, spId }: NumberQuery): AsyncGenerator<RefusedRequest> {
    const mask = new NumberMask(sought);
    for (let after = 0; ; ) {
      const rows = await this.#database
        .selectFrom('refusals')
        .selectAll()
        .where('id', '>', after)
        .orderBy('id')
        .limit(PAGE)
        .execute();
      for (const row of rows) {
        const isOurs = spId === undefined || row.sp_id === spId;
        if (!isOurs || ![row.caller_nbr, row.callee_nbr].some((number) => mask.isIn(number))) continue;
        const { at, sp_id, app_key: appKey, explanation } = row;
        const numbers = { callerNbr: row.caller_nbr ?? undefined, calleeNbr: row.callee_nbr };
        yield { at, spId: sp_id, appKey, explanation, ...numbers };
      }
      if (rows.length < PAGE) return;
      after = rows.at(-1)?.id ?? after;
      await otherTurns();
    }
  }

  async erase(query: NumberQuery, clear: (call: CallRecord) => Promise<void>): Promise<Erasure> {
    const mask = new NumberMask(query.sought);
    let [calls, postponed] = [0, 0];
    for await (const row of this.#found(query)) {
      if (row.state !== 'ended' || (await isWaiting(this.#database, row.session_id))) {
        postponed += 1;
        continue;
      }
      await clear(callOfRow(row));
      // Something may have been replayed meanwhile.
      const erased = await this.#commits.run((transaction) => eraseCall(transaction, row.session_id, mask));
      if (erased) calls += 1;
      else postponed += 1;
    }
    const refusals = await this.#eraseRefusals(query, mask);
    const auditEntries = await this.#eraseAuditEntries(query, mask);
    return { calls, postponed, refusals, auditEntries };
  }

  /** Page after page of all calls; those that come meanwhile may be missed. */
  async *#found({ sought, spId }: NumberQuery): AsyncGenerator<CallRow> {
    const mask = new NumberMask(sought);
    const pattern = `%${mask.fragment}%`;
    for (let after = ''; ; ) {
      const page = this.#database
        .selectFrom('calls')
        .selectAll()
        .where('session_id', '>', after)
        .orderBy('session_id')
        .limit(PAGE);
      const end = await this.#database
        .selectFrom(page.select('session_id as id').as('page'))
        .select(({ fn }) => [fn.max('id').as('last'), fn.countAll().as('rows')])
        .executeTakeFirstOrThrow();
      const rows = await this.#database
        .selectFrom(page.as('page'))
        .selectAll()
        .where(({ eb, or }) =>
          or(
            (['order_json', 'legs_json', 'user_data', 'status_url', 'fee_url'] as const).map((column) =>
              eb(column, 'like', pattern),
            ),
          ),
        )
        .execute();
      for (const row of rows) {
        const texts = [row.order_json, row.legs_json, row.user_data, row.status_url, row.fee_url];
        if ((spId === undefined || row.sp_id === spId) && texts.some((text) => mask.isIn(text))) yield row;
      }
      if (Number(end.rows) < PAGE) return;
      after = end.last ?? after;
      await otherTurns();
    }
  }

  #eraseRefusals({ spId }: NumberQuery, mask: NumberMask): Promise<number> {
    return this.#rewrite('refusals', mask, ['callee_nbr', 'caller_nbr', 'explanation'], spId);
  }

  #eraseAuditEntries({ spId }: NumberQuery, mask: NumberMask): Promise<number> {
    return this.#rewrite('audit_entries', mask, ['object_id', 'before_json', 'after_json'], spId);
  }

  /** Masks the number in columns of a table. @returns how many rows it stood in */
  async #rewrite<Column extends string>(
    table: 'refusals' | 'audit_entries',
    mask: NumberMask,
    columns: readonly Column[],
    spId: string | undefined,
  ): Promise<number> {
    let changed = 0;
    for (let after = 0; ; ) {
      const { rows } = await sql<{ id: number; sp_id: string | null } & Record<Column, string | null>>`
        select id, sp_id, ${sql.join(columns.map((name) => sql.ref(name)))} from ${sql.table(table)}
        where id > ${after} order by id limit ${PAGE}`.execute(this.#database);
      const hit = rows.filter(
        (row) => (spId === undefined || row.sp_id === spId) && columns.some((name) => mask.isIn(row[name])),
      );
      for (const row of hit) {
        const values = columns.map((name) => {
          const text = row[name];
          return sql`${sql.ref(name)} = ${text === null ? null : mask.text(text)}`;
        });
        await this.#commits.run((transaction) =>
          sql`update ${sql.table(table)} set ${sql.join(values)} where id = ${row.id}`.execute(transaction),
        );
      }
      changed += hit.length;
      if (rows.length < PAGE) return changed;
      after = rows.at(-1)?.id ?? after;
      await otherTurns();
    }
  }
}

async function isWaiting(database: Kysely<Schema>, sessionId: string): Promise<boolean> {
  const row = await database
    .selectFrom('pushes')
    .select('id')
    .where('session_id', '=', sessionId)
    .where('state', '=', sql.lit('pending' as const))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

const inJson = (mask: NumberMask, text: string): string =>
  JSON.stringify(mask.document(JSON.parse(text) as unknown, true));

const inJsonOrNull = (mask: NumberMask, text: string | null): string | null =>
  text === null ? null : inJson(mask, text);

const inText = (mask: NumberMask, text: string | null): string | null =>
  text === null ? null : mask.text(text);

/** @returns whether it could be: nothing of it waits to be pushed */
async function eraseCall(
  transaction: Transaction<Schema>,
  sessionId: string,
  mask: NumberMask,
): Promise<boolean> {
  if (await isWaiting(transaction, sessionId)) return false;
  const call = await transaction
    .selectFrom('calls')
    .selectAll()
    .where('session_id', '=', sessionId)
    .executeTakeFirst();
  // Its time was over in this moment.
  if (call === undefined) return true;
  await transaction
    .updateTable('calls')
    .set({
      order_json: inJson(mask, call.order_json),
      legs_json: inJson(mask, call.legs_json),
      played_json: inJsonOrNull(mask, call.played_json),
      caller_nbr: inText(mask, call.caller_nbr),
      callee_nbr: inText(mask, call.callee_nbr),
      user_data: inText(mask, call.user_data),
      status_url: inText(mask, call.status_url),
      fee_url: inText(mask, call.fee_url),
    })
    .where('session_id', '=', sessionId)
    .execute();
  await eraseEvents(transaction, sessionId, mask);
  await erasePushes(transaction, sessionId, mask);
  await eraseCdr(transaction, sessionId, mask);
  return true;
}

async function eraseEvents(
  transaction: Transaction<Schema>,
  sessionId: string,
  mask: NumberMask,
): Promise<void> {
  const events = await transaction
    .selectFrom('events')
    .select(['id', 'caller', 'called', 'digits'])
    .where('session_id', '=', sessionId)
    .execute();
  for (const { id, caller, called, digits } of events) {
    await transaction
      .updateTable('events')
      .set({
        caller: inText(mask, caller),
        called: inText(mask, called),
        digits: mask.document({ digits }, digits !== null).digits,
      })
      .where('id', '=', id)
      .execute();
  }
}

async function erasePushes(
  transaction: Transaction<Schema>,
  sessionId: string,
  mask: NumberMask,
): Promise<void> {
  const pushes = await transaction
    .selectFrom('pushes')
    .select(['id', 'body', 'url'])
    .where('session_id', '=', sessionId)
    .execute();
  for (const { id, body, url } of pushes) {
    const [keptBody, keptUrl] = [inJson(mask, body), mask.text(url)];
    if (keptBody === body && keptUrl === url) continue;
    const erased = { body: keptBody, url: keptUrl, erased: 1 };
    await transaction.updateTable('pushes').set(erased).where('id', '=', id).execute();
  }
}

async function eraseCdr(
  transaction: Transaction<Schema>,
  sessionId: string,
  mask: NumberMask,
): Promise<void> {
  const cdr = await transaction
    .selectFrom('cdrs')
    .select(['fee', 'url'])
    .where('session_id', '=', sessionId)
    .executeTakeFirst();
  if (cdr === undefined) return;
  await transaction
    .updateTable('cdrs')
    .set({ fee: inJson(mask, cdr.fee), url: inText(mask, cdr.url) })
    .where('session_id', '=', sessionId)
    .execute();
}
