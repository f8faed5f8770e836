import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleCall, START } from '../../test/contract/samples.ts';
import type { CallRecord, LegRecord, Order } from '../call/call-record.ts';
import { BlackLists } from './black-lists.ts';
import type { Guard } from './guard.ts';
import { Guards } from './guards.ts';
import type { LimitRule } from './limit-rule.ts';
import { LimitRules } from './limit-rules.ts';
import { Limits } from './limits.ts';
import { NumberPools } from './number-pools.ts';
import type { CarryingTrunks } from './ports.ts';
import { type Price, Prices } from './prices.ts';
import type { Refusal } from './refusal.ts';

const CALLEE = '+8613500000002';

const verification: Order = {
  capability: 'verification',
  displayNbr: '+8675528000001',
  calleeNbr: CALLEE,
  preTone: 'pre.wav',
  verifyCode: '1234',
  times: 1,
};
const notification: Order = {
  capability: 'notification',
  displayNbr: '+8675528000001',
  calleeNbr: CALLEE,
  segments: [],
};

const limit = (changed: Partial<LimitRule>): LimitRule => ({
  owner: undefined,
  scope: 'app',
  subject: '*',
  timeZone: 'UTC',
  excess: 'refuse',
  longestWait: 60_000,
  longestQueue: 100,
  since: START,
  ...changed,
});

const guard = (changed: Partial<Guard>): Guard => ({
  owner: undefined,
  appKey: '*',
  calls: 'verification',
  prefixDigits: 7,
  timeZone: 'UTC',
  since: START,
  ...changed,
});

/** Limits as one process has them, and what they refused. */
function world(settings: {
  limits?: LimitRule[];
  guards?: Guard[];
  prices?: Price[];
  calls?: readonly CallRecord[];
  trunks?: CarryingTrunks;
}) {
  const rules = new LimitRules(({ sandbox, order }) =>
    sandbox
      ? []
      : order.capability === 'callback'
        ? ['default', order.callerNbr.startsWith('+49') ? 'other' : 'default']
        : ['default'],
  );
  const prices = new Prices();
  const guards = new Guards(prices);
  const blackLists = new BlackLists();
  const refusals: Refusal[] = [];
  for (const rule of settings.limits ?? []) rules.put(rule);
  for (const price of settings.prices ?? []) prices.put(price);
  for (const one of settings.guards ?? []) guards.put(one);
  const limits = new Limits({
    rules,
    guards,
    pools: new NumberPools(),
    blackLists,
    trunks: settings.trunks,
    refused: (refusal) => refusals.push(refusal),
  });
  for (const call of settings.calls ?? []) limits.recall(call);
  return { rules, guards, blackLists, limits, refusals };
}

let sessions = 0;
const at = (milliseconds: number, changed: Partial<CallRecord> = {}): CallRecord =>
  sampleCall(`s${(sessions += 1)}`, { acceptedAt: START + milliseconds, sandbox: false, ...changed });

const ports = { needed: 1, idle: 10 };

/** `0`, the code of a refusal, or where it waits. */
function ask(limits: Limits, call: CallRecord): string {
  const decision = limits.admit(call, ports);
  if (decision.kind === 'refused') return decision.code.code;
  if (decision.kind === 'admitted') return '0';
  const { position, expectedStart } = decision.place;
  return `${position} at ${expectedStart - START}`;
}

const everyFit = (): boolean => true;

describe('limits', () => {
  it.each([
    ['account', 'sp-1', '1013001'],
    ['app', 'app-1', '1013002'],
    ['number', '+8675528000001', '1013003'],
    ['callee', CALLEE, '1011006'],
    ['platform', '*', '1010010'],
    ['trunk', 'default', '1010010'],
  ] as const)('of %s hold for any second, minute and day, with its code', (scope, subject, code) => {
    const { limits, refusals } = world({
      limits: [limit({ scope, subject, callsPerSecond: 2, callsPerMinute: 3, callsPerDay: 4 })],
    });
    const times = [0, 999, 999, 1_000, 1_001, 59_999, 60_000, 60_999, 61_000, 86_400_000];
    expect(times.map((time) => ask(limits, at(time, { order: notification })))).toEqual([
      '0',
      '0',
      code,
      '0',
      code,
      code,
      '0',
      code,
      code,
      '0',
    ]);
    expect(refusals.map(({ reason }) => reason)).toEqual([
      'calls-per-second',
      'calls-per-second',
      'calls-per-minute',
      'calls-per-day',
      'calls-per-day',
    ]);
    expect(refusals[0]).toMatchObject({ code, at: START + 999, calleeNbr: CALLEE, appKey: 'app-1' });
    expect(JSON.stringify(refusals.map(({ explanation }) => explanation))).not.toContain(CALLEE);
  });

  it('of trunks leave the sandbox alone', () => {
    const { limits } = world({ limits: [limit({ scope: 'trunk', callsPerDay: 1 })] });
    const order = notification;
    expect([at(0, { order }), at(1, { order })].map((call) => ask(limits, call))).toEqual(['0', '1010010']);
    expect(ask(limits, at(2, { sandbox: true }))).toBe('0');
  });

  it('count each subject of a rule for each by itself, and a rule of its own replaces that', () => {
    const own = limit({ scope: 'callee', subject: CALLEE, callsPerDay: 2 });
    const { limits } = world({ limits: [limit({ scope: 'callee', callsPerDay: 1 }), own] });
    const other = { order: { ...notification, calleeNbr: '+8613500000009' } };
    expect([at(0), at(1), at(2)].map((call) => ask(limits, call))).toEqual(['0', '0', '1011006']);
    expect([at(3, other), at(4, other)].map((call) => ask(limits, call))).toEqual(['0', '1011006']);
  });

  it('that an account set count its calls alone, beside those of the operator', () => {
    const { limits } = world({
      limits: [
        limit({ owner: 'sp-1', scope: 'callee', callsPerDay: 1 }),
        limit({ scope: 'callee', callsPerDay: 2 }),
      ],
    });
    const stranger = { owner: { appKey: 'x', spId: 'sp-2' } };
    expect(ask(limits, at(0))).toBe('0');
    expect(ask(limits, at(1))).toBe('1011006');
    expect(ask(limits, at(2, stranger))).toBe('0');
    expect(ask(limits, at(3, stranger))).toBe('1011006');
  });

  it('lease concurrency and voice ports until a call is over', () => {
    const { limits, refusals } = world({
      limits: [limit({ concurrentCalls: 2 }), limit({ scope: 'account', voicePorts: 3 })],
    });
    const calls = [at(0), at(1), at(2)];
    const decisions = calls.map((call) => limits.admit(call, { needed: 1, idle: 10 }));
    expect(decisions.map((decision) => ('idlePort' in decision ? decision.idlePort : ''))).toEqual([
      2,
      1,
      '',
    ]);
    expect(refusals.map(({ reason }) => reason)).toEqual(['concurrent-calls']);
    limits.ended(calls[0] ?? at(3));
    limits.ended(calls[0] ?? at(3));
    expect(ask(limits, at(4, { owner: { appKey: 'app-2', spId: 'sp-1' } }))).toBe('0');
    expect(ask(limits, at(5, { owner: { appKey: 'app-2', spId: 'sp-1' } }))).toBe('0');
    expect(ask(limits, at(6))).toBe('1020165');
    expect(
      limits.admit(at(7, { owner: { appKey: 'x', spId: 'sp-9' } }), { needed: 2, idle: 1 }),
    ).toMatchObject({
      code: { code: '1020165' },
    });
  });

  it('give back what a call took that could not be stored', () => {
    const { limits } = world({
      limits: [limit({ callsPerSecond: 1, callsPerDay: 2, concurrentCalls: 1 })],
      guards: [guard({ calls: 'all', coolDown: 10_000 })],
    });
    const lost = at(0);
    expect(ask(limits, lost)).toBe('0');
    limits.withdraw(lost);
    const kept = at(1);
    expect(ask(limits, kept)).toBe('0');
    limits.ended(kept);
    expect(ask(limits, at(1_001))).toBe('1011006');
    expect(ask(limits, at(10_001))).toBe('0');
  });

  it('know quiet hours by the clock of their zone, over midnight', () => {
    const quietHours = { from: '22:00', to: '08:00' };
    const { limits, refusals } = world({ limits: [limit({ quietHours, timeZone: 'Asia/Shanghai' })] });
    // START is midnight in UTC: 08:00 in Shanghai.
    const hour = 3_600_000;
    expect([-1, 0, 13.99 * hour, 14 * hour].map((time) => ask(limits, at(time)))).toEqual([
      '1011006',
      '0',
      '0',
      '1011006',
    ]);
    expect(refusals[0]?.explanation).toContain('22:00 to 08:00 (Asia/Shanghai)');
  });

  it('begin days at midnight of their zone', () => {
    const { limits } = world({ limits: [limit({ callsPerDay: 1, timeZone: 'America/New_York' })] });
    const hour = 3_600_000;
    // Midnight in New York is 05:00 in UTC.
    expect([0, 4.99 * hour, 5 * hour, 28.9 * hour, 29 * hour].map((time) => ask(limits, at(time)))).toEqual([
      '0',
      '1013002',
      '0',
      '1013002',
      '0',
    ]);
  });

  it('of requests hold for any minute', () => {
    const { limits } = world({
      limits: [limit({ requestsPerMinute: 2 }), limit({ scope: 'platform', requestsPerMinute: 3 })],
    });
    const take = (appKey: string, time: number) =>
      limits.takeRequest({ appKey, spId: 'sp' }, START + time)?.code ?? '0';
    expect([take('a', 0), take('a', 1), take('a', 2), take('b', 3), take('b', 4)]).toEqual([
      '0',
      '0',
      '1010009',
      '0',
      '1010010',
    ]);
    expect(take('a', 60_000)).toBe('0');
  });

  it('that are removed or changed hold no longer, also for those who wait', () => {
    const { limits, rules } = world({ limits: [limit({ callsPerSecond: 1, excess: 'queue' })] });
    ask(limits, at(0));
    const waiting = at(1);
    ask(limits, waiting);
    limits.ready(waiting);
    expect(limits.due(START + 2, everyFit).start).toEqual([]);
    rules.put(limit({ callsPerSecond: 2, excess: 'queue' }));
    expect(limits.due(START + 2, everyFit).start).toEqual([waiting]);
    rules.remove({ owner: undefined, scope: 'app', subject: '*' });
    expect(ask(limits, at(3))).toBe('0');
  });
});

describe('calls that wait', () => {
  const paced = [limit({ callsPerSecond: 2, excess: 'queue', longestWait: 5_000, longestQueue: 4 })];
  const go = (limits: Limits, time: number): string[] =>
    limits.due(START + time, everyFit).start.map(({ sessionId }) => sessionId);

  it('are told their place, and codes go ahead of notifications ahead of the rest', () => {
    const { limits } = world({ limits: paced });
    expect([ask(limits, at(0)), ask(limits, at(0))]).toEqual(['0', '0']);
    const [callback, notify, code] = [at(1), at(2, { order: notification }), at(3, { order: verification })];
    expect(ask(limits, callback)).toBe('1 at 1000');
    expect(ask(limits, notify)).toBe('1 at 1000');
    expect(ask(limits, code)).toBe('1 at 1000');
    expect(limits.place(callback.sessionId, START + 3)).toEqual({
      position: 3,
      expectedStart: START + 2_000,
      expiresAt: START + 5_001,
    });
    for (const call of [callback, notify, code]) limits.ready(call);
    expect(go(limits, 999)).toEqual([]);
    expect(limits.due(START + 999, everyFit).next).toBe(START + 1_000);
    expect(go(limits, 1_000)).toEqual([code.sessionId, notify.sessionId]);
    expect(go(limits, 2_000)).toEqual([callback.sessionId]);
  });

  it('are not overtaken by those no more urgent', () => {
    const { limits } = world({ limits: paced });
    for (let call = 0; call < 2; call++) ask(limits, at(0));
    const first = at(1);
    ask(limits, first);
    limits.ready(first);
    // Its turn has come, and it was not looked at yet.
    expect(ask(limits, at(1_500))).toBe('2 at 1500');
    expect(ask(limits, at(1_501, { order: verification }))).toBe('0');
  });

  it('are refused beyond the longest queue, and end with the cause of the limit after the longest wait', () => {
    const ofNumber = limit({ scope: 'number', callsPerMinute: 9, excess: 'queue' });
    const { limits, refusals, rules } = world({ limits: [...paced, ofNumber] });
    for (let call = 0; call < 2; call++) ask(limits, at(0));
    const waiting = [at(1), at(2), at(3), at(4)];
    for (const call of waiting) ask(limits, call);
    expect(ask(limits, at(5))).toBe('1013002');
    expect(refusals.at(-1)?.reason).toBe('queue-full');
    // The pace by which they would have been in time is lowered.
    rules.put({ ...ofNumber, callsPerMinute: 2 });
    for (const call of waiting) limits.ready(call);
    const { expired, next } = limits.due(START + 5_003, everyFit);
    expect(expired.map(({ verdict }) => verdict.releaseCause)).toEqual([7003, 7003, 7003]);
    expect(next).toBe(START + 5_004);
  });

  it('are refused where their turn cannot come in time by the pace', () => {
    const slow = limit({ callsPerMinute: 1, excess: 'queue', longestWait: 10_000 });
    const { limits, refusals, rules } = world({ limits: [slow] });
    expect([ask(limits, at(0)), ask(limits, at(1)), ask(limits, at(49_999))]).toEqual([
      '0',
      '1013002',
      '1013002',
    ]);
    expect(refusals).toMatchObject([{ reason: 'queue-full' }, { reason: 'queue-full' }]);
    const waiting = at(50_000);
    expect([ask(limits, waiting), ask(limits, at(50_001))]).toEqual(['1 at 60000', '1013002']);
    // A pace that was lowered since: the truth, not what was hoped for.
    ask(limits, at(0, { owner: { spId: 'sp-1', appKey: 'app-2' } }));
    rules.put({ ...slow, callsPerMinute: 0 });
    expect(limits.place(waiting.sessionId, START + 50_001)?.expectedStart).toBe(START + 60_000);
    expect(ask(limits, at(50_002))).toBe('1013002');
  });

  it('wait for a voice port, too, and may be cancelled', () => {
    const { limits } = world({ limits: paced });
    for (let call = 0; call < 2; call++) ask(limits, at(0));
    const [one, other] = [at(1), at(2)];
    for (const call of [one, other]) {
      ask(limits, call);
      limits.ready(call);
    }
    expect(limits.leave(one)).toBe(true);
    expect(limits.leave(one)).toBe(false);
    expect(limits.due(START + 2_000, () => false)).toEqual({ start: [], expired: [], next: START + 5_002 });
    expect(limits.due(START + 5_002, () => false).expired).toMatchObject([
      { verdict: { releaseCause: 7109 } },
    ]);
  });

  it('wait on after a restart, in their order', () => {
    const before = world({ limits: paced });
    const calls = [at(0), at(0), at(1), at(2, { order: verification })];
    for (const call of calls) {
      const decision = before.limits.admit(call, ports);
      if (decision.kind === 'queued') call.waitUntil = decision.place.expiresAt;
    }
    const { limits } = world({ limits: paced, calls });
    for (const call of calls.slice(2)) limits.resume(call, 1);
    expect(limits.waiting(START + 10).map(({ call }) => call)).toEqual([calls[3], calls[2]]);
    expect(go(limits, 999)).toEqual([]);
    expect(go(limits, 1_000)).toEqual([calls[3]?.sessionId, calls[2]?.sessionId]);
  });
});

describe('black lists', () => {
  it('name callees and callers, of all or of one account, by their beginning where they end in *', () => {
    const { limits, blackLists } = world({});
    const call = at(0);
    expect(limits.objection(call)).toBeUndefined();
    blackLists.put({ owner: 'sp-2', role: 'callee', number: CALLEE, since: START });
    expect(limits.objection(call)).toBeUndefined();
    blackLists.put({ owner: 'sp-1', role: 'callee', number: '+86135*', since: START });
    expect(limits.objection(call)).toMatchObject({ releaseCause: 7004, teardownPoint: 7004 });
    blackLists.remove({ owner: 'sp-1', role: 'callee', number: '+86135*' });
    blackLists.put({ owner: undefined, role: 'caller', number: '+8613500000001', since: START });
    expect(limits.objection(call)).toMatchObject({ releaseCause: 8018, teardownPoint: 7005 });
    expect(limits.objection(at(0, { order: verification }))).toBeUndefined();
  });
});

describe('guards', () => {
  const code = (time: number, calleeNbr = CALLEE): CallRecord =>
    at(time, { order: { ...verification, calleeNbr } });
  const leg = (call: CallRecord, answered: boolean, milliseconds = 30_000): LegRecord => ({
    party: 'A',
    display: call.order.displayNbr,
    to: call.order.calleeNbr,
    answeredAt: answered ? call.acceptedAt : undefined,
    endedAt: call.acceptedAt + milliseconds,
  });
  /** A call that is over. */
  const over = (call: CallRecord, answered: boolean, milliseconds?: number): CallRecord => ({
    ...call,
    state: 'ended',
    legs: [leg(call, answered, milliseconds)],
  });

  it('leave a callee in peace between calls, and other capabilities alone', () => {
    const { limits, refusals } = world({ guards: [guard({ coolDown: 60_000 })] });
    expect([code(0), code(59_999), code(60_000)].map((call) => ask(limits, call))).toEqual([
      '0',
      '1011006',
      '0',
    ]);
    expect([at(60_001), at(60_002)].map((call) => ask(limits, call))).toEqual(['0', '0']);
    expect(refusals).toMatchObject([{ reason: 'cool-down', capability: 'verification' }]);
  });

  it('slow down calls to one prefix', () => {
    const { limits } = world({ guards: [guard({ velocity: { calls: 2, within: 10_000 } })] });
    const numbers = ['+8613500000001', '+8613500000002', '+8613500000003', '+8613600000001'];
    expect(numbers.map((number, index) => ask(limits, code(index, number)))).toEqual([
      '0',
      '0',
      '1011006',
      '0',
    ]);
    expect(ask(limits, code(10_000, numbers[2]))).toBe('0');
  });

  it('stop calls to a prefix where too few answer, until the time is over', () => {
    const completion = { percent: 50, sample: 4, within: 60_000 };
    const { limits, refusals } = world({ guards: [guard({ completion })] });
    for (const [index, answered] of [true, false, false, false].entries()) {
      const call = code(index);
      expect(ask(limits, call)).toBe('0');
      limits.ended(over(call, answered));
    }
    expect(ask(limits, code(10))).toBe('1011006');
    expect(refusals.at(-1)).toMatchObject({ reason: 'completion-rate' });
    expect(ask(limits, code(60_000))).toBe('0');
  });

  it('of all calls let only listed countries be dialled, the caller of a callback too', () => {
    const { limits } = world({ guards: [guard({ calls: 'all', countries: ['CN'] })] });
    const foreign = { ...at(0).order, callerNbr: '+442071838750' } as Order;
    expect([ask(limits, at(0)), ask(limits, at(1, { order: foreign }))]).toEqual(['0', '1010024']);
  });

  it('let only listed countries be called', () => {
    const { limits } = world({ guards: [guard({ countries: ['CN'] })] });
    expect(ask(limits, code(0))).toBe('0');
    expect(ask(limits, code(1, '+4930123456'))).toBe('1010025');
  });

  it('blow when the calls of a day cost too much: first minutes at once, the rest when a call is over', () => {
    const { limits, guards } = world({
      guards: [guard({ dailyBudget: 1 })],
      prices: [
        { prefix: '+86', perMinute: 0.9 },
        { prefix: '+86135', perMinute: 0.2 },
      ],
    });
    const call = code(0);
    expect(ask(limits, call)).toBe('0');
    limits.ended(over(call, true, 180_001));
    expect(guards.spent({ owner: undefined, appKey: '*' }, START)).toEqual([{ appKey: 'app-1', cost: 0.8 }]);
    const unanswered = code(1);
    expect(ask(limits, unanswered)).toBe('0');
    expect(ask(limits, code(2))).toBe('1013002');
    limits.ended(over(unanswered, false));
    expect(ask(limits, code(3))).toBe('0');
    expect(ask(limits, code(86_400_000))).toBe('0');
  });

  it('count the minutes of calls that still run', () => {
    const { limits, guards } = world({
      guards: [guard({ dailyBudget: 1 })],
      prices: [{ prefix: '+86', perMinute: 0.2 }],
    });
    expect(ask(limits, code(0))).toBe('0');
    expect(ask(limits, code(180_000, '+8613500000077'))).toBe('0');
    expect(guards.spent({ owner: undefined, appKey: '*' }, START + 180_000)).toEqual([
      { appKey: 'app-1', cost: 0.8 },
    ]);
    expect(ask(limits, code(181_000, '+8613500000078'))).toBe('1013002');
  });

  it('remember the same after a restart', () => {
    const settings = {
      guards: [
        guard({
          coolDown: 5_000,
          velocity: { calls: 4, within: 20_000 },
          completion: { percent: 60, sample: 3, within: 20_000 },
          dailyBudget: 5,
        }),
      ],
      prices: [{ prefix: '+86', perMinute: 0.25 }],
    };
    const numbers = fc.constantFrom('+8613500000001', '+8613500000002', '+8613600000001');
    const asked = fc.record({
      after: fc.nat(6_000),
      number: numbers,
      answered: fc.boolean(),
      minutes: fc.nat(3),
      restart: fc.boolean(),
    });
    const property = fc.property(fc.array(asked, { maxLength: 30 }), (requests) => {
      const lasting = world(settings);
      let other = world(settings);
      const stored: CallRecord[] = [];
      let now = 0;
      for (const { after, number, answered, minutes, restart } of requests) {
        now += after;
        if (restart) other = world({ ...settings, calls: stored });
        const call = code(now, number);
        const answer = ask(lasting.limits, call);
        expect(ask(other.limits, call)).toBe(answer);
        if (answer !== '0') continue;
        const ended = over(call, answered, minutes * 60_000);
        lasting.limits.ended(ended);
        other.limits.ended(ended);
        stored.push(ended);
      }
    });
    fc.assert(property, { numRuns: 100, seed: 5_120 });
  });
});

describe('trunks that carry no more', () => {
  const full = (excess: LimitRule['excess']) => {
    const carried = new Set<string>();
    const trunks = {
      reserve: ({ sessionId }: Pick<CallRecord, 'sessionId'>) =>
        carried.size === 0 && carried.add(sessionId).size > 0,
      release: (sessionId: string) => void carried.delete(sessionId),
    };
    const queueing = limit({ scope: 'trunk', callsPerSecond: 100, excess });
    return { carried, ...world({ limits: [queueing], trunks }) };
  };

  it('refuse a call at its request, and count nothing of it', () => {
    const { limits, refusals } = full('refuse');
    const first = at(0);
    expect([ask(limits, first), ask(limits, at(1))]).toEqual(['0', '1010010']);
    expect(refusals).toMatchObject([{ reason: 'trunk-full' }]);
    limits.ended(first);
    expect(ask(limits, at(2))).toBe('0');
  });

  it('let it wait where the trunk queues, until there is room or its time is over', () => {
    const { limits, carried } = full('queue');
    const [first, second, late] = [at(0), at(1), at(2)];
    expect([ask(limits, first), ask(limits, second).slice(0, 4)]).toEqual(['0', '1 at']);
    expect(ask(limits, late).slice(0, 4)).toBe('2 at');
    for (const call of [second, late]) limits.ready(call);
    expect(limits.due(START + 10, everyFit)).toMatchObject({ start: [], next: START + 510 });
    limits.ended(first);
    // Its turn came, but its app has no port: its place is free again.
    limits.due(START + 20, () => false);
    expect(carried.size).toBe(0);
    expect(limits.due(START + 20, everyFit).start).toEqual([second]);
    const { expired } = limits.due(START + 60_002, everyFit);
    expect(expired).toMatchObject([{ call: late, verdict: { releaseCause: 8001 } }]);
  });
});

describe('limits of trunks count what they carry', () => {
  it.each([
    ['both legs of a callback', { callsPerDay: 3 }, ['0', '1010010']],
    ['both legs while they run', { concurrentCalls: 3 }, ['0', '1010010']],
    ['both legs in a minute', { callsPerMinute: 3 }, ['0', '1010010']],
    ['no callback whose legs can never fit', { callsPerMinute: 1 }, ['1010010', '1010010']],
  ])('%s', (_what, amounts, answers) => {
    const { limits } = world({ limits: [limit({ scope: 'trunk', ...amounts })] });
    expect([ask(limits, at(0)), ask(limits, at(1))]).toEqual(answers);
    const first = limits.admit(at(2, { order: notification }), ports);
    expect(first.kind).toBe(answers[0] === '0' || 'callsPerMinute' in amounts ? 'admitted' : 'refused');
  });

  it('each leg on the trunk that it takes', () => {
    const { limits, rules } = world({ limits: [limit({ scope: 'trunk', callsPerDay: 1 })] });
    const order = { ...at(0).order, callerNbr: '+4930123456' } as Order;
    const wanted = at(0, { order });
    // The caller by a trunk of their own, the callee by the other one.
    expect(rules.of(wanted).map(({ legs }) => legs)).toEqual([1, 1]);
    expect([ask(limits, wanted), ask(limits, at(1, { order: notification }))]).toEqual(['0', '1010010']);
    limits.withdraw(wanted);
    expect(ask(limits, at(2, { order: notification }))).toBe('0');
  });

  it('callbacks wait for the seconds of both legs', () => {
    const pace = limit({ scope: 'trunk', callsPerSecond: 1, excess: 'queue' });
    const { limits } = world({ limits: [pace] });
    const calls = [at(0), at(0), at(0)];
    expect(calls.map((call) => ask(limits, call))).toEqual(['0', '1 at 2000', '2 at 4000']);
    for (const call of calls) limits.ready(call);
    expect(limits.due(START + 1_999, everyFit).start).toEqual([]);
    expect(limits.due(START + 2_000, everyFit).start).toEqual([calls[1]]);
    expect(limits.place(calls[2]?.sessionId ?? '', START + 2_000)?.expectedStart).toBe(START + 4_000);
    expect(limits.due(START + 4_000, everyFit).start).toEqual([calls[2]]);
    // As if it had never been: of the seconds of both its legs.
    if (calls[2]) limits.withdraw(calls[2]);
    expect(ask(limits, at(4_000))).toBe('0');
  });
});
