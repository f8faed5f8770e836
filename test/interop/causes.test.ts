import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort, temporaryDirectory } from '../support/peer-process.ts';
import type { EndedCall } from '../support/platform-client.ts';
import { TestPlatform } from '../support/platform.ts';
import { expectCall, Sipp, type Step } from '../support/sipp.ts';
import { describeWith, Network, platformBehind, sippBehindKamailio, story } from './network.ts';
import { isCancelled, isHungUp, refuses, rings, talks } from './phone-steps.ts';

const becauseOf = (q850: number): { headers: string[] } => ({ headers: [`Reason: Q.850;cause=${q850}`] });

interface Outcome {
  readonly name: string;
  readonly rings?: true;
  readonly phone: readonly Step[];
  /** `sipStatusCode` and Q.850 cause of the failed leg. */
  readonly sip: number;
  readonly q850: number;
  /** `stateCode` when A fails, and when B does; `ulFailReason` too, unless it differs. */
  readonly codes: readonly [a: number, b: number];
  readonly points?: readonly [a: number, b: number];
}

const outcomes: readonly Outcome[] = [
  { name: 'is busy', phone: refuses('486 Busy Here'), sip: 486, q850: 17, codes: [8108, 8102] },
  {
    name: 'is busy everywhere',
    phone: refuses('600 Busy Everywhere'),
    sip: 600,
    q850: 17,
    codes: [8108, 8102],
  },
  { name: 'does not exist', phone: refuses('404 Not Found'), sip: 404, q850: 1, codes: [8106, 8100] },
  {
    name: 'declines while it rings',
    rings: true,
    phone: refuses('603 Decline', becauseOf(21)),
    sip: 603,
    q850: 21,
    codes: [8004, 8004],
  },
  { name: 'declines at once', phone: refuses('603 Decline'), sip: 603, q850: 21, codes: [8111, 8105] },
  {
    name: 'cannot be reached',
    phone: refuses('480 Temporarily Unavailable'),
    sip: 480,
    q850: 18,
    codes: [8109, 8103],
  },
  {
    name: 'rings and is not taken',
    rings: true,
    phone: refuses('480 Temporarily Unavailable'),
    sip: 480,
    q850: 18,
    codes: [8107, 8101],
  },
  {
    name: 'is not taken, says the exchange',
    phone: refuses('480 Temporarily Unavailable', becauseOf(19)),
    sip: 480,
    q850: 19,
    codes: [8107, 8101],
  },
  {
    name: 'is switched off, says the exchange',
    phone: refuses('480 Temporarily Unavailable', becauseOf(20)),
    sip: 480,
    q850: 20,
    codes: [8110, 8104],
  },
  {
    name: 'is busy, says the exchange, whatever the gateway made of it',
    phone: refuses('480 Temporarily Unavailable', becauseOf(17)),
    sip: 480,
    q850: 17,
    codes: [8108, 8102],
  },
  {
    name: 'finds all lines taken',
    phone: refuses('500 Server Internal Error', becauseOf(34)),
    sip: 500,
    q850: 34,
    codes: [8001, 8001],
    points: [519, 518],
  },
  {
    name: 'has no codec in common',
    phone: refuses('488 Not Acceptable Here'),
    sip: 488,
    q850: 88,
    codes: [8001, 8001],
    points: [488, 488],
  },
];

const stateCode = (call: EndedCall): number | undefined => call.events.at(-1)?.stateCode;

describeWith(sippBehindKamailio, 'causes of calls that do not come about', () => {
  let network: Network;
  beforeAll(async () => {
    network = await Network.start({ flags: { ringTimeout: '1500ms' } });
  });
  afterAll(() => network?.[Symbol.asyncDispose]());

  const failing = (outcome: Outcome): Step[] => [
    ...(outcome.rings ? rings() : [expectCall()]),
    ...outcome.phone,
  ];

  it.each(outcomes)('A $name', async (outcome) => {
    await using a = await network.phone(failing(outcome));
    const call = await network.call(a);
    expect(story(call)).toEqual(['callout A', ...(outcome.rings ? ['alerting A'] : []), 'disconnect A']);
    expect(stateCode(call)).toBe(outcome.codes[0]);
    expect(call.cdr).toMatchObject({
      ulFailReason: (outcome.points ?? outcome.codes)[0],
      sipStatusCode: outcome.sip,
      callOutUnaswRsn: outcome.q850,
      fwdUnaswRsn: 0,
    });
    expect(call.cdr.failTime).toBeTypeOf('string');
    expect(call.cdr).not.toHaveProperty('fwdStartTime');
  });

  it.each(outcomes)('B $name', async (outcome) => {
    await using a = await network.phone([...talks(network.tone(500)), ...isHungUp()]);
    await using b = await network.phone(failing(outcome));
    const call = await network.call(a, b);
    expect(story(call).slice(3)).toEqual([
      'callout B',
      ...(outcome.rings ? ['alerting B'] : []),
      'disconnect B',
    ]);
    expect(stateCode(call)).toBe(outcome.codes[1]);
    expect(call.cdr).toMatchObject({
      ulFailReason: (outcome.points ?? outcome.codes)[1],
      sipStatusCode: outcome.sip,
      fwdUnaswRsn: outcome.q850,
      callOutUnaswRsn: 0,
    });
  });

  it('A does not answer: the platform gives up after the ring time-out', async () => {
    await using a = await network.phone([...rings(), ...isCancelled()]);
    const call = await network.call(a);
    expect(stateCode(call)).toBe(8003);
    expect(call.cdr).toMatchObject({ ulFailReason: 514, sipStatusCode: 487, callOutUnaswRsn: 19 });
  });

  it('B does not answer: A, who waited, is hung up', async () => {
    await using a = await network.phone([...talks(network.tone(500)), ...isHungUp()]);
    await using b = await network.phone([...rings(), ...isCancelled()]);
    const call = await network.call(a, b);
    expect(stateCode(call)).toBe(8003);
    expect(call.cdr).toMatchObject({ ulFailReason: 514, sipStatusCode: 487, fwdUnaswRsn: 19 });
    expect((await network.sentTo(a)).heard).toContain('waiting');
  });
});

describeWith(['sipp'], 'causes that the trunk itself gives', () => {
  const directory = temporaryDirectory();
  afterAll(() => directory[Symbol.dispose]());

  it.each([
    { transport: 'UDP', q850: undefined, expected: 41 },
    { transport: 'UDP', q850: 42, expected: 42 },
    { transport: 'TCP', q850: undefined, expected: 41 },
    { transport: 'TCP', q850: 42, expected: 42 },
  ] as const)('503 over $transport with cause $q850', async ({ transport, q850, expected }) => {
    const options = q850 === undefined ? {} : becauseOf(q850);
    await using trunk = await Sipp.start({
      directory: directory.path,
      name: `unavailable-${transport}-${expected}`,
      transport,
      steps: [expectCall(), ...refuses('503 Service Unavailable', options)],
    });
    await using platform = await platformBehind(trunk);
    const [call] = await Promise.all([platform.ended(await platform.accepted()), trunk.succeeded()]);
    expect(stateCode(call)).toBe(8001);
    expect(call.cdr).toMatchObject({ ulFailReason: 519, sipStatusCode: 503, callOutUnaswRsn: expected });
  });

  it('a trunk that takes no TCP connections', async () => {
    await using platform = await TestPlatform.start({
      trunk: `sip:127.0.0.1:${await freePort()};transport=tcp`,
    });
    const call = await platform.ended(await platform.accepted());
    expect(story(call)).toEqual(['callout A', 'disconnect A']);
    expect(stateCode(call)).toBe(8001);
    expect(call.cdr).toMatchObject({ ulFailReason: 519, sipStatusCode: 503, callOutUnaswRsn: 41 });
  });
});
