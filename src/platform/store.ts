import { secretKeys } from '../store/secret-key.ts';
import { openPostgresStore, openSqliteStore, type Store } from '../store/store.ts';
import type { Base } from './base.ts';

export async function startStore({ config, metrics, parts }: Base): Promise<Store> {
  const { database, data, secretKey: current, previousSecretKey: previous } = config;
  const observer = metrics.store;
  const keys = secretKeys(data, { current, previous });
  const opened =
    database.kind === 'sqlite'
      ? openSqliteStore({ path: database.path, observer, secretKeys: keys })
      : openPostgresStore({ url: database.url, observer, secretKeys: keys });
  return parts.adopt(await opened, (store) => store.close());
}
