import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { InvitePace } from './invite-pace.ts';

function bench(perSecond: number) {
  const clock = new ManualClock(0);
  const setting = { perSecond };
  const pace = new InvitePace(clock, () => setting.perSecond);
  const left: string[] = [];
  const leg = (name: string, { isSecond = false, patience = 60_000, delay = 0 } = {}) => {
    const awaited = pace.await(isSecond, patience);
    void awaited.turn.then((turn) => {
      const send = (): void => {
        left.push(`${name} ${turn ? clock.now() : 'never'}`);
        turn?.sent();
      };
      if (delay === 0) send();
      else clock.after(delay, send);
    });
    return awaited;
  };
  return { clock, pace, left, leg, setting };
}

describe('the pace of INVITEs', () => {
  it('lets so many leave in any second of the wire, not in each that the clock shows', async () => {
    const { clock, leg, left } = bench(2);
    await clock.advance(900);
    leg('a');
    await clock.advance(300);
    for (const name of ['b', 'c', 'd']) leg(name);
    await clock.advance(5_000);
    expect(left).toEqual(['a 900', 'b 1200', 'c 1900', 'd 2200']);
  });

  it('counts from when they leave, however long that takes after their turn', async () => {
    const { clock, leg, left } = bench(1);
    leg('a', { delay: 700 });
    leg('b');
    await clock.advance(5_000);
    expect(left).toEqual(['a 700', 'b 1700']);
  });

  it('lets second legs go first, and nobody wait for longer than they have time', async () => {
    const { clock, pace, leg, left } = bench(1);
    pace.now()?.sent();
    leg('first');
    leg('hasty', { patience: 1_500 });
    leg('second', { isSecond: true });
    await clock.advance(5_000);
    expect(left).toEqual(['second 1000', 'hasty never', 'first 2000']);
  });

  it('gives the turn of a leg that came to nothing, or gave up, to the next', async () => {
    const { clock, pace, leg, left } = bench(1);
    const turn = pace.now();
    const gone = leg('gone');
    leg('next');
    expect(pace.now()).toBeUndefined();
    gone.giveUp();
    turn?.over();
    turn?.over();
    await clock.advance(10);
    expect(left).toEqual(['gone never', 'next 0']);
  });

  it('tells how long legs have to wait, and follows when it is changed', async () => {
    const { clock, pace, leg, left, setting } = bench(2);
    expect(pace.expectedWait(2, 0)).toBe(0);
    expect(pace.expectedWait(2, 9)).toBe(5_000);
    setting.perSecond = 0;
    expect(pace.expectedWait(1, 0)).toBe(Infinity);
    leg('a');
    await clock.advance(5_000);
    expect(left).toEqual([]);
    setting.perSecond = Infinity;
    pace.look();
    await clock.advance(0);
    expect([left, pace.expectedWait(100, 100)]).toEqual([['a 5000'], 0]);
  });
});
