import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleAccount, sampleApp } from '../../test/contract/samples.ts';
import { newTrunk } from '../accounts/trunk.ts';
import { isSealed, SecretBox, unsealed, WrongSecretKeyError } from './secret-box.ts';
import { type SecretKeys, secretKeys } from './secret-key.ts';
import { openSqliteStore } from './store.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ovc-secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const KEY = 'the first key of these tests, long enough';
const OTHER = 'the second key of these tests, long enough';

describe('a sealed secret', () => {
  const box = new SecretBox(KEY);

  it('opens for its owner, with its key, unless somebody touched it', () => {
    const sealed = box.seal('tTKHrQAZ', 'apps/a');
    expect(sealed).not.toContain('tTKHrQAZ');
    expect(box.seal('tTKHrQAZ', 'apps/a')).not.toBe(sealed);
    expect(box.open(sealed, 'apps/a')).toBe('tTKHrQAZ');
    expect(() => box.open(sealed, 'apps/b')).toThrow(WrongSecretKeyError);
    expect(() => new SecretBox(OTHER).open(sealed, 'apps/a')).toThrow(WrongSecretKeyError);
    const last = sealed.endsWith('A') ? 'B' : 'A';
    expect(() => box.open(sealed.slice(0, -1) + last, 'apps/a')).toThrow(WrongSecretKeyError);
    expect(() => box.open('sealed:1:AAAA', 'apps/a')).toThrow(WrongSecretKeyError);
    expect(() => unsealed.open(sealed, 'apps/a')).toThrow(WrongSecretKeyError);
  });
});

describe('secrets of a database', () => {
  const path = (): string => join(folder, 'store.db');
  const open = (keys?: SecretKeys) => openSqliteStore({ path: path(), secretKeys: keys });
  const keys = (current: string, previous?: string): SecretKeys => ({ current, previous });

  async function appSecret(using?: SecretKeys): Promise<string | undefined> {
    const store = await open(using);
    const app = await store.accounts.app('a');
    await store.close();
    return app?.appSecret;
  }

  function kept(): string {
    const database = new DatabaseSync(path(), { readOnly: true });
    const row = database.prepare('select app_secret from apps').get();
    database.close();
    return String(row?.app_secret);
  }

  async function make(using?: SecretKeys): Promise<void> {
    const store = await open(using);
    await store.accounts.putAccount(sampleAccount('sp-1'));
    await store.accounts.putApp(sampleApp('a', { appSecret: 'plain-secret' }));
    await store.close();
  }

  it('are sealed as they are written, and nowhere in its files', async () => {
    await make(keys(KEY));
    expect(isSealed(kept())).toBe(true);
    expect(readFileSync(path()).includes('plain-secret')).toBe(false);
    expect(await appSecret(keys(KEY))).toBe('plain-secret');
  });

  it('of trunks are sealed, too, and opened with another key', async () => {
    const store = await open(keys(KEY));
    const trunk = newTrunk({ name: 'a', addresses: ['a'], username: 'u', password: 'plain-secret' }, 0);
    await store.trunks.putTrunk(trunk);
    await store.close();
    expect(readFileSync(path()).includes('plain-secret')).toBe(false);
    const reopened = await open(keys(OTHER, KEY));
    expect((await reopened.trunks.trunk('a'))?.password).toBe('plain-secret');
    await reopened.close();
  });

  it('that were plain are sealed at the start', async () => {
    await make();
    expect(kept()).toBe('plain-secret');
    expect(await appSecret(keys(KEY))).toBe('plain-secret');
    expect(isSealed(kept())).toBe(true);
  });

  it('are refused at the start without their key, and untouched then', async () => {
    await make(keys(KEY));
    const before = kept();
    for (const wrong of [keys(OTHER), undefined, keys(OTHER, `${OTHER}.`)]) {
      await expect(open(wrong)).rejects.toThrow('Give the key that it was used with');
    }
    expect(kept()).toBe(before);
    expect(await appSecret(keys(KEY))).toBe('plain-secret');
  });

  it('are sealed anew with another key', async () => {
    await make(keys(KEY));
    expect(await appSecret(keys(OTHER, KEY))).toBe('plain-secret');
    expect(await appSecret(keys(OTHER))).toBe('plain-secret');
    await expect(open(keys(KEY))).rejects.toThrow(WrongSecretKeyError);
  });
});

describe('the secret key', () => {
  it('is made once, for its owner only', () => {
    const first = secretKeys(folder, {});
    expect(first).toEqual({ current: expect.stringMatching(/^[\w-]{43}$/), previous: undefined });
    expect(statSync(join(folder, 'secret.key')).mode & 0o777).toBe(0o600);
    expect(secretKeys(folder, {})).toEqual(first);
  });

  it('is replaced by moving it aside, or by configuring another', () => {
    const { current: old } = secretKeys(folder, {});
    renameSync(join(folder, 'secret.key'), join(folder, 'secret.key.previous'));
    const next = secretKeys(folder, {});
    expect(next.previous).toBe(old);
    expect(next.current).not.toBe(old);
    rmSync(join(folder, 'secret.key.previous'));
    expect(secretKeys(folder, { current: KEY })).toEqual({ current: KEY, previous: next.current });
    writeFileSync(join(folder, 'secret.key.previous'), old);
    expect(secretKeys(folder, { current: KEY, previous: OTHER })).toEqual({ current: KEY, previous: OTHER });
  });
});
