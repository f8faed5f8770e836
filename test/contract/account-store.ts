import { expect, it } from 'vitest';
import type { AccountStore } from '../../src/accounts/ports.ts';
import { sampleAccount, sampleApp, sampleNumber, START } from './samples.ts';

/** What every AccountStore does. `open` gives an empty one. */
export function accountStoreContract(open: () => Promise<AccountStore>): void {
  async function withAccount(): Promise<AccountStore> {
    const store = await open();
    await store.putAccount(sampleAccount('sp-1'));
    return store;
  }

  it('keeps an account', async () => {
    const store = await withAccount();
    expect(await store.account('sp-1')).toEqual(sampleAccount('sp-1'));
    expect(await store.account('sp-2')).toBeUndefined();
    const frozen = sampleAccount('sp-2', { name: '汽车', state: 'frozen', maxApps: 7, createdAt: START + 1 });
    await store.putAccount(frozen);
    expect(await store.accounts()).toEqual([sampleAccount('sp-1'), frozen]);
  });

  it('keeps every member of an app', async () => {
    const store = await withAccount();
    const plain = sampleApp('plain');
    const full = sampleApp('full', {
      heldByOperator: true,
      capability: 'verification',
      state: 'suspended',
      recording: true,
      recordingPrompt: 'hint.wav',
      statusUrl: 'https://status.example/a?b=c',
      feeUrl: 'https://fee.example/a',
      pushSignature: 'none',
      ports: 65_535,
      allowedAddresses: ['192.0.2.0/24', '2001:db8::1'],
      sandbox: true,
      previousSecret: { secret: 'the one before', validUntil: START + 2 },
      createdAt: START + 1,
    });
    await store.putApp(plain);
    await store.putApp(full);
    expect(await store.app('plain')).toEqual(plain);
    expect(await store.app('full')).toEqual(full);
    expect(await store.app('none')).toBeUndefined();
  });

  it('lists apps in order of creation, a changed one in its old place', async () => {
    const store = await withAccount();
    for (const key of ['c', 'a', 'b']) await store.putApp(sampleApp(key));
    await store.putApp(sampleApp('a', { name: 'changed', statusUrl: 'http://new.example/' }));
    const apps = await store.apps();
    expect(apps.map(({ appKey }) => appKey)).toEqual(['c', 'a', 'b']);
    expect(apps[1]).toMatchObject({ name: 'changed', statusUrl: 'http://new.example/' });
  });

  it('forgets an old secret, and how many apps an account may hold, when they are taken away', async () => {
    const store = await withAccount();
    await store.putApp(sampleApp('a', { previousSecret: { secret: 'old', validUntil: START } }));
    await store.putApp(sampleApp('a'));
    expect(await store.app('a')).toEqual(sampleApp('a'));
    await store.putAccount(sampleAccount('sp-1', { maxApps: 0 }));
    expect(await store.account('sp-1')).toMatchObject({ maxApps: 0 });
    await store.putAccount(sampleAccount('sp-1'));
    expect(await store.account('sp-1')).toEqual(sampleAccount('sp-1'));
  });

  it('takes away an address that a changed app no longer has', async () => {
    const store = await withAccount();
    await store.putApp(sampleApp('a', { statusUrl: 'http://old.example/' }));
    await store.putApp(sampleApp('a'));
    expect((await store.app('a'))?.statusUrl).toBeUndefined();
  });

  it('lists numbers in order of creation, all or of one app', async () => {
    const store = await withAccount();
    await store.putApp(sampleApp('a'));
    await store.putApp(sampleApp('b'));
    const numbers = [
      sampleNumber('+8675528000009', 'a'),
      sampleNumber('+8675528000001', 'b', { kind: 'service' }),
      sampleNumber('+8675528000005', 'a', { createdAt: START + 5 }),
    ];
    for (const number of numbers) await store.putNumber(number);
    await store.putNumber({ ...sampleNumber('+8675528000009', 'a'), state: 'suspended' });
    expect((await store.numbers()).map(({ number }) => number)).toEqual(numbers.map(({ number }) => number));
    expect(await store.numbers('a')).toEqual([{ ...numbers[0], state: 'suspended' }, numbers[2]]);
    expect(await store.number('+8675528000001')).toEqual(numbers[1]);
  });

  it('tells whose apps and numbers they are', async () => {
    const store = await withAccount();
    await store.putAccount(sampleAccount('sp-2'));
    await store.putApp(sampleApp('a'));
    await store.putApp(sampleApp('b', { spId: 'sp-2' }));
    await store.putNumber(sampleNumber('+8675528000001', 'a'));
    await store.putNumber(sampleNumber('+8675528000002', 'b'));
    expect((await store.apps('sp-2')).map(({ appKey }) => appKey)).toEqual(['b']);
    expect((await store.numbers(undefined, 'sp-2')).map(({ number }) => number)).toEqual(['+8675528000002']);
    expect(await store.numbers('a', 'sp-2')).toEqual([]);
  });

  it('forgets a number that is removed, once or twice', async () => {
    const store = await withAccount();
    await store.putApp(sampleApp('a'));
    await store.putNumber(sampleNumber('+8675528000001', 'a'));
    await store.removeNumber('+8675528000001');
    await store.removeNumber('+8675528000001');
    expect(await store.numbers()).toEqual([]);
  });
}
