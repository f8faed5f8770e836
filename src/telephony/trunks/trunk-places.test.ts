import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { plainTrunk, type Trunk } from '../trunk.ts';
import { Route } from './route.ts';
import { type Gateway, TrunkLine } from './trunk-line.ts';
import { TrunkPlaces } from './trunk-places.ts';

const gateway: Gateway = {
  address: { host: '192.0.2.1', port: 5060 },
  flow: { transport: 'UDP', host: '192.0.2.1', port: 5060 },
};

function bench(...trunks: Partial<Trunk>[]) {
  const clock = new ManualClock(0);
  const lines = trunks.map((given, index) => {
    const trunk = plainTrunk(`t${index}`, { host: '192.0.2.1' }, { transport: 'UDP', ...given });
    return new TrunkLine(trunk, clock);
  });
  const places = new TrunkPlaces();
  const callback = (sessionId: string): boolean =>
    places.reserve(sessionId, [
      { party: 'A', lines },
      { party: 'B', lines },
    ]);
  const passedOver: string[] = [];
  const route = (sessionId: string, party: 'A' | 'B'): Route =>
    new Route({
      lines,
      request: { sessionId, party, display: '+1', to: '+2', route: 'default' },
      ourHost: '192.0.2.9',
      place: places.of({ sessionId, party }),
      locate: async () => [gateway],
      passedOver: (trunk, why) => passedOver.push(`${trunk} ${why}`),
    });
  return { clock, lines, places, callback, route, passedOver };
}

describe('places on trunks', () => {
  it('are taken for both legs at the start, or for none, and given back at the end', () => {
    const { lines, places, callback } = bench({ maxCalls: 3 });
    expect([callback('1'), callback('2')]).toEqual([true, false]);
    expect(lines[0]?.running).toBe(2);
    expect(places.reserve('3', [{ party: 'A', lines }])).toBe(true);
    for (const sessionId of ['1', '1', '2', '3']) places.release(sessionId);
    expect([lines[0]?.running, lines[0]?.promised, lines[0]?.counts.full]).toEqual([0, 0, 1]);
  });

  it('are kept for the leg they were promised to', async () => {
    const { lines, callback, route, places } = bench({ maxCalls: 2 });
    callback('1');
    const a = await route('1', 'A').next();
    await expect(route('other', 'A').next()).rejects.toMatchObject({ local: 'trunk-busy' });
    const b = await route('1', 'B').next();
    expect([a?.trunk, b?.trunk, lines[0]?.running]).toEqual(['t0', 't0', 2]);
    a?.over();
    b?.over();
    places.release('1');
    expect(lines[0]?.running).toBe(0);
  });

  it('are on the next trunk where the first is full', async () => {
    const { lines, callback, route } = bench({ maxCalls: 1 }, { maxCalls: 1 });
    expect([callback('1'), callback('2')]).toEqual([true, false]);
    expect(lines.map(({ running }) => running)).toEqual([1, 1]);
    expect((await route('1', 'A').next())?.trunk).toBe('t0');
    expect((await route('1', 'B').next())?.trunk).toBe('t1');
    expect(lines.map(({ running }) => running)).toEqual([1, 1]);
  });

  it('are refused where the pace makes them wait for long', () => {
    const { callback } = bench({ callsPerSecond: 1 });
    expect([1, 2, 3, 4].map((call) => callback(String(call)))).toEqual([true, true, true, false]);
  });

  it('come with a turn: eight callbacks at once all reach both phones, no second above the pace', async () => {
    const { clock, callback, route, passedOver } = bench({ callsPerSecond: 5 });
    const left: number[] = [];
    const dial = async (sessionId: string, party: 'A' | 'B'): Promise<void> => {
      const attempt = await route(sessionId, party).next();
      expect(attempt).toBeDefined();
      left.push(clock.now());
      attempt?.sent();
      if (party === 'A') clock.after(300, () => void dial(sessionId, 'B'));
    };
    for (let call = 0; call < 8; call += 1) {
      expect(callback(String(call))).toBe(true);
      void dial(String(call), 'A');
    }
    await clock.advance(10_000);
    expect(left).toHaveLength(16);
    for (const at of left)
      expect(left.filter((other) => other > at - 1_000 && other <= at).length).toBeLessThan(6);
    expect(passedOver).toEqual([]);
  });

  it('a leg that is over waits no more, and tells nobody that the trunk was full', async () => {
    const { lines, route, passedOver } = bench({ callsPerSecond: 1 });
    lines[0]?.pace.now();
    const waiting = route('1', 'A');
    const next = waiting.next();
    await Promise.resolve();
    await Promise.resolve();
    waiting.stop();
    await expect(next).resolves.toBeUndefined();
    expect([passedOver, lines[0]?.running, lines[0]?.pace.waiting]).toEqual([[], 0, 0]);
  });

  it('another trunk is taken before a leg waits', async () => {
    const { clock, lines, route, passedOver } = bench({ callsPerSecond: 1 }, { callsPerSecond: 1 });
    for (const [index, trunk] of ['t0', 't1'].entries()) {
      const attempt = await route(String(index), 'A').next();
      expect(attempt?.trunk).toBe(trunk);
      attempt?.sent();
    }
    const third = route('3', 'A').next();
    await clock.advance(1_000);
    expect((await third)?.trunk).toBe('t0');
    expect(passedOver).toEqual([]);
    lines[0]?.pace.look();
  });
});
