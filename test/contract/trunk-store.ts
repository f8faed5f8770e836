import { expect, it } from 'vitest';
import { newTrunk, type Trunk, type TrunkStore } from '../../src/accounts/trunk.ts';
import { START } from './samples.ts';

export const sampleTrunk = (name: string, changed: Partial<Trunk> = {}): Trunk => ({
  ...newTrunk({ name, addresses: ['sip.example.com'] }, START),
  ...changed,
});

/** What every TrunkStore does. `open` gives an empty one. */
export function trunkStoreContract(open: () => Promise<TrunkStore>): void {
  it('keeps every member of a trunk', async () => {
    const store = await open();
    const full = sampleTrunk('full', {
      state: 'suspended',
      addresses: ['203.0.113.7:5070', '[2001:db8::1]:5060', 'sip.example.com'],
      transport: 'tls',
      username: 'acme',
      password: 'päss word',
      register: true,
      registerExpires: 300,
      prefixes: ['+86', '+852'],
      priority: 0,
      weight: 70,
      calleeRewriting: [{ from: '+86', to: '0' }],
      callerRewriting: [{ from: '+', to: '' }],
      identity: 'remote-party-id',
      fromUser: 'acme',
      fromDomain: 'carrier.example',
      privacy: true,
      callsPerSecond: 5,
      maxCalls: 30,
      optionsInterval: 0,
      responseTimeout: 2_000,
    });
    await store.putTrunk(sampleTrunk('plain'));
    await store.putTrunk(full);
    expect(await store.trunk('plain')).toEqual(sampleTrunk('plain'));
    expect(await store.trunk('full')).toEqual(full);
  });

  it('lists trunks in order of creation, also after a change', async () => {
    const store = await open();
    for (const name of ['c', 'a', 'b']) await store.putTrunk(sampleTrunk(name));
    await store.putTrunk(sampleTrunk('c', { priority: 3 }));
    expect((await store.trunks()).map(({ name, priority }) => [name, priority])).toEqual([
      ['c', 3],
      ['a', 10],
      ['b', 10],
    ]);
  });

  it('forgets a password that is taken away', async () => {
    const store = await open();
    await store.putTrunk(sampleTrunk('a', { username: 'acme', password: 'secret' }));
    await store.putTrunk(sampleTrunk('a'));
    expect(await store.trunk('a')).toEqual(sampleTrunk('a'));
  });

  it('forgets what is removed, and what never was', async () => {
    const store = await open();
    await store.putTrunk(sampleTrunk('a'));
    await store.removeTrunk('a');
    await store.removeTrunk('never');
    expect(await store.trunk('a')).toBeUndefined();
    expect(await store.trunks()).toEqual([]);
  });
}
