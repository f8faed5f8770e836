import { expect, it } from 'vitest';
import type { User } from '../../src/accounts/user.ts';
import type { Store } from '../../src/store/store.ts';
import { sampleAccount, START } from './samples.ts';

const sampleUser = (name: string, changed: Partial<User> = {}): User => ({
  userId: `id of ${name}`,
  spId: 'sp-1',
  name,
  role: 'owner',
  state: 'active',
  passwordHash: '$argon2id$...',
  createdAt: START,
  ...changed,
});

const signInOf = (tokenHash: string, userId: string, expiresAt = START + 10) => ({
  tokenHash,
  userId,
  createdAt: START,
  expiresAt,
  lastUsedAt: START,
});

/** What every store of people does. `open` gives an empty one. */
export function peopleStoreContract(open: () => Promise<Store>): void {
  async function withAccounts() {
    const store = await open();
    for (const spId of ['sp-1', 'sp-2']) await store.accounts.putAccount(sampleAccount(spId));
    return store.people;
  }

  it('keeps every member of a user', async () => {
    const people = await withAccounts();
    const plain = sampleUser('mei');
    const full = sampleUser('wang', {
      spId: 'sp-2',
      role: 'read-only',
      state: 'disabled',
      totp: { secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', confirmed: true, lastStep: 58_000_000 },
      lastSignInAt: START + 1,
    });
    for (const user of [plain, full]) await people.putUser(user);
    expect(await people.user(plain.userId)).toEqual(plain);
    expect(await people.userOfName('sp-2', 'wang')).toEqual(full);
    expect(await people.userOfName('sp-1', 'wang')).toBeUndefined();
    expect(await people.users()).toEqual([plain, full]);
    expect(await people.users('sp-2')).toEqual([full]);
    await people.putUser({ ...full, totp: undefined });
    expect((await people.user(full.userId))?.totp).toBeUndefined();
  });

  it('has a name once in an account', async () => {
    const people = await withAccounts();
    await people.putUser(sampleUser('mei'));
    await people.putUser(sampleUser('mei', { userId: 'other', spId: 'sp-2' }));
    await expect(people.putUser(sampleUser('mei', { userId: 'third' }))).rejects.toThrow();
  });

  it('keeps sign-ins until they end, with the user or by themselves', async () => {
    const people = await withAccounts();
    const [mei, wang] = [sampleUser('mei'), sampleUser('wang')];
    for (const user of [mei, wang]) await people.putUser(user);
    await people.putSignIn(signInOf('a', mei.userId));
    await people.putSignIn(signInOf('b', wang.userId));
    await people.putSignIn(signInOf('c', wang.userId, START + 5));
    await people.noteSignInUsed('a', START + 3);
    expect(await people.signIn('a')).toEqual({ ...signInOf('a', mei.userId), lastUsedAt: START + 3 });
    const [older, elsewhere] = [
      signInOf('b', wang.userId),
      { ...signInOf('d', wang.userId), createdAt: START + 1 },
    ];
    await people.putSignIn({ ...elsewhere, address: '2001:db8::' });
    expect(await people.signInsOf(wang.userId)).toEqual([
      older,
      signInOf('c', wang.userId, START + 5),
      { ...elsewhere, address: '2001:db8::' },
    ]);
    await people.removeExpired(START + 5, START);
    expect(await people.signIn('c')).toBeUndefined();
    await people.putUser({ ...mei, role: 'reviewer' });
    expect(await people.signIn('a')).toBeDefined();
    await people.putUser({ ...mei, role: 'reviewer' }, { endSignIns: true });
    expect(await people.signIn('a')).toBeUndefined();
    expect(await people.signIn('b')).toBeDefined();
    await people.removeSignIn('b');
    await people.removeSignIn('b');
    expect(await people.signIn('b')).toBeUndefined();
    await people.noteSignInUsed('b', START + 9);
    expect(await people.signIn('b')).toBeUndefined();
  });

  it('keeps tokens', async () => {
    const people = await withAccounts();
    const { userId } = sampleUser('mei');
    await people.putUser(sampleUser('mei'));
    const plain = { tokenId: 't-1', tokenHash: 'h-1', userId, name: 'CI', prefix: 'ovp_1', createdAt: START };
    const full = { ...plain, tokenId: 't-2', tokenHash: 'h-2', expiresAt: START + 9, lastUsedAt: START + 1 };
    for (const token of [plain, full]) await people.addAccessToken(token);
    expect(await people.accessTokens(userId)).toEqual([plain, full]);
    expect(await people.accessTokens('nobody')).toEqual([]);
    await people.noteAccessTokenUsed('t-1', START + 2);
    expect(await people.accessToken('h-1')).toEqual({ ...plain, lastUsedAt: START + 2 });
    await people.removeAccessToken('t-1');
    expect(await people.accessToken('h-1')).toBeUndefined();
  });

  it('counts failures, and forgets old ones that lock nobody', async () => {
    const people = await withAccounts();
    const failures = { failures: 2, since: START, lockedUntil: 0 };
    expect(await people.failures('name:x')).toBeUndefined();
    await people.putFailures('name:x', { ...failures, failures: 1 });
    await people.putFailures('name:x', failures);
    await people.putFailures('name:y', { ...failures, lockedUntil: START + 9 });
    expect(await people.failures('name:x')).toEqual(failures);
    await people.removeExpired(START + 5, START + 1);
    expect(await people.failures('name:x')).toBeUndefined();
    expect(await people.failures('name:y')).toBeDefined();
  });
}
