import { describe, expect, it } from 'vitest';
import { MemoryAccounts } from '../../test/support/memory-stores.ts';
import { Administration } from './administration.ts';

const administration = (): Administration => {
  let drawn = 0;
  return new Administration({
    store: new MemoryAccounts(),
    now: () => 0,
    random: { integer: (below) => (drawn = (drawn * 31 + 17) % 1_000_003) % below },
    mayPushTo: (host) => host !== '10.0.0.1' && host !== '::1',
  });
};

describe('push addresses of an application', () => {
  it.each([
    ['statusUrl', 'http://10.0.0.1/status'],
    ['feeUrl', 'https://[::1]:9330/fee'],
  ])('are refused at once where pushes must not go: %s', async (field, url) => {
    const apps = administration();
    const wanted = { name: 'Cars', capability: 'callback' } as const;
    const refused = expect.objectContaining({ rule: 'url-invalid', field });
    await expect(apps.createApp({ ...wanted, [field]: url })).rejects.toEqual(refused);
    const { appKey } = await apps.createApp({ ...wanted, [field]: 'https://cars.example/push' });
    await expect(apps.updateApp(appKey, { [field]: url })).rejects.toEqual(refused);
    const removed = await apps.updateApp(appKey, { [field]: null });
    expect(removed).toMatchObject({ [field]: undefined });
  });
});
