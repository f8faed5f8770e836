import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { host, NameServer, srv } from '../../../test/support/name-server.ts';
import type { Flow } from '../../sip/flow.ts';
import { DnsCache } from '../dns-cache.ts';
import { HostUnresolvedError } from '../sip-sockets.ts';
import { GatewayLocator, inOrder } from './gateway-locator.ts';
import { NodeNames } from './names.ts';

let server: NameServer;
let now = 0;

beforeEach(async () => {
  now = 0;
  server = await NameServer.start();
});
afterEach(() => server[Symbol.dispose]());

/** Draws what a test says, over and over. */
const drawing = (...marks: number[]) => {
  let drawn = 0;
  return { integer: (below: number) => (marks[drawn++ % marks.length] ?? 0) % below };
};

function locator(random = drawing(0)): GatewayLocator {
  const names = new NodeNames({ servers: [server.address], timeout: 500 });
  const cache = new DnsCache({ family: 4, clock: () => now, resolve: names.addresses });
  const resolve = async (flow: Flow): Promise<Flow[]> => {
    try {
      const addresses = await cache.addresses(flow.host);
      return addresses.map((address) => ({ ...flow, host: address }));
    } catch (error) {
      throw new HostUnresolvedError(flow.host, error);
    }
  };
  return new GatewayLocator({ names, resolve, clock: () => now, random });
}

const places = async (address: string, transport: Flow['transport'] = 'UDP', by = locator()) => {
  const flows = await by.locate({ host: address }, transport);
  return flows.map((flow) => `${flow.transport} ${flow.host}:${flow.port}`);
};

describe('where gateways are (RFC 3263), by a real name server', () => {
  it('SRV records by priority, each with all addresses of its host', async () => {
    server.records = [
      srv('_sip._udp.carrier.test', 'b.carrier.test', 5080, 20),
      srv('_sip._udp.carrier.test', 'a.carrier.test', 5070, 10),
      host('a.carrier.test', '192.0.2.1'),
      host('a.carrier.test', '192.0.2.2'),
      host('b.carrier.test', '192.0.2.3'),
    ];
    expect(await places('carrier.test')).toEqual([
      'UDP 192.0.2.1:5070',
      'UDP 192.0.2.2:5070',
      'UDP 192.0.2.3:5080',
    ]);
    const [first] = await locator().locate({ host: 'carrier.test' }, 'UDP');
    expect(first?.name).toBe('carrier.test');
  });

  it.each([
    ['TCP', '_sip._tcp', 5060],
    ['TLS', '_sips._tcp', 5061],
  ] as const)('%s has records of its own, and a port of its own', async (transport, service, port) => {
    server.records = [
      srv(`${service}.carrier.test`, 'a.carrier.test', 7000),
      host('a.carrier.test', '192.0.2.1'),
      host('plain.test', '192.0.2.9'),
    ];
    expect(await places('carrier.test', transport)).toEqual([`${transport} 192.0.2.1:7000`]);
    expect(await places('plain.test', transport)).toEqual([`${transport} 192.0.2.9:${port}`]);
  });

  it('no records: the addresses of the name', async () => {
    server.records = [host('carrier.test', '192.0.2.1')];
    expect(await places('carrier.test')).toEqual(['UDP 192.0.2.1:5060']);
    expect(server.asked).toEqual(['SRV _sip._udp.carrier.test', 'A carrier.test']);
  });

  it('a port, or an address, asks for no records', async () => {
    server.records = [host('carrier.test', '192.0.2.1')];
    const flows = await locator().locate({ host: 'carrier.test', port: 5099 }, 'UDP');
    expect(flows).toMatchObject([{ host: '192.0.2.1', port: 5099 }]);
    expect(await places('192.0.2.7')).toEqual(['UDP 192.0.2.7:5060']);
    expect(server.asked).toEqual(['A carrier.test']);
  });

  it('a host without address is passed over; when none has one, the name leads nowhere', async () => {
    server.records = [
      srv('_sip._udp.carrier.test', 'gone.carrier.test', 5060, 1),
      srv('_sip._udp.carrier.test', 'a.carrier.test', 5060, 2),
      host('a.carrier.test', '192.0.2.1'),
      srv('_sip._udp.lost.test', 'gone.lost.test', 5060),
    ];
    expect(await places('carrier.test')).toEqual(['UDP 192.0.2.1:5060']);
    await expect(places('lost.test')).rejects.toThrow('the host lost.test cannot be resolved');
    await expect(places('nowhere.test')).rejects.toThrow(HostUnresolvedError);
  });

  it('a lone dot says that there is no such service (RFC 2782)', async () => {
    server.records = [srv('_sip._udp.carrier.test', '.', 0), host('carrier.test', '192.0.2.1')];
    await expect(places('carrier.test')).rejects.toThrow('offers no SIP over UDP');
  });

  it('records are kept for a while, and used on while the name server fails', async () => {
    server.records = [
      srv('_sip._udp.carrier.test', 'a.carrier.test', 5070),
      host('a.carrier.test', '192.0.2.1'),
    ];
    const by = locator();
    const services = () => server.asked.filter((question) => question.startsWith('SRV')).length;
    await places('carrier.test', 'UDP', by);
    await places('carrier.test', 'UDP', by);
    expect(services()).toBe(1);
    server.broken.add('SRV');
    now = 31_000;
    expect(await places('carrier.test', 'UDP', by)).toEqual(['UDP 192.0.2.1:5070']);
    expect(services()).toBeGreaterThan(1);
    server.broken.clear();
    server.records = [
      srv('_sip._udp.carrier.test', 'a.carrier.test', 5090),
      host('a.carrier.test', '192.0.2.1'),
    ];
    expect(await places('carrier.test', 'UDP', by)).toEqual(['UDP 192.0.2.1:5090']);
  });
});

describe('the order of records (RFC 2782)', () => {
  const record = (name: string, priority: number, weight: number) => ({ name, port: 5060, priority, weight });

  it('is by priority, then drawn by weight', () => {
    const records = [record('light', 1, 1), record('heavy', 1, 9), record('first', 0, 1)];
    expect(inOrder(records, drawing(0)).map(({ name }) => name)).toEqual(['first', 'light', 'heavy']);
    expect(inOrder(records, drawing(0, 5)).map(({ name }) => name)).toEqual(['first', 'heavy', 'light']);
  });

  it('gives each a share by its weight, and one without weight a small one', () => {
    const records = [record('none', 1, 0), record('one', 1, 25), record('three', 1, 75)];
    const first = new Map<string, number>();
    for (let mark = 0; mark <= 100; mark += 1) {
      const name = inOrder(records, drawing(mark, 0, 0))[0]?.name ?? '';
      first.set(name, (first.get(name) ?? 0) + 1);
    }
    expect(Object.fromEntries(first)).toEqual({ none: 1, one: 25, three: 75 });
  });
});
