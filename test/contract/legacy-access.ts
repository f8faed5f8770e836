import { expect, it } from 'vitest';
import type { AccessGrant, LegacyAccessStore } from '../../src/accounts/legacy-access.ts';
import type { AccountStore } from '../../src/accounts/ports.ts';
import { START } from './samples.ts';

const user = { spId: 'sp-1', username: 'one', passwordHash: 'hash', createdAt: START };

const grant = (name: string, changed: Partial<AccessGrant> = {}): AccessGrant => ({
  accessHash: `access-${name}`,
  refreshHash: `refresh-${name}`,
  appKey: 'app-1',
  spId: 'sp-1',
  createdAt: START,
  expiresAt: START + 1,
  refreshUntil: START + 2,
  ...changed,
});

/** What every store does with API users and their tokens. `open` gives an empty one. */
export function legacyAccessContract(
  open: () => Promise<{ readonly accounts: AccountStore; readonly legacyAccess: LegacyAccessStore }>,
): void {
  const prepared = async (): Promise<LegacyAccessStore> => {
    const { accounts, legacyAccess } = await open();
    for (const spId of ['sp-1', 'sp-2'])
      await accounts.putAccount({ spId, name: '', state: 'active', createdAt: START });
    return legacyAccess;
  };

  it('keeps one user of each account, whose name no other has', async () => {
    const store = await prepared();
    await store.putApiUser(user);
    await store.putApiUser({ ...user, username: 'renamed', passwordHash: 'other', createdAt: START + 1 });
    expect(await store.apiUser('one')).toBeUndefined();
    const renamed = { spId: 'sp-1', username: 'renamed', passwordHash: 'other', createdAt: START + 1 };
    expect(await store.apiUser('renamed')).toEqual(renamed);
    expect(await store.apiUserOf('sp-1')).toEqual(renamed);
    await expect(store.putApiUser({ ...user, spId: 'sp-2', username: 'renamed' })).rejects.toThrow();
    expect(await store.apiUserOf('sp-2')).toBeUndefined();
  });

  it('keeps grants until they are over, and those that are voided or replaced as such', async () => {
    const store = await prepared();
    for (const name of ['a', 'b', 'c']) await store.putGrant(grant(name));
    expect(await store.grant('access-a')).toEqual(grant('a'));
    expect(await store.grantToRefresh('refresh-b')).toEqual(grant('b'));
    await store.voidGrant('access-a');
    await store.putGrant(grant('d', { refreshUntil: START + 3 }), 'access-b');
    expect(await store.grant('access-a')).toEqual(grant('a', { expiresAt: 0 }));
    expect(await store.grant('access-b')).toEqual(grant('b', { expiresAt: 0 }));
    for (const name of ['a', 'b']) expect(await store.grantToRefresh(`refresh-${name}`)).toBeUndefined();
    await store.removeGrantsUntil(START + 2);
    for (const name of ['a', 'b', 'c']) expect(await store.grant(`access-${name}`)).toBeUndefined();
    expect(await store.grant('access-d')).toBeDefined();
  });

  it('ends the grants of an account with its password, and no others', async () => {
    const store = await prepared();
    await store.putGrant(grant('a'));
    await store.putGrant(grant('other', { spId: 'sp-2', appKey: 'app-2' }));
    await store.putApiUser(user);
    expect(await store.grant('access-a')).toBeUndefined();
    await store.putGrant(grant('b'));
    await store.removeApiUser('sp-1');
    expect(await store.grant('access-b')).toBeUndefined();
    expect(await store.apiUserOf('sp-1')).toBeUndefined();
    expect(await store.grant('access-other')).toBeDefined();
  });

  it('keeps the newest hundred of an app', async () => {
    const store = await prepared();
    await store.putGrant(grant('other', { appKey: 'app-2' }));
    for (let index = 0; index < 102; index++)
      await store.putGrant(grant(String(index), { createdAt: START + index }));
    expect(await store.grant('access-1')).toBeUndefined();
    expect(await store.grant('access-2')).toBeDefined();
    expect(await store.grant('access-other')).toBeDefined();
  });

  it('pushes no grant out for voided ones, of which it keeps the newest hundred', async () => {
    const store = await prepared();
    await store.putGrant(grant('kept'));
    for (let index = 0; index < 103; index++) {
      const replaced = index === 0 ? undefined : `access-${index - 1}`;
      await store.putGrant(grant(String(index), { createdAt: START + index }), replaced);
    }
    expect(await store.grant('access-kept')).toEqual(grant('kept'));
    expect(await store.grant('access-1')).toBeUndefined();
    expect(await store.grant('access-2')).toMatchObject({ expiresAt: 0 });
  });
}
