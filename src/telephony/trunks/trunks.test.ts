import { describe, expect, it } from 'vitest';
import { SipEndpoint } from '../sip-endpoint.ts';
import { plainTrunk, type Trunk } from '../trunk.ts';
import { NodeNames } from './names.ts';
import { Trunks } from './trunks.ts';

describe('trunks', () => {
  it('prefer the longest prefix, then the priority, then the first of those in use', async () => {
    await using endpoint = await startEndpoint();
    const quiet = (): void => {};
    const trunks = new Trunks({
      endpoint,
      names: new NodeNames(),
      clock: { now: () => 0, after: () => quiet },
      random: { integer: () => 0 },
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    });
    const trunk = (name: string, given: Partial<Trunk>): Trunk =>
      plainTrunk(name, { host: '192.0.2.1', port: 5060 }, { transport: 'UDP', ...given });
    trunks.apply([
      trunk('suspended', { suspended: true, prefixes: ['+86135'] }),
      trunk('second', { prefixes: ['+86'], priority: 20 }),
      trunk('first', { prefixes: ['+86'], priority: 10 }),
      trunk('shares', { prefixes: ['+86'], priority: 10 }),
      trunk('mobiles', { prefixes: ['+8613', '+8615'], priority: 90 }),
    ]);
    expect(trunks.preferred('+8675528000001')).toBe('first');
    expect(trunks.preferred('+8613500000001')).toBe('mobiles');
    expect(trunks.preferred('+4930123456')).toBeUndefined();
    trunks.close();
  });
});

async function startEndpoint(): Promise<SipEndpoint & AsyncDisposable> {
  const endpoint = await SipEndpoint.start({
    listen: { host: '127.0.0.1', port: 0 },
    userAgent: { product: 'test', inbound: 'refuse', redirects: 'refuse' },
  });
  return Object.assign(endpoint, { [Symbol.asyncDispose]: () => endpoint.close() });
}
