import type { Kysely } from 'kysely';
import type { CallRecord } from '../call/call-record.ts';
import type { LimitSettings, LimitStore, SettingKind, SettingName } from '../limits/ports.ts';
import { callOfRow } from './call-rows.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Schema } from './schema.ts';

/** Calls read at a time. */
const PAGE = 1_000;

export class LimitRepository implements LimitStore {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>) {
    this.#database = database;
    this.#commits = commits;
  }

  async settings<Kind extends SettingKind>(kind: Kind): Promise<LimitSettings[Kind][]> {
    const rows = await this.#database
      .selectFrom('limit_settings')
      .select('value_json')
      .where('kind', '=', kind)
      .orderBy('owner')
      .orderBy('name')
      .execute();
    return rows.map(({ value_json: json }) => JSON.parse(json) as LimitSettings[Kind]);
  }

  async put<Kind extends SettingKind>(
    { kind, owner, name }: SettingName & { kind: Kind },
    value: LimitSettings[Kind],
  ): Promise<void> {
    const json = JSON.stringify(value);
    await this.#commits.run((transaction) =>
      transaction
        .insertInto('limit_settings')
        .values({ kind, owner, name, value_json: json })
        .onConflict((conflict) =>
          conflict.columns(['kind', 'owner', 'name']).doUpdateSet({ value_json: json }),
        )
        .execute(),
    );
  }

  async remove({ kind, owner, name }: SettingName): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction
        .deleteFrom('limit_settings')
        .where('kind', '=', kind)
        .where('owner', '=', owner)
        .where('name', '=', name)
        .execute(),
    );
  }

  async *callsSince(acceptedAt: number): AsyncGenerator<readonly CallRecord[]> {
    let position = { acceptedAt, sessionId: '' };
    for (;;) {
      const rows = await this.#database
        .selectFrom('calls')
        .selectAll()
        .where(({ eb, refTuple, tuple }) =>
          eb(refTuple('accepted_at', 'session_id'), '>', tuple(position.acceptedAt, position.sessionId)),
        )
        .orderBy('accepted_at')
        .orderBy('session_id')
        .limit(PAGE)
        .execute();
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map(callOfRow);
      position = { acceptedAt: last.accepted_at, sessionId: last.session_id };
    }
  }
}
