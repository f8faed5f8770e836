/** Trunks with other people's programs behind them: Kamailio as a registrar, SIPp as gateways that fail. */
import { afterAll, expect, it } from 'vitest';
import { Kamailio, numberAt } from '../support/kamailio.ts';
import { eventually, temporaryDirectory } from '../support/peer-process.ts';
import type { EndedCall } from '../support/platform-client.ts';
import { TestPlatform } from '../support/platform.ts';
import { expectCall, pause, Sipp, type Step } from '../support/sipp.ts';
import { describeWith } from './network.ts';
import { answers, isHungUp, refuses, rings } from './phone-steps.ts';

const directory = temporaryDirectory();
afterAll(() => directory[Symbol.dispose]());

const attemptsOf = ({ legs }: EndedCall): string[] => {
  const [leg] = legs as unknown as { attempts?: Record<string, string | number>[] }[];
  return (leg?.attempts ?? []).map(({ trunk, result, sipStatus = '' }) =>
    `${trunk} ${result} ${sipStatus}`.trim(),
  );
};

interface ShownTrunk {
  readonly status: {
    readonly state: string;
    readonly registration?: string;
    readonly registrationStatus?: number;
  };
}

const addTrunk = (platform: TestPlatform, name: string, address: string, members: object = {}) =>
  platform.admin('POST', '/trunks', {
    name,
    addresses: [address],
    optionsInterval: 0,
    responseTimeout: 1_000,
    ...members,
  });

/** A call that A takes, and that is stopped then. */
async function stoppedCall(platform: TestPlatform, callerNbr: string): Promise<EndedCall> {
  const sessionId = await platform.accepted({ callerNbr });
  await platform.until(sessionId, 'answer', 'A').catch(async (error: unknown) => {
    const call = (await platform.call(sessionId)) as EndedCall;
    throw new Error(`nobody took the call: ${attemptsOf(call).join(', ')}`, { cause: error });
  });
  await platform.stop(sessionId);
  return platform.ended(sessionId);
}

describeWith(['kamailio', 'sipp'], 'Kamailio as a registrar that asks for a digest', () => {
  const account = { username: 'acme', fromUser: 'acme', fromDomain: '127.0.0.1' };

  it('lets us call while we are registered, and no longer', { timeout: 60_000 }, async () => {
    using own = temporaryDirectory();
    await using kamailio = await Kamailio.start({
      directory: own.path,
      registrar: { password: 'open sesame' },
    });
    await using phone = await Sipp.start({
      directory: directory.path,
      name: 'registered',
      steps: [...rings(), ...answers(), ...isHungUp()],
    });
    await using platform = await TestPlatform.start();
    const callerNbr = numberAt(phone.port);
    const stateOf = async (name: string) =>
      ((await platform.admin('GET', `/trunks/${name}`)) as ShownTrunk).status;
    // The same caller by a trunk that does not register: what Kamailio says of him tells whether he is.
    await addTrunk(platform, 'plain', kamailio.address, { ...account, username: undefined, priority: 20 });
    const refused = await platform.ended(await platform.accepted({ callerNbr }));
    expect(attemptsOf(refused)).toEqual(['plain refused 403']);

    await addTrunk(platform, 'wrong', kamailio.address, {
      ...account,
      password: 'open barley',
      register: true,
    });
    await eventually(async () => (await stateOf('wrong')).registration === 'failed', 'it is refused');
    expect(await stateOf('wrong')).toMatchObject({ state: 'down', registrationStatus: 401 });
    await fetch(`${platform.access.http}/admin/v1/trunks/wrong`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${platform.access.token}` },
    });

    // Kamailio wants two minutes at least: 423 is met.
    await addTrunk(platform, 'carrier', kamailio.address, {
      ...account,
      password: 'open sesame',
      register: true,
      registerExpires: 60,
    });
    await eventually(
      async () => (await stateOf('carrier')).registration === 'registered',
      'we are registered',
    );
    expect(await platform.metric('openvoicecall_trunk_registered{trunk="carrier"}')).toBe(1);
    expect(attemptsOf(await stoppedCall(platform, callerNbr))).toEqual(['carrier answered']);
    await phone.succeeded();

    await platform.admin('PATCH', '/trunks/carrier', { state: 'suspended' });
    await eventually(async () => {
      const after = await platform.ended(await platform.accepted({ callerNbr }));
      return attemptsOf(after)[0] === 'plain refused 403';
    }, 'the registration is given back');
    expect(platform.logged.join('\n')).not.toContain('open sesame');
  });
});

describeWith(['sipp'], 'gateways (SIPp) that fail', () => {
  const gateway = (name: string, steps: readonly Step[]): Promise<Sipp> =>
    Sipp.start({ directory: directory.path, name, steps });

  it('silence and 503 with Retry-After: the next one takes the call', { timeout: 60_000 }, async () => {
    await using mute = await gateway('mute', [expectCall(), pause(60_000)]);
    await using away = await gateway('away', [
      expectCall(),
      ...refuses('503 Service Unavailable', { headers: ['Retry-After: 60'] }),
    ]);
    await using good = await Sipp.start({
      directory: directory.path,
      name: 'good',
      steps: [...rings(), ...answers(), ...isHungUp()],
      calls: 2,
    });
    await using platform = await TestPlatform.start();
    for (const [index, { port }] of [mute, away, good].entries())
      await addTrunk(platform, `t${index}`, `127.0.0.1:${port}`, { priority: index, prefixes: ['+86136'] });
    // No trunk takes B's number: the gateways hear of A alone, and the call ends once A has answered.
    const oneLeg = async (): Promise<EndedCall> =>
      platform.ended(await platform.accepted({ callerNbr: '+8613600000001' }));
    const call = await oneLeg();
    expect(attemptsOf(call)).toEqual(['t0 silent', 't1 refused 503', 't2 answered']);
    await away.succeeded();
    expect(attemptsOf(await oneLeg())).toEqual(['t2 answered']);
    await good.succeeded();
  });

  it.each([
    ['486 Busy Here', 486],
    ['603 Decline', 603],
    ['608 Rejected', 608],
  ])('%s: nobody else is asked', { timeout: 60_000 }, async (line, status) => {
    await using first = await gateway(`first-${status}`, [expectCall(), ...refuses(line)]);
    await using other = await gateway(`other-${status}`, [expectCall(), ...refuses('500 Never')]);
    await using platform = await TestPlatform.start();
    await addTrunk(platform, 'first', `127.0.0.1:${first.port}`, { priority: 1 });
    await addTrunk(platform, 'other', `127.0.0.1:${other.port}`, { priority: 2 });
    const call = await platform.ended(await platform.accepted());
    expect(attemptsOf(call)).toEqual([`first refused ${status}`]);
    await first.succeeded();
  });
});
