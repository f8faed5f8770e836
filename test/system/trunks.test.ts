/** Trunks as an operator and a carrier see them: added to a running platform, tried in order, passed over, left alone. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Behaviour } from '../../src/phones/behaviours.ts';
import { FarEnd } from '../support/far-end.ts';
import { host, NameServer, srv } from '../support/name-server.ts';
import { eventually } from '../support/peer-process.ts';
import { type EndedCall, numbers } from '../support/platform-client.ts';
import { TestPlatform } from '../support/platform.ts';
import { RawTrunk, type Reply } from '../support/raw-trunk.ts';

let parts = new AsyncDisposableStack();
afterEach(async () => {
  await parts.disposeAsync();
  parts = new AsyncDisposableStack();
});

const hangsUpSoon: Behaviour = async (handset) => {
  handset.ring();
  await handset.answer();
  handset.hangUp();
};

/** Refuses every INVITE so; answers OPTIONS. */
const refusing =
  (status: number, headers: Readonly<Record<string, string>> = {}): Reply =>
  (request, trunk) => {
    if (request.method === 'ACK') return [];
    const response = trunk.respond(request, request.method === 'INVITE' ? status : 200);
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    return [response];
  };

const silent: Reply = () => [];

class Bench {
  readonly platform: TestPlatform;
  readonly good: FarEnd;
  readonly goodAddress: string;

  private constructor(platform: TestPlatform, good: FarEnd) {
    this.platform = platform;
    this.good = good;
    this.goodAddress = good.trunk.replace('sip:', '');
  }

  /** A sandbox, and a carrier whose phones take every call and hang up; it is the trunk `good` of priority 50 unless `bare`. */
  static async start({ bare = false, flags = {}, behaviour = hangsUpSoon } = {}): Promise<Bench> {
    const good = parts.use(await FarEnd.start(() => behaviour));
    const bench = new Bench(parts.use(await TestPlatform.start(flags)), good);
    if (!bare) await bench.add('good', bench.goodAddress, { priority: 50 });
    return bench;
  }

  async raw(name: string, reply: Reply, members: object = {}): Promise<RawTrunk> {
    const trunk = parts.use(await RawTrunk.start(reply));
    await this.add(name, `127.0.0.1:${trunk.port}`, members);
    return trunk;
  }

  add(name: string, address: string, members: object = {}): Promise<unknown> {
    const body = { name, addresses: [address], optionsInterval: 0, responseTimeout: 500, ...members };
    return this.platform.admin('POST', '/trunks', body);
  }

  async call(body: object = {}): Promise<EndedCall> {
    return this.platform.ended(await this.platform.accepted(body));
  }

  /** What came of the attempts to reach A: `good answered`. */
  attempts({ legs }: EndedCall): string[] {
    const [leg] = legs as unknown as { attempts?: Record<string, string | number>[] }[];
    return (leg?.attempts ?? []).map(({ trunk, result, sipStatus }) =>
      [trunk, result, result === 'refused' ? sipStatus : ''].join(' ').trim(),
    );
  }
}

const invites = (trunk: RawTrunk) => trunk.heard.filter(({ method }) => method === 'INVITE');

describe('a trunk added to a running platform', { timeout: 60_000 }, () => {
  it('takes the next call, until it is suspended or removed', async () => {
    const bench = await Bench.start({ bare: true });
    const { platform } = bench;
    const sandboxed = await bench.call({ callerNbr: '+8613500000010' });
    expect(bench.attempts(sandboxed)).toEqual([]);
    await bench.add('good', bench.goodAddress);
    expect(bench.attempts(await bench.call())).toEqual(['good answered']);
    expect(bench.good.calls.length).toBeGreaterThan(0);
    await platform.admin('PATCH', '/trunks/good', { state: 'suspended' });
    const seen = bench.good.calls.length;
    const unroutable = await bench.call();
    expect(unroutable.cdr).toMatchObject({ ulFailReason: 8109, callOutUnaswRsn: 3 });
    expect(unroutable.events.at(-1)?.stateCode).toBe(8109);
    await platform.admin('PATCH', '/trunks/good', { state: 'in-use' });
    expect(bench.attempts(await bench.call())).toEqual(['good answered']);
    expect(bench.good.calls.length).toBeGreaterThan(seen);
  });
});

describe('a gateway that fails', { timeout: 60_000 }, () => {
  it('is passed over, left alone as long as it asks, and tried last while it is silent', async () => {
    const bench = await Bench.start();
    const mute = await bench.raw('mute', silent, { priority: 1 });
    const busy = await bench.raw('busy', refusing(503, { 'Retry-After': '600' }), { priority: 2 });
    const first = await bench.call();
    expect(bench.attempts(first)).toEqual(['mute silent', 'busy refused 503', 'good answered']);
    expect(first.legs[0]?.answeredAt).toBeDefined();
    const heard = [invites(mute).length, invites(busy).length];
    expect(bench.attempts(await bench.call())).toEqual(['good answered']);
    await bench.platform.admin('PATCH', '/trunks/good', { state: 'suspended' });
    const last = await bench.call();
    expect(bench.attempts(last).slice(0, 2)).toEqual(
      expect.arrayContaining([expect.stringContaining('mute '), 'busy blocked']),
    );
    expect(invites(busy)).toHaveLength(heard[1] ?? 0);
    expect(invites(mute).length).toBeGreaterThan(heard[0] ?? 0);
  });

  it.each([500, 502, 503, 408, 488])('with %i hands the call to the next one', async (status) => {
    const bench = await Bench.start();
    await bench.raw('bad', refusing(status), { priority: 1 });
    expect(bench.attempts(await bench.call())).toEqual([`bad refused ${status}`, 'good answered']);
  });

  it('over TCP, where nobody listens, hands the call to the next one', async () => {
    const bench = await Bench.start();
    await bench.add('gone', '127.0.0.1:9', { priority: 1, transport: 'tcp' });
    expect(bench.attempts(await bench.call())).toEqual(['gone transport', 'good answered']);
  });

  it('whose name leads nowhere hands the call to the next one', async () => {
    const bench = await Bench.start();
    await bench.add('lost', 'carrier.invalid:5060', { priority: 1 });
    expect(bench.attempts(await bench.call())).toEqual(['lost unresolved', 'good answered']);
  });

  it('and has another address hands the call to that', async () => {
    const bench = await Bench.start({ bare: true });
    const bad = parts.use(await RawTrunk.start(refusing(500)));
    const addresses = [`127.0.0.1:${bad.port}`, bench.goodAddress];
    await bench.add('carrier', '', { addresses });
    expect(bench.attempts(await bench.call())).toEqual(['carrier refused 500', 'carrier answered']);
  });
});

describe('a trunk by its name', { timeout: 60_000 }, () => {
  it('leads to the gateways of its SRV records, in their order', async () => {
    const names = parts.use(await NameServer.start());
    const bench = await Bench.start({ bare: true, flags: { nameServers: names.address } });
    const bad = parts.use(await RawTrunk.start(refusing(500)));
    const goodPort = Number(bench.goodAddress.split(':')[1]);
    names.records = [
      srv('_sip._udp.carrier.test', 'b.carrier.test', goodPort, 20),
      srv('_sip._udp.carrier.test', 'a.carrier.test', bad.port, 10),
      host('a.carrier.test', '127.0.0.1'),
      host('b.carrier.test', '127.0.0.1'),
    ];
    await bench.add('carrier', 'carrier.test');
    expect(bench.attempts(await bench.call())).toEqual(['carrier refused 500', 'carrier answered']);
    expect(invites(bad)[0]?.uri).toBe(`sip:${numbers.a}@carrier.test;user=phone`);
  });
});

describe('somebody who said no', { timeout: 60_000 }, () => {
  it.each([
    [486, {}],
    [600, {}],
    [603, {}],
    // 603+ (ATIS-1000099), RFC 8197, RFC 8688: a carrier took the call for fraud.
    [603, { Reason: 'Q.850;cause=21;text="v=analytics1"' }],
    [607, {}],
    [608, {}],
    [404, {}],
    [503, { Reason: 'Q.850;cause=17' }],
  ])('with %i %j is not dialled by another trunk', async (status, headers) => {
    const bench = await Bench.start();
    await bench.raw('first', refusing(status, headers), { priority: 1 });
    expect(bench.attempts(await bench.call())).toEqual([`first refused ${status}`]);
    expect(bench.good.calls).toEqual([]);
  });

  it('or whose phone rang is not dialled once more, whatever the gateway says then', async () => {
    const bench = await Bench.start();
    await bench.raw(
      'first',
      (request, trunk) =>
        request.method === 'INVITE' ? [trunk.respond(request, 180), trunk.respond(request, 503)] : [],
      { priority: 1 },
    );
    expect(bench.attempts(await bench.call())).toEqual(['first refused 503']);
    expect(bench.good.calls).toEqual([]);
  });
});

describe('which trunk', { timeout: 60_000 }, () => {
  it('the longer prefix wins over the priority; numbers and identity are as the trunk wants them', async () => {
    const bench = await Bench.start();
    const trunk = await bench.raw('china', refusing(486), {
      priority: 90,
      prefixes: ['+1', '+86'],
      calleeRewriting: [
        { from: '+', to: '00' },
        { from: '+86', to: '0' },
      ],
      callerRewriting: [{ from: '+86', to: '0086' }],
      identity: 'remote-party-id',
      fromUser: 'acme',
      fromDomain: 'acme.example',
    });
    expect(bench.attempts(await bench.call())).toEqual(['china refused 486']);
    const [invite] = invites(trunk);
    expect(invite?.uri).toBe(`sip:0${numbers.a.slice(3)}@127.0.0.1:${trunk.port}`);
    expect(invite?.headers.get('From')).toContain('<sip:acme@acme.example>;tag=');
    expect(invite?.headers.get('Remote-Party-ID')).toBe(
      `<sip:0086${numbers.display.slice(3)}@acme.example>;party=calling;screen=yes;privacy=off`,
    );
  });

  it('one that is full is passed over; when all are, the call is refused', async () => {
    const stays: Behaviour = async (handset) => {
      handset.ring();
    };
    const bench = await Bench.start({ behaviour: stays });
    await bench.platform.admin('PATCH', '/trunks/good', { maxCalls: 1 });
    await bench.raw('slow', refusing(486), { priority: 60 });
    const first = await bench.platform.accepted();
    await bench.platform.until(first, 'alerting', 'A');
    const second = await bench.call();
    expect(bench.attempts(second)).toEqual(['good full', 'slow refused 486']);
    await bench.platform.admin('PATCH', '/trunks/slow', { state: 'suspended' });
    const full = await bench.platform.click2Call();
    expect(full.body.resultcode).toBe('1010010');
    await bench.platform.stop(first);
    await bench.platform.ended(first);
    await bench.platform.admin('PATCH', '/trunks/good', { maxCalls: 2 });
    const after = await bench.platform.accepted();
    await bench.platform.until(after, 'alerting', 'A');
    await bench.platform.stop(after);
    await bench.platform.ended(after);
  });

  it('one that does not answer OPTIONS comes last, until it does', async () => {
    const bench = await Bench.start();
    let reply: Reply = silent;
    const trunk = await bench.raw('first', (request, self) => reply(request, self), {
      priority: 1,
      optionsInterval: 1,
    });
    const stateOf = async () => {
      const { status } = (await bench.platform.admin('GET', '/trunks/first')) as {
        status: { state: string };
      };
      return status.state;
    };
    await eventually(async () => (await stateOf()) === 'down', 'it is down');
    expect(bench.attempts(await bench.call())).toEqual(['good answered']);
    expect(invites(trunk)).toEqual([]);
    reply = refusing(486);
    await eventually(async () => (await stateOf()) === 'up', 'it is up');
    expect(bench.attempts(await bench.call())).toEqual(['first refused 486']);
    expect(await bench.platform.metric('openvoicecall_trunk_state{trunk="first",state="up"}')).toBe(1);
    const begun = 'openvoicecall_trunk_attempts_total{trunk="first",result="begun"}';
    expect(await bench.platform.metric(begun)).toBe(1);
  });
});

describe('a registration', { timeout: 60_000 }, () => {
  it('is made when the trunk is there, counts for its health, and is given back when the platform stops', async () => {
    const registers: string[] = [];
    let isOpen = false;
    const registrar: Reply = (request, trunk) => {
      if (request.method !== 'REGISTER') return [];
      const expires = request.headers.get('Expires') ?? '';
      registers.push(expires);
      const response = trunk.respond(request, isOpen ? 200 : 403);
      response.headers.set('Contact', `${request.headers.get('Contact')}`);
      return [response];
    };
    const carrier = parts.use(await RawTrunk.start(registrar));
    await using platform = await TestPlatform.start();
    const members = { register: true, username: 'acme', password: 'secret', optionsInterval: 0 };
    const address = `127.0.0.1:${carrier.port}`;
    const statusOf = async (name: string) => {
      const { status } = (await platform.admin('GET', `/trunks/${name}`)) as { status: object };
      return status;
    };
    await platform.admin('POST', '/trunks', { name: 'first', addresses: [address], ...members });
    await eventually(async () => registers.length > 0, 'it is asked for');
    await eventually(async () => 'registrationStatus' in (await statusOf('first')), 'it is refused');
    expect(await statusOf('first')).toMatchObject({ state: 'down', registrationStatus: 403 });
    isOpen = true;
    // A change has it asked for at once, not after the back-off.
    await platform.admin('PATCH', '/trunks/first', { registerExpires: 600 });
    await eventually(async () => ((await statusOf('first')) as { state: string }).state === 'up', 'it is up');
    expect(registers.at(-1)).toBe('600');
    await platform.platform.close();
    expect(registers.at(-1)).toBe('0');
    expect(platform.logged.join('\n')).not.toContain('secret');
  });
});
