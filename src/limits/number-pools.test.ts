import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleCall, START } from '../../test/contract/samples.ts';
import type { AskedCall } from '../call/admission.ts';
import type { CallRecord, CallbackOrder, Order } from '../call/call-record.ts';
import { checkPool, type NumberPool } from './number-pool.ts';
import { NumberPools } from './number-pools.ts';

const numberOf = (index: number): string => `+86755280000${String(index).padStart(2, '0')}`;
const phoneOf = (index: number): string => `+861350000${String(index).padStart(4, '0')}`;
const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => numberOf(index));

const poolOf = (changed: Partial<NumberPool> = {}): NumberPool => ({
  appKey: 'app',
  name: 'all',
  choice: 'sticky',
  numbers: numbers(5),
  timeZone: 'UTC',
  since: START,
  ...changed,
});

const notification = (calleeNbr: string): Order => ({
  capability: 'notification',
  displayNbr: numberOf(0),
  calleeNbr,
  segments: [],
});

const asked = (order: Order, changed: Partial<AskedCall> = {}): AskedCall => ({
  owner: { appKey: 'app', spId: 'sp' },
  order,
  sandbox: false,
  acceptedAt: START,
  ...changed,
});

function chosenBy(pools: NumberPools, call: AskedCall): Order | undefined {
  const chosen = pools.choose(call);
  return 'code' in chosen ? undefined : chosen;
}

const shownTo = (pools: NumberPools, phone: string): string | undefined =>
  chosenBy(pools, asked(notification(phone)))?.displayNbr;

let sessions = 0;
const callOf = ({ owner, acceptedAt }: AskedCall, order: Order): CallRecord =>
  sampleCall(`s${(sessions += 1)}`, { owner, order, acceptedAt });

const phones = Array.from({ length: 400 }, (_, index) => phoneOf(index));

describe('a sticky pool', () => {
  it('shows a phone the same number each time, and uses all of them about alike', () => {
    const pools = new NumberPools();
    pools.put(poolOf());
    const shown = phones.map((phone) => shownTo(pools, phone));
    const again = new NumberPools();
    again.put(poolOf({ numbers: numbers(5).reverse() }));
    expect(phones.map((phone) => shownTo(again, phone))).toEqual(shown);
    for (const number of numbers(5)) {
      expect(shown.filter((one) => one === number).length).toBeGreaterThan(phones.length / 10);
    }
  });

  it('moves only the phones that get a number that is new in it', () => {
    const pools = new NumberPools();
    pools.put(poolOf());
    const before = phones.map((phone) => shownTo(pools, phone));
    pools.put(poolOf({ numbers: numbers(6) }));
    const after = phones.map((phone) => shownTo(pools, phone));
    const moved = after.filter((number, index) => number !== before[index]);
    expect(new Set(moved)).toEqual(new Set([numberOf(5)]));
  });
});

describe('a call whose numbers are in a pool', () => {
  const callback: CallbackOrder = {
    capability: 'callback',
    displayNbr: numberOf(0),
    callerNbr: phoneOf(1),
    displayCalleeNbr: numberOf(0),
    calleeNbr: phoneOf(2),
    maxDuration: 0,
    lastMinToUE: 'both',
    playPreVoice: false,
    calleeMedia: 'all',
    recordFlag: false,
    partyTypeRequiredInDisconnect: false,
  };

  it('shows both phones one number where they are asked to, else each its own', () => {
    const pools = new NumberPools();
    pools.put(poolOf());
    const one = chosenBy(pools, asked(callback)) as CallbackOrder;
    expect(one.displayNbr).toBe(one.displayCalleeNbr);
    expect(one.displayNbr).toBe(shownTo(pools, phoneOf(2)));
    const two = chosenBy(pools, asked({ ...callback, displayNbr: numberOf(1) })) as CallbackOrder;
    expect(two.displayNbr).toBe(shownTo(pools, phoneOf(1)));
    expect(two.pooled).toEqual([
      { party: 'A', pool: 'all', asked: numberOf(1), chosen: two.displayNbr },
      { party: 'B', pool: 'all', asked: numberOf(0), chosen: two.displayCalleeNbr },
    ]);
  });

  it('leaves a number alone that is in none, and one whose pool cannot be used', () => {
    const pools = new NumberPools();
    pools.put(poolOf({ numbers: [numberOf(3)] }));
    expect(pools.choose(asked(callback))).toBe(callback);
    const unusable = { ...callback, displayNbr: numberOf(3), displayCalleeNbr: numberOf(3) };
    expect(pools.choose(asked(unusable, { usableNumbers: [numberOf(0)] }))).toBe(unusable);
    pools.remove({ appKey: 'app', name: 'all' });
    expect(pools.all).toEqual([]);
  });
});

type Step =
  | { readonly kind: 'call'; readonly phone: number; readonly lost: boolean; readonly own: boolean }
  | { readonly kind: 'end'; readonly which: number }
  | { readonly kind: 'pass'; readonly milliseconds: number };

const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('call' as const),
      phone: fc.nat(9),
      lost: fc.boolean(),
      own: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('end' as const), which: fc.nat(20) }),
    fc.record({ kind: fc.constant('pass' as const), milliseconds: fc.nat(40_000_000) }),
  ),
  { maxLength: 80 },
);

describe('any sequence of calls', () => {
  const caps = fc.record({
    choice: fc.constantFrom('sticky' as const, 'rotating' as const),
    callsPerDay: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    concurrentCalls: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    size: fc.integer({ min: 1, max: 4 }),
  });

  /** What a number was used for, counted here once more. */
  function run(sequence: readonly Step[], pool: NumberPool): void {
    const pools = new NumberPools();
    pools.put(pool);
    const { callsPerDay = Infinity, concurrentCalls = Infinity } = pool;
    let now = START;
    const running: CallRecord[] = [];
    const made: CallRecord[] = [];
    const dayOf = (at: number): number => Math.floor(at / 86_400_000);
    const todayOf = (number: string): number =>
      made.filter(({ order, acceptedAt }) => order.displayNbr === number && dayOf(acceptedAt) === dayOf(now))
        .length;
    const runningOf = (number: string): number =>
      running.filter(({ order }) => order.displayNbr === number).length;
    const isFree = (number: string): boolean =>
      todayOf(number) < callsPerDay && runningOf(number) < concurrentCalls;
    for (const step of sequence) {
      if (step.kind === 'pass') now += step.milliseconds;
      else if (step.kind === 'end') {
        const [call] = running.splice(step.which, 1);
        if (call) pools.ended(call);
      } else {
        const usableNumbers = step.own ? pool.numbers.slice(0, 1) : undefined;
        const request = asked(notification(phoneOf(step.phone)), { acceptedAt: now, usableNumbers });
        const order = chosenBy(pools, request);
        const candidates = usableNumbers ?? pool.numbers;
        expect(order !== undefined).toBe(candidates.some(isFree));
        if (order === undefined) continue;
        expect(candidates.filter(isFree)).toContain(order.displayNbr);
        const call = callOf(request, order);
        pools.admitted(call);
        if (step.lost) pools.withdrawn(call);
        else {
          running.push(call);
          made.push(call);
        }
      }
      expect(pools.use(pool, now)).toEqual(
        pool.numbers.map((number) => ({ number, today: todayOf(number), running: runningOf(number) })),
      );
    }
    // Another process that reads what was stored counts the same.
    const restarted = new NumberPools();
    restarted.put(pool);
    for (const call of made) restarted.recall(call);
    expect(restarted.use(pool, now).map(({ today }) => today)).toEqual(pool.numbers.map(todayOf));
  }

  it('keeps each number below its caps, refuses only where none is free, and counts exactly', () => {
    fc.assert(
      fc.property(steps, caps, (sequence, { size, ...rules }) => {
        run(sequence, poolOf({ ...rules, numbers: numbers(size) }));
      }),
    );
  });

  it('is spread evenly by a rotating pool', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(fc.nat(9), { maxLength: 60 }), (size, callees) => {
        const pools = new NumberPools();
        const pool = poolOf({ choice: 'rotating', numbers: numbers(size) });
        pools.put(pool);
        for (const callee of callees) {
          const request = asked(notification(phoneOf(callee)));
          const order = chosenBy(pools, request);
          if (order) pools.admitted(callOf(request, order));
        }
        const uses = pools.use(pool, START).map(({ today }) => today);
        expect(Math.max(...uses) - Math.min(...uses)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('a pool', () => {
  it.each([
    ['name', { name: 'All' }],
    ['numbers', { numbers: [] }],
    ['numbers', { numbers: [numberOf(1), numberOf(1)] }],
    ['callsPerDay', { callsPerDay: 0 }],
    ['concurrentCalls', { concurrentCalls: 1.5 }],
    ['timeZone', { timeZone: 'Mars' }],
  ])('is refused for its %s', (field, changed) => {
    expect(() => checkPool(poolOf(changed))).toThrow(expect.objectContaining({ field }));
  });
});
