import type { Kysely } from 'kysely';
import type { KeyedPlacement, RequestKeys } from '../call/request-key.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Schema } from './schema.ts';

/** Rows removed by one transaction, so that calls wait for none for long. */
const PAGE = 500;

export function rowOfPlacement({ appKey, key, digest, sessionId, idlePort, placedAt }: KeyedPlacement) {
  return {
    app_key: appKey,
    request_key: key,
    digest,
    session_id: sessionId,
    idle_port: idlePort ?? null,
    placed_at: placedAt,
  };
}

export class RequestKeyRepository implements RequestKeys {
  readonly #database: Kysely<Schema>;
  readonly #commits: GroupCommit<Schema>;

  constructor(database: Kysely<Schema>, commits: GroupCommit<Schema>) {
    this.#database = database;
    this.#commits = commits;
  }

  async find(appKey: string, key: string): Promise<KeyedPlacement | undefined> {
    const row = await this.#database
      .selectFrom('request_keys')
      .selectAll()
      .where('app_key', '=', appKey)
      .where('request_key', '=', key)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const { digest, session_id: sessionId, idle_port: idlePort, placed_at: placedAt } = row;
    return { appKey, key, digest, sessionId, idlePort: idlePort ?? undefined, placedAt };
  }

  async removeUntil(placedAt: number): Promise<void> {
    for (let more = true; more; )
      more = await this.#commits.run((transaction) => removeSome(transaction, placedAt));
  }
}

/** @returns whether there are more */
async function removeSome(database: Kysely<Schema>, placedAt: number): Promise<boolean> {
  const next = await database
    .selectFrom('request_keys')
    .select('placed_at')
    .where('placed_at', '<=', placedAt)
    .orderBy('placed_at')
    .offset(PAGE - 1)
    .limit(1)
    .executeTakeFirst();
  await database
    .deleteFrom('request_keys')
    .where('placed_at', '<=', next?.placed_at ?? placedAt)
    .execute();
  return next !== undefined;
}
