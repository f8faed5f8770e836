import { expect, it } from 'vitest';
import type { CallEvent } from '../../src/call/call-record.ts';
import type { EventBus } from '../../src/call/ports.ts';
import { START } from './samples.ts';

/** What every EventBus does. `open` gives one without subscribers; `delivered` resolves when all published was told. */
export function eventBusContract(
  open: () => Promise<{ bus: EventBus; delivered: () => Promise<void> }>,
): void {
  const event = (sequence: number): CallEvent => ({ sessionId: 's', sequence, type: 'callout', at: START });

  it('tells every subscriber every event, in order', async () => {
    const { bus, delivered } = await open();
    const [one, two]: CallEvent[][] = [[], []];
    bus.subscribe((told) => one?.push(told));
    bus.subscribe((told) => two?.push(told));
    for (const sequence of [1, 2, 3]) bus.publish(event(sequence));
    await delivered();
    expect(one).toEqual([event(1), event(2), event(3)]);
    expect(two).toEqual(one);
  });

  it('tells nothing after the subscription ended, and ends it once', async () => {
    const { bus, delivered } = await open();
    const told: CallEvent[] = [];
    const listener = (event: CallEvent): void => void told.push(event);
    const end = bus.subscribe(listener);
    bus.subscribe(listener);
    bus.publish(event(1));
    await delivered();
    end();
    end();
    bus.publish(event(2));
    await delivered();
    expect(told).toEqual([event(1), event(1), event(2)]);
  });

  it('goes on when a subscriber fails', async () => {
    const { bus, delivered } = await open();
    const told: CallEvent[] = [];
    bus.subscribe(() => {
      throw new Error('a broken subscriber');
    });
    bus.subscribe((event) => told.push(event));
    bus.publish(event(1));
    await delivered();
    expect(told).toEqual([event(1)]);
  });
}
