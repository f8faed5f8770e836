import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineQueue, notQueued, type Scheduled } from './deadline-queue.ts';

class Alarm implements Scheduled {
  deadline: number;
  queuePosition: number = notQueued;

  constructor(deadline: number) {
    this.deadline = deadline;
  }
}

describe('DeadlineQueue', () => {
  it('has no deadline while it is empty', () => {
    const queue = new DeadlineQueue<Alarm>();
    expect(queue.deadline).toBe(Infinity);
    expect(queue.due(1e12)).toBeUndefined();
  });

  it('keeps nothing that never wants to be woken', () => {
    const queue = new DeadlineQueue<Alarm>();
    const alarm = new Alarm(5);
    queue.update(alarm);
    alarm.deadline = Infinity;
    queue.update(alarm);
    expect(queue.size).toBe(0);
  });

  it('yields what is due in order of deadlines, whatever was moved and removed', () => {
    const change = fc.record({ index: fc.nat(30), deadline: fc.nat(1_000), remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
        const queue = new DeadlineQueue<Alarm>();
        const alarms = Array.from({ length: 31 }, () => new Alarm(Infinity));
        const expected = new Map<Alarm, number>();
        for (const { index, deadline, remove } of changes) {
          const alarm = alarms[index]!;
          alarm.deadline = deadline;
          if (remove) queue.delete(alarm);
          else queue.update(alarm);
          if (remove) expected.delete(alarm);
          else expected.set(alarm, deadline);
          expect(queue.deadline).toBe(Math.min(...expected.values()));
        }
        const drained: number[] = [];
        for (let due = queue.due(1_000); due !== undefined; due = queue.due(1_000)) {
          drained.push(due.deadline);
          queue.delete(due);
        }
        expect(drained).toEqual([...expected.values()].toSorted((a, b) => a - b));
      }),
    );
  });
});
