import { randomInt } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Administration } from '../accounts/administration.ts';
import { LegacyAccess } from '../accounts/legacy-access.ts';
import { openSqliteStore, type Store } from './store.ts';

let folder: string;
const random = { integer: (below: number) => randomInt(below) };
const now = () => Date.UTC(2026, 0, 1);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ovc-legacy-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): Promise<Store> => openSqliteStore({ path: join(folder, 'store.db') });

const accessOver = ({ legacyAccess: store, accounts }: Store): LegacyAccess =>
  new LegacyAccess({ store, accounts, now, random, hostName: 'ovc.test' });

it('keeps logins over a restart, and neither password nor token in the database', async () => {
  const before = await open();
  const administration = new Administration({ store: before.accounts, now, random });
  const app = await administration.createApp({ name: 'Cars', capability: 'callback' });
  const access = accessOver(before);
  const { user, password } = await access.renewPassword(app.spId);
  const { accessToken, refreshToken } = await access.issue(app);
  await before.close();
  for (const file of readdirSync(folder)) {
    const content = readFileSync(join(folder, file), 'latin1');
    for (const secret of [password, accessToken, refreshToken]) expect(content).not.toContain(secret);
  }

  await using after = { store: await open(), [Symbol.asyncDispose]: () => after.store.close() };
  const again = accessOver(after.store);
  expect(await again.isUserOf(app, user.username, password)).toBe(true);
  expect(await again.isUserOf(app, user.username, `${password}x`)).toBe(false);
  expect(await again.check(app, accessToken)).toBe('valid');
  expect(await again.refresh(app, refreshToken)).toMatchObject({ expiresIn: 172_800 });
  expect(await again.check(app, accessToken)).toBe('voided');
});

it('knows no other account', async () => {
  const store = await open();
  await expect(accessOver(store).renewPassword('nobody')).rejects.toThrow('There is no account of this id.');
  await store.close();
});
