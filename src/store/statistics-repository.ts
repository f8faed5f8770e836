import { setImmediate as otherTurns } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { CallCount, CallCounts, CountQuery } from '../call/statistics.ts';
import type { Schema } from './schema.ts';

/** Calls that one statement counts, so that calls wait for none for long: they run on the same thread. */
const SLICE = 2_000;

/** Counts ended calls; reads nothing but the index `settled_calls_counted`. */
export class StatisticsRepository implements CallCounts {
  readonly #database: Kysely<Schema>;
  readonly #slice: number;

  constructor(database: Kysely<Schema>, slice = SLICE) {
    this.#database = database;
    this.#slice = slice;
  }

  async count({ spId, ...query }: CountQuery): Promise<CallCount[]> {
    const accounts = spId === undefined ? await this.#accounts() : [spId];
    const counted: CallCount[] = [];
    for (const account of accounts) counted.push(...(await this.#countOf(account, query)));
    return counted;
  }

  async #accounts(): Promise<string[]> {
    const rows = await this.#database.selectFrom('accounts').select('sp_id').orderBy('sp_id').execute();
    return rows.map((row) => row.sp_id);
  }

  async #countOf(spId: string, query: Omit<CountQuery, 'spId'>): Promise<CallCount[]> {
    const totals = new Map<string, CallCount>();
    for (let from = query.from; from < query.until; ) {
      const until = await this.#endOfSlice(spId, from, query.until);
      for (const count of await this.#countSlice(spId, { ...query, from, until })) {
        const name = `${count.appKey} ${count.number} ${count.releaseCause}`;
        const known = totals.get(name);
        totals.set(name, known === undefined ? count : sumOf(known, count));
      }
      from = until;
      await otherTurns();
    }
    return [...totals.values()];
  }

  /** Where the next slice begins; those that ended in one millisecond are in one slice, however many. */
  async #endOfSlice(spId: string, from: number, until: number): Promise<number> {
    const row = await this.#database
      .selectFrom('settled_calls')
      .select('ended_at')
      .where('sp_id', '=', spId)
      .where('ended_at', '>=', from)
      .where('ended_at', '<', until)
      .orderBy('ended_at')
      .offset(this.#slice)
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? until : Math.max(row.ended_at, from + 1);
  }

  async #countSlice(
    spId: string,
    { appKey, number, from, until }: Omit<CountQuery, 'spId'>,
  ): Promise<CallCount[]> {
    let query = this.#database
      .selectFrom('settled_calls')
      .select(['app_key', 'number', 'release_cause'])
      .select(({ fn }) => [
        fn.countAll().as('calls'),
        fn.sum('connected').as('connected'),
        fn.sum('talk').as('talk'),
      ])
      .where('sp_id', '=', spId)
      .where('ended_at', '>=', from)
      .where('ended_at', '<', until)
      .groupBy(['app_key', 'number', 'release_cause']);
    if (appKey !== undefined) query = query.where('app_key', '=', appKey);
    if (number !== undefined) query = query.where('number', '=', number);
    const rows = await query.execute();
    return rows.map((row) => ({
      spId,
      appKey: row.app_key,
      number: row.number,
      releaseCause: row.release_cause,
      // PostgreSQL gives sums as texts.
      calls: Number(row.calls),
      connected: Number(row.connected),
      talk: Number(row.talk),
    }));
  }
}

const sumOf = (one: CallCount, other: CallCount): CallCount => ({
  ...one,
  calls: one.calls + other.calls,
  connected: one.connected + other.connected,
  talk: one.talk + other.talk,
});
