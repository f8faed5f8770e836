import { describe, expect, it } from 'vitest';
import { SourceLatch } from './source-latch.ts';

const SIGNALLED = { host: '192.0.2.1', port: 4000 };
const BEHIND_NAT = { host: '203.0.113.7', port: 61000 };
const ATTACKER = { host: '198.51.100.66', port: 6666 };

function receive(
  latch: SourceLatch,
  from: { host: string; port: number },
  count = 1,
  now?: number,
): string[] {
  return Array.from({ length: count }, () => latch.receive(from.host, from.port, now));
}

describe('SourceLatch', () => {
  it('sends to the signalled address until a source has proved itself', () => {
    const latch = new SourceLatch();
    expect(latch.destination).toBeUndefined();
    latch.expect(SIGNALLED);
    expect(latch.destination).toEqual(SIGNALLED);
    receive(latch, BEHIND_NAT, 2);
    expect(latch.destination).toEqual(SIGNALLED);
    expect(latch.latched).toBeUndefined();
    receive(latch, BEHIND_NAT);
    expect(latch.destination).toEqual(BEHIND_NAT);
  });

  it('never takes port 0, to which nothing could be sent', () => {
    const latch = new SourceLatch();
    expect(receive(latch, { ...SIGNALLED, port: 0 }, 5)).toEqual(Array.from({ length: 5 }, () => 'stranger'));
    latch.expect(SIGNALLED);
    receive(latch, { ...SIGNALLED, port: 0 }, 100);
    expect(latch.destination).toEqual(SIGNALLED);
    expect(latch.strangers).toBe(105);
  });

  it('accepts packets from the first on: early media are heard at once', () => {
    const latch = new SourceLatch();
    latch.expect(SIGNALLED);
    expect(receive(latch, BEHIND_NAT)).toEqual(['accepted']);
  });

  it('never moves once set, not even to the signalled address, where nobody tells the time', () => {
    const latch = new SourceLatch();
    latch.expect(SIGNALLED);
    receive(latch, BEHIND_NAT, 3);
    expect(new Set(receive(latch, ATTACKER, 1000))).toEqual(new Set(['stranger']));
    expect(new Set(receive(latch, SIGNALLED, 10))).toEqual(new Set(['stranger']));
    expect(latch.destination).toEqual(BEHIND_NAT);
    expect(latch.strangers).toBe(1010);
  });

  it('tells the same host with another port apart', () => {
    const latch = new SourceLatch();
    receive(latch, BEHIND_NAT, 3);
    expect(receive(latch, { ...BEHIND_NAT, port: 61001 })).toEqual(['stranger']);
  });

  it('prefers the signalled address to whoever comes first', () => {
    const latch = new SourceLatch();
    latch.expect(SIGNALLED);
    expect(receive(latch, ATTACKER, 2)).toEqual(['accepted', 'accepted']);
    expect(receive(latch, SIGNALLED)).toEqual(['accepted']);
    expect(receive(latch, ATTACKER)).toEqual(['stranger']);
    receive(latch, SIGNALLED, 2);
    expect(latch.latched).toEqual(SIGNALLED);
  });

  it('wants its packets in a row', () => {
    const latch = new SourceLatch();
    latch.expect(SIGNALLED);
    for (let round = 0; round < 10; round++) {
      receive(latch, BEHIND_NAT, 2);
      receive(latch, ATTACKER, 2);
    }
    expect(latch.latched).toBeUndefined();
  });

  it('is re-armed by a new signalled address, not by the same again', () => {
    const latch = new SourceLatch();
    latch.expect(SIGNALLED);
    receive(latch, BEHIND_NAT, 3);
    latch.expect({ ...SIGNALLED });
    expect(latch.latched).toEqual(BEHIND_NAT);
    const moved = { host: '192.0.2.9', port: 5000 };
    latch.expect(moved);
    expect(latch.destination).toEqual(moved);
    // Packets of the old source are still under way: they are heard, but do not hold the latch.
    expect(receive(latch, BEHIND_NAT, 10)).not.toContain('stranger');
    receive(latch, moved, 3);
    expect(latch.latched).toEqual(moved);
    expect(receive(latch, BEHIND_NAT)).toEqual(['stranger']);
  });

  it('believes a source that went on for a second after its address was said to change', () => {
    const latch = new SourceLatch();
    latch.expect(SIGNALLED);
    receive(latch, BEHIND_NAT, 3);
    latch.expect({ host: '10.0.0.1', port: 5000 });
    receive(latch, BEHIND_NAT, 49);
    expect(latch.latched).toBeUndefined();
    receive(latch, BEHIND_NAT);
    expect(latch.latched).toEqual(BEHIND_NAT);
  });

  describe('set by a source that was not signalled', () => {
    /** A stranger was first: its packets have set the latch at 0 ms. */
    function taken(): SourceLatch {
      const latch = new SourceLatch();
      latch.expect(SIGNALLED, 0);
      receive(latch, ATTACKER, 3, 0);
      expect(latch.latched).toEqual(ATTACKER);
      return latch;
    }

    it('yields to the signalled address in the first seconds, and then to nobody', () => {
      const latch = taken();
      // The stranger goes on; three packets are wanted all the same, but not in a row.
      const verdicts = [1, 2, 3].map((packet) => {
        receive(latch, ATTACKER, 1, 4_900 + packet);
        return latch.receive(SIGNALLED.host, SIGNALLED.port, 4_900 + packet);
      });
      expect(verdicts).toEqual(['stranger', 'stranger', 'accepted']);
      expect(latch.latched).toEqual(SIGNALLED);
      expect(new Set(receive(latch, ATTACKER, 100, 4_950))).toEqual(new Set(['stranger']));
      expect(new Set(receive(latch, ATTACKER, 100, 60_000))).toEqual(new Set(['stranger']));
      expect(latch.destination).toEqual(SIGNALLED);
    });

    it('yields to nobody else', () => {
      const latch = taken();
      expect(new Set(receive(latch, BEHIND_NAT, 100, 100))).toEqual(new Set(['stranger']));
      expect(latch.latched).toEqual(ATTACKER);
    });

    it('is fixed after the first seconds, as long as its source goes on', () => {
      const latch = new SourceLatch();
      latch.expect(SIGNALLED, 0);
      receive(latch, BEHIND_NAT, 3, 0);
      for (let now = 20; now <= 20_000; now += 20) {
        expect(latch.receive(BEHIND_NAT.host, BEHIND_NAT.port, now)).toBe('accepted');
        if (now >= 5_000) expect(latch.receive(SIGNALLED.host, SIGNALLED.port, now)).toBe('stranger');
      }
      expect(latch.latched).toEqual(BEHIND_NAT);
    });

    it('yields to the signalled address at any time when its source went silent', () => {
      const latch = taken();
      receive(latch, ATTACKER, 1, 60_000);
      expect(new Set(receive(latch, SIGNALLED, 10, 60_990))).toEqual(new Set(['stranger']));
      expect(receive(latch, SIGNALLED, 3, 61_000)).toContain('accepted');
      expect(latch.latched).toEqual(SIGNALLED);
      // What came back is a stranger now.
      expect(receive(latch, ATTACKER, 1, 61_020)).toEqual(['stranger']);
    });

    it('gives the signalled address its seconds again with each description', () => {
      const latch = taken();
      for (let now = 0; now <= 30_000; now += 100) receive(latch, ATTACKER, 1, now);
      latch.expect({ ...SIGNALLED }, 30_000);
      receive(latch, SIGNALLED, 3, 30_020);
      expect(latch.latched).toEqual(SIGNALLED);
    });
  });

  describe('is settled', () => {
    const latched = (source: typeof SIGNALLED): SourceLatch => {
      const latch = new SourceLatch();
      latch.expect(SIGNALLED, 0);
      for (let now = 0; now <= 10_000; now += 20) latch.receive(source.host, source.port, now);
      return latch;
    };

    it.each([SIGNALLED, BEHIND_NAT])('on its source when the first seconds are over (%j)', (source) => {
      const latch = new SourceLatch();
      latch.expect(SIGNALLED, 0);
      expect(latch.settled(0)).toBeUndefined();
      receive(latch, source, 5, 100);
      expect(latch.settled(4_999)).toBeUndefined();
      receive(latch, source, 1, 4_990);
      expect(latch.settled(5_000)).toEqual(source);
    });

    it('no more when its source is silent, so that it is seen who else sends', () => {
      const latch = latched(SIGNALLED);
      expect(latch.settled(10_999)).toEqual(SIGNALLED);
      expect(latch.settled(11_000)).toBeUndefined();
    });

    it('no more after another description, until its seconds are over', () => {
      const latch = latched(BEHIND_NAT);
      expect(latch.settled(10_020)).toEqual(BEHIND_NAT);
      latch.expect({ ...SIGNALLED }, 10_020);
      expect(latch.settled(10_040)).toBeUndefined();
      receive(latch, BEHIND_NAT, 1, 15_010);
      expect(latch.settled(15_020)).toEqual(BEHIND_NAT);
      latch.expect({ ...SIGNALLED, port: 9 }, 15_020);
      receive(latch, BEHIND_NAT, 1, 30_000);
      expect(latch.settled(30_000)).toBeUndefined();
    });

    it('when nobody else is believed: all that others send is refused', () => {
      const latch = latched(BEHIND_NAT);
      for (const other of [SIGNALLED, ATTACKER])
        expect(new Set(receive(latch, other, 100, 10_500))).toEqual(new Set(['stranger']));
      expect(latch.settled(10_500)).toEqual(BEHIND_NAT);
    });
  });

  it('cannot be taken from the signalled address, however long that is silent', () => {
    const latch = new SourceLatch();
    latch.expect(SIGNALLED, 0);
    receive(latch, SIGNALLED, 3, 0);
    expect(new Set(receive(latch, ATTACKER, 100, 100))).toEqual(new Set(['stranger']));
    expect(new Set(receive(latch, ATTACKER, 100, 600_000))).toEqual(new Set(['stranger']));
    expect(latch.latched).toEqual(SIGNALLED);
  });
});
