import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleAccount, sampleApp } from '../../test/contract/samples.ts';
import { DirectoryInUseError, DirectoryLock } from './directory-lock.ts';
import { KeyRotationError, rotateSecretKey } from './rotate-key.ts';
import { WrongSecretKeyError } from './secret-box.ts';
import { secretKeys } from './secret-key.ts';
import { openSqliteStore, type Store } from './store.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const previousSecret = { secret: 'the one before', validUntil: NOW };

let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'ovc-rotation-'));
});
afterEach(() => rmSync(data, { recursive: true }));

const path = (): string => join(data, 'openvoicecall.db');
const keyFile = (): string => join(data, 'secret.key');
const rotate = (): Promise<string> =>
  rotateSecretKey({ data, database: { kind: 'sqlite', path: path() }, now: NOW });
const open = (key = readFileSync(keyFile(), 'utf8').trim()): Promise<Store> =>
  openSqliteStore({ path: path(), secretKeys: { current: key, previous: undefined } });

async function make(): Promise<string> {
  const { current } = secretKeys(data, {});
  const store = await open(current);
  await store.accounts.putAccount(sampleAccount('sp-1'));
  await store.accounts.putApp(sampleApp('a', { appSecret: 'plain-secret', previousSecret }));
  await store.close();
  return current;
}

async function expectReadable(): Promise<void> {
  const store = await open();
  expect(await store.accounts.app('a')).toMatchObject({ appSecret: 'plain-secret', previousSecret });
  await store.close();
}

describe('a new key', () => {
  it('opens everything, the old one nothing more, and that is kept aside', async () => {
    const old = await make();
    const aside = await rotate();
    expect(aside).toBe(`${keyFile()}.until-2026-01-02T03-04-05.000Z`);
    expect(readFileSync(aside, 'utf8').trim()).toBe(old);
    await expectReadable();
    await expect(open(old)).rejects.toThrow(WrongSecretKeyError);
  });

  it('is completed where a crash left it half done', async () => {
    await make();
    renameSync(keyFile(), `${keyFile()}.previous`);
    await rotate();
    await expectReadable();
    await make();
    renameSync(keyFile(), `${keyFile()}.previous`);
    secretKeys(data, {});
    await rotate();
    await expectReadable();
  });

  it('is made only where there is a key, and no platform runs', async () => {
    await expect(rotate()).rejects.toThrow(KeyRotationError);
    await make();
    const lock = DirectoryLock.take(data);
    try {
      await expect(rotate()).rejects.toThrow(DirectoryInUseError);
    } finally {
      lock.release();
    }
    await expectReadable();
  });
});
