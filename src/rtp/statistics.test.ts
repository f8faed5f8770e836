import { describe, expect, it } from 'vitest';
import { ReceptionStatistics } from './statistics.ts';

const packet = (sequence: number, timestamp = sequence * 160, ssrc = 1) => ({
  ssrc,
  sequence,
  timestamp,
  payloadLength: 160,
});

describe('ReceptionStatistics', () => {
  it('reports the fraction lost since the last report, and the sum (RFC 3550 A.3)', () => {
    const statistics = new ReceptionStatistics(8000);
    const receive = (sequence: number): void => statistics.receive(packet(sequence), true, sequence * 20);
    for (let sequence = 0; sequence < 101; sequence++) if (sequence % 4 !== 3) receive(sequence);
    const first = statistics.takeReception();
    expect(first).toMatchObject({
      ssrc: 1,
      extendedHighestSequence: 100,
      cumulativeLost: 25,
      fractionLost: 64,
    });
    for (let sequence = 101; sequence < 201; sequence++) receive(sequence);
    expect(statistics.takeReception()).toMatchObject({ cumulativeLost: 25, fractionLost: 0 });
    expect(statistics.lost).toBe(25);
    expect(statistics.packets).toBe(176);
  });

  it('reports nothing of a source in probation', () => {
    const statistics = new ReceptionStatistics(8000);
    expect(statistics.takeReception()).toBeUndefined();
    statistics.receive(packet(5), true, 0);
    expect(statistics.takeReception()).toBeUndefined();
    expect(statistics.packets).toBe(1);
  });

  it('finds no jitter in an even stream, across the wrap of the timestamp', () => {
    const statistics = new ReceptionStatistics(8000);
    for (let index = 0; index < 50; index++) {
      statistics.receive(
        packet(index, (0xffffff00 + index * 160) >>> 0),
        true,
        1_790_000_000_000 + index * 20,
      );
    }
    expect(statistics.jitter).toBeCloseTo(0, 5);
  });

  it('nears the mean change of transit time (RFC 3550 A.8)', () => {
    const statistics = new ReceptionStatistics(8000);
    // Every other packet is 10 ms late: transit changes by 10 ms each time.
    for (let index = 0; index < 400; index++)
      statistics.receive(packet(index), true, index * 20 + (index % 2) * 10);
    expect(statistics.jitter).toBeCloseTo(10, 3);
    expect(statistics.takeReception()?.jitter).toBe(79);
  });

  it('takes no jitter from telephone-events nor from a time line that starts over', () => {
    const statistics = new ReceptionStatistics(8000);
    for (let index = 0; index < 20; index++) statistics.receive(packet(index), true, index * 20);
    for (let index = 20; index < 30; index++) statistics.receive(packet(index, 20 * 160), false, index * 20);
    for (let index = 30; index < 40; index++)
      statistics.receive(packet(index, index * 160 + 5_000_000), true, index * 20);
    expect(statistics.jitter).toBeCloseTo(0, 5);
  });

  it('keeps the totals when another source takes over, and reports the new one', () => {
    const statistics = new ReceptionStatistics(8000);
    for (const sequence of [1, 2, 5]) statistics.receive(packet(sequence), true, sequence * 20);
    for (const sequence of [700, 701, 703])
      statistics.receive(packet(sequence, sequence * 160, 2), true, sequence * 20);
    expect(statistics).toMatchObject({ ssrc: 2, lost: 3, sourceChanges: 1, packets: 6 });
    expect(statistics.takeReception()).toMatchObject({
      ssrc: 2,
      cumulativeLost: 1,
      extendedHighestSequence: 703,
    });
  });
});
