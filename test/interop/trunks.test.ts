/** Trunks with other people's programs behind them: Kamailio as a registrar, SIPp as gateways that fail. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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

describeWith(['sipp'], 'a trunk (SIPp) that takes so many calls', () => {
  /** When INVITEs arrived, ms since the epoch. */
  const arrivals = (file: string): number[] => {
    const message = /^-+ (\d{4}-\d\d-\d\d)[\sT]+([\d:.]+).*\n.*received.*\n\s*\nINVITE /gm;
    const found = readFileSync(file, 'utf8').matchAll(message);
    return [...found].map(([, day = '', time = '']) => Date.parse(`${day}T${time.slice(0, 12)}Z`));
  };

  /** Every phone answers, and is hung up. */
  const trunkOf = (name: string, legs: number): Promise<Sipp> =>
    Sipp.start({
      directory: directory.path,
      name,
      steps: [...rings(), ...answers(), ...isHungUp()],
      calls: legs,
      args: ['-trace_msg', '-message_file', join(directory.path, `${name}.log`)],
    });

  it('a second carries all legs of eight callbacks in its pace', { timeout: 60_000 }, async () => {
    await using sipp = await trunkOf('paced', 16);
    await using platform = await TestPlatform.start({}, { ports: 50 });
    await addTrunk(platform, 'paced', `127.0.0.1:${sipp.port}`, { callsPerSecond: 5 });
    const accepted = await Promise.all(Array.from({ length: 8 }, () => platform.accepted()));
    for (const sessionId of accepted) {
      await platform.until(sessionId, 'answer', 'B');
      await platform.stop(sessionId);
    }
    await Promise.all(accepted.map((sessionId) => platform.ended(sessionId)));
    await sipp.succeeded();
    const times = arrivals(join(directory.path, 'paced.log'));
    expect(times).toHaveLength(16);
    // What a busy machine takes longer for some than for others is not the platform's.
    for (const at of times)
      expect(times.filter((time) => time > at - 900 && time <= at).length).toBeLessThan(6);
  });

  it('a limit of the operator that queues holds for both legs on the wire', { timeout: 60_000 }, async () => {
    await using sipp = await trunkOf('limited', 6);
    await using platform = await TestPlatform.start({}, { ports: 50 });
    await addTrunk(platform, 'limited', `127.0.0.1:${sipp.port}`);
    await platform.admin('PUT', '/limits/trunk/limited', { callsPerSecond: 1, excess: 'queue' });
    const accepted = await Promise.all(Array.from({ length: 3 }, () => platform.accepted()));
    for (const sessionId of accepted) {
      await platform.until(sessionId, 'answer', 'B');
      await platform.stop(sessionId);
    }
    await Promise.all(accepted.map((sessionId) => platform.ended(sessionId)));
    await sipp.succeeded();
    const times = arrivals(join(directory.path, 'limited.log'));
    expect(times).toHaveLength(6);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(900);
  });

  it('holds both legs of a callback, and refuses the next one at its request', {
    timeout: 60_000,
  }, async () => {
    await using sipp = await trunkOf('small', 4);
    await using platform = await TestPlatform.start({}, { ports: 50 });
    await addTrunk(platform, 'small', `127.0.0.1:${sipp.port}`, { maxCalls: 3 });
    for (let round = 0; round < 2; round += 1) {
      const sessionId = await platform.accepted();
      expect((await platform.click2Call()).body).toMatchObject({ resultcode: '1010010' });
      await platform.until(sessionId, 'answer', 'B');
      await platform.stop(sessionId);
      await platform.ended(sessionId);
    }
    await sipp.succeeded();
    expect(arrivals(join(directory.path, 'small.log'))).toHaveLength(4);
  });
});
