import { describe, expect, it } from 'vitest';
import { plainTrunk, type Trunk } from '../trunk.ts';
import { type Gateway, TrunkLine } from './trunk-line.ts';

const gateway = (port: number): Gateway => ({
  address: { host: '192.0.2.1', port },
  flow: { transport: 'UDP', host: '192.0.2.1', port },
});
const one = gateway(5060);
const two = gateway(5070);

function bench(changed: Partial<Trunk> = {}) {
  const clock = { now: 1_000_000 };
  const trunk = { ...plainTrunk('a', { host: '192.0.2.1' }, { transport: 'UDP' }), ...changed };
  const line = new TrunkLine(trunk, { now: () => clock.now, after: () => () => {} });
  line.locatedAt([one, two]);
  return { line, clock };
}

describe('room on a trunk', () => {
  it('is so many calls at once, given back once each', () => {
    const { line } = bench({ maxCalls: 2 });
    const [first, second] = [line.take(), line.take()];
    expect(line.take()).toBeUndefined();
    first?.();
    first?.();
    expect(line.running).toBe(1);
    expect(line.take()).toBeDefined();
    expect(line.take()).toBeUndefined();
    second?.();
    expect(line.running).toBe(1);
  });

  it('is without limit unless set', () => {
    const { line } = bench();
    for (let count = 0; count < 1_000; count += 1) expect(line.take()).toBeDefined();
  });

  it('counts running calls against a limit that is set later', () => {
    const { line } = bench();
    const calls = [line.take(), line.take()];
    line.trunk = { ...line.trunk, maxCalls: 2 };
    expect(line.take()).toBeUndefined();
    calls[0]?.();
    expect(line.take()).toBeDefined();
  });
});

describe('how gateways stand', () => {
  const absent = { kind: 'absent', why: 'silent' } as const;
  const answered = (status: number, retryAfter?: number) =>
    ({ kind: 'answered', status, serves: status < 500, roundTrip: 3, retryAfter }) as never;
  const states = (line: TrunkLine) => line.health().map(({ state }) => state);

  it('one that was dead is suspect for a while, or until it answers', () => {
    const { line, clock } = bench();
    line.failed(one, 'dead', undefined);
    expect(states(line)).toEqual(['down', 'unknown']);
    expect(line.isDown).toBe(false);
    line.failed(two, 'dead', undefined);
    expect(line.isDown).toBe(true);
    clock.now += 30_001;
    expect(line.isDown).toBe(false);
    line.failed(one, 'dead', undefined);
    line.answered(one);
    expect(states(line)).toEqual(['unknown', 'unknown']);
  });

  it('one that asks to be left alone is, an hour at most, and OPTIONS does not change that', () => {
    const { line, clock } = bench();
    line.failed(one, 'next', 120);
    line.judged(two, answered(503, 86_400));
    expect([line.mayCall(one), line.mayCall(two)]).toEqual([false, false]);
    line.judged(one, answered(200));
    expect(line.mayCall(one)).toBe(false);
    clock.now += 120_000;
    expect([line.mayCall(one), line.mayCall(two)]).toEqual([true, false]);
    clock.now += 3_600_000;
    expect(line.mayCall(two)).toBe(true);
  });

  it('nothing is held against one that only passed on a refusal of the callee', () => {
    const { line } = bench();
    line.failed(one, 'over', 120);
    expect(line.mayCall(one)).toBe(true);
    expect(line.counts.failures).toBe(0);
  });

  it('OPTIONS tells', () => {
    const { line } = bench();
    line.judged(one, answered(404));
    line.judged(two, absent);
    expect(states(line)).toEqual(['up', 'down']);
    line.judged(two, answered(200));
    expect(states(line)).toEqual(['up', 'up']);
    expect(line.health()[0]).toMatchObject({ optionsStatus: 404, roundTrip: 3 });
  });

  it('a trunk that needs a registration is down while it is refused', () => {
    const { line } = bench({ registerExpires: 60 });
    line.registration = { kind: 'failed', status: 403, retryAt: 0 };
    expect(line.isDown).toBe(true);
    line.registration = { kind: 'registered', expires: 0 };
    expect(line.isDown).toBe(false);
  });

  it('what is known of a gateway that is gone is forgotten', () => {
    const { line } = bench();
    line.failed(one, 'next', 600);
    line.locatedAt([two]);
    line.locatedAt([one, two]);
    expect(line.mayCall(one)).toBe(true);
  });
});
