import { beforeEach, describe, expect, it } from 'vitest';
import { SeededRandom } from '../../test/virtual-network/seeded-random.ts';
import { StrangerGate, strangerLimits } from './stranger-gate.ts';

let now: number;
let gate: StrangerGate;

beforeEach(() => {
  now = 1_000;
  gate = new StrangerGate({ ...strangerLimits(10), sources: 100, connections: 3 }, () => now);
});

/** How many of so many messages from there are let in. */
function admitted(host: string, messages: number): number {
  return Array.from({ length: messages }, () => gate.admits(host)).filter(Boolean).length;
}

describe('a stranger', () => {
  it('is let in up to his burst, then at his rate', () => {
    expect(admitted('192.0.2.1', 1_000)).toBe(50);
    now += 1_000;
    expect(admitted('192.0.2.1', 1_000)).toBe(10);
    expect(gate.counters.flooded).toBe(1_940);
    now += 3_600_000;
    expect(admitted('192.0.2.1', 1_000)).toBe(50);
  });

  it('takes nothing from another, nor from what they share, with what is not let in', () => {
    expect(admitted('192.0.2.1', 100_000)).toBe(50);
    expect(admitted('192.0.2.2', 40)).toBe(40);
  });

  it('is one with his whole IPv6 network', () => {
    expect(admitted('2001:db8:1:2:aaaa::1', 40)).toBe(40);
    expect(admitted('2001:db8:1:2:bbbb::1', 40)).toBe(10);
    expect(admitted('2001:db8:1:3::1', 40)).toBe(40);
  });

  it('holds so many connections, and more when he has closed some', () => {
    const connected = Array.from({ length: 5 }, () => gate.connects('192.0.2.1'));
    expect(connected).toEqual([true, true, true, false, false]);
    expect(gate.connects('192.0.2.2')).toBe(true);
    gate.disconnected('192.0.2.1');
    expect(gate.connects('192.0.2.1')).toBe(true);
    expect(gate.connects('192.0.2.1')).toBe(false);
    expect(gate.counters.floodedConnection).toBe(3);
  });

  it('pays for connections as for messages', () => {
    for (let turn = 0; turn < 50; turn += 1) {
      if (gate.connects('192.0.2.1')) gate.disconnected('192.0.2.1');
    }
    expect(gate.connects('192.0.2.1')).toBe(false);
    expect(admitted('192.0.2.1', 10)).toBe(0);
    expect(gate.size.connections).toBe(0);
  });
});

describe('strangers together', () => {
  it('share a rate, however many addresses they make up', () => {
    const random = new SeededRandom(1);
    let through = 0;
    for (let turn = 0; turn < 50_000; turn += 1) through += admitted(random.bytes(4).join('.'), 1);
    expect(through).toBe(400);
    now += 1_000;
    expect(admitted('192.0.2.1', 50) + admitted('192.0.2.2', 1_000)).toBe(100);
  });

  it('are forgotten when there are more of them than are remembered', () => {
    for (let turn = 0; turn < 1_000; turn += 1) gate.admits(`192.0.${turn >> 8}.${turn & 255}`);
    expect(gate.size.sources).toBe(100);
  });
});

describe('an acquaintance', () => {
  it('is let in always, whatever strangers do, and takes nothing from them', () => {
    gate.know('203.0.113.7');
    for (let turn = 0; turn < 1_000; turn += 1) gate.admits(`192.0.2.${turn & 255}`);
    expect(admitted('203.0.113.7', 10_000)).toBe(10_000);
    const connected = Array.from({ length: 10 }, () => gate.connects('203.0.113.7'));
    expect(connected).not.toContain(false);
  });

  it('is a stranger again a day after the last request to it', () => {
    gate.know('203.0.113.7');
    now += 80_000_000;
    gate.know('203.0.113.7');
    now += 80_000_000;
    expect(admitted('203.0.113.7', 100)).toBe(100);
    now += 80_000_000;
    expect(admitted('203.0.113.7', 100)).toBe(50);
  });

  it('is forgotten for a newer one when there are too many, if it is not heard of', () => {
    gate.know('203.0.113.7');
    gate.know('203.0.113.8');
    for (let turn = 0; turn < 9_999; turn += 1) {
      now += 100;
      gate.know('203.0.113.7');
      gate.know(`10.0.${turn >> 8}.${turn & 255}`);
    }
    expect(gate.isKnown('203.0.113.7')).toBe(true);
    expect(gate.isKnown('203.0.113.8')).toBe(false);
    expect(gate.size.known).toBe(10_000);
  });
});
