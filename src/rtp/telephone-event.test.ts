import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  eventOf,
  keyOf,
  parseTelephoneEvent,
  TelephoneEventReceiver,
  writeTelephoneEvent,
} from './telephone-event.ts';
import { TelephoneEventSender } from './telephone-event-sender.ts';

interface Sent {
  readonly timestamp: number;
  readonly payload: Uint8Array;
}

/** Everything a sender sends for these keys, a packet each 20 ms, with nothing for silence. */
function send(
  keys: string,
  options: ConstructorParameters<typeof TelephoneEventSender>[0] = {},
  begin = 1000,
): Sent[] {
  const sender = new TelephoneEventSender(options);
  sender.press(keys);
  const sent: Sent[] = [];
  for (let step = 0; sender.busy; step++) {
    const packet = sender.next((begin + step * 160) >>> 0);
    if (packet === undefined) continue;
    const payload = new Uint8Array(4);
    writeTelephoneEvent(payload, 0, packet);
    sent.push({ timestamp: packet.timestamp, payload });
  }
  return sent;
}

function hear(packets: readonly Sent[], receiver = new TelephoneEventReceiver(), interval = 20): string {
  return packets
    .map(({ timestamp, payload }, index) => receiver.receive(timestamp, payload, index * interval) ?? '')
    .join('');
}

const event = (number: number, duration: number, end = false): Uint8Array => {
  const payload = new Uint8Array(4);
  writeTelephoneEvent(payload, 0, { event: number, end, volume: 10, duration });
  return payload;
};

describe('telephone-event payload (RFC 4733 2.3)', () => {
  it('is written and read', () => {
    const payload = new Uint8Array(6).fill(0xff);
    writeTelephoneEvent(payload, 1, { event: 11, end: true, volume: 63, duration: 0xabcd });
    expect([...payload]).toEqual([0xff, 11, 0xbf, 0xab, 0xcd, 0xff]);
    expect(parseTelephoneEvent(payload.subarray(1))).toEqual({
      event: 11,
      end: true,
      volume: 63,
      duration: 0xabcd,
    });
  });

  it('is not read from less than four octets', () => {
    expect(parseTelephoneEvent(Uint8Array.of(1, 2, 3))).toBeUndefined();
  });

  it('names the sixteen keys', () => {
    for (const [index, key] of [...'0123456789*#ABCD'].entries()) {
      expect(eventOf(key)).toBe(index);
      expect(keyOf(index)).toBe(key);
    }
    expect(keyOf(16)).toBeUndefined();
    for (const wrong of ['', 'E', 'a', '12', '10']) expect(() => eventOf(wrong)).toThrow(RangeError);
  });
});

describe('TelephoneEventSender (RFC 4733 2.5.1)', () => {
  it('updates every 20 ms under the timestamp of the beginning, and says the end three times', () => {
    const sender = new TelephoneEventSender({ duration: 100 });
    sender.press('5');
    const packets = Array.from({ length: 7 }, (_, step) => sender.next(4000 + step * 160));
    expect(packets.map((packet) => packet?.timestamp)).toEqual([4000, 4000, 4000, 4000, 4000, 4000, 4000]);
    expect(packets.map((packet) => packet?.marker)).toEqual([true, false, false, false, false, false, false]);
    expect(packets.map((packet) => packet?.end)).toEqual([false, false, false, false, true, true, true]);
    expect(packets.map((packet) => packet?.duration)).toEqual([160, 320, 480, 640, 800, 800, 800]);
    expect(sender.busy).toBe(false);
    expect(sender.next(6000)).toBeUndefined();
  });

  it('pauses between keys', () => {
    const sender = new TelephoneEventSender({ duration: 40, pause: 60 });
    sender.press('12');
    const events = Array.from({ length: 12 }, (_, step) => sender.next(step * 160)?.event);
    expect(events).toEqual([1, 1, 1, 1, undefined, undefined, undefined, 2, 2, 2, 2, undefined]);
  });

  it('refuses keys that are none, and durations that exchanges do not recognise', () => {
    const sender = new TelephoneEventSender();
    expect(() => sender.press('12x')).toThrow(RangeError);
    expect(sender.busy).toBe(false);
    expect(() => new TelephoneEventSender({ duration: 39 })).toThrow(RangeError);
    expect(() => new TelephoneEventSender({ duration: 8001 })).toThrow(RangeError);
    expect(() => new TelephoneEventSender({ pause: 0 })).toThrow(RangeError);
  });
});

describe('TelephoneEventReceiver', () => {
  it('reports each key once, at its first packet', () => {
    expect(hear(send('1234567890*#'))).toBe('1234567890*#');
    const receiver = new TelephoneEventReceiver();
    expect(receiver.receive(0, event(7, 160), 0)).toBe('7');
  });

  it('tells the same key pressed twice apart', () => {
    expect(hear(send('5555'))).toBe('5555');
  });

  it('works across the wrap of the timestamp', () => {
    expect(hear(send('99', {}, 0xffff_ff00))).toBe('99');
  });

  it('reports a key of which any packets but one are lost', () => {
    const packets = send('42');
    const half = packets.length / 2;
    for (let first = 0; first < half; first++) {
      for (let second = half; second < packets.length; second++) {
        expect(hear([packets[first]!, packets[second]!])).toBe('42');
      }
    }
  });

  it('reports once when all packets are doubled and neighbours change places', () => {
    const packets = send('123').flatMap((packet) => [packet, packet]);
    for (let index = 1; index + 1 < packets.length; index += 3) {
      [packets[index], packets[index + 1]] = [packets[index + 1]!, packets[index]!];
    }
    expect(hear(packets)).toBe('123');
  });

  it('does not report a late packet of the key before', () => {
    const [first, second] = [send('1'), send('2', {}, 3000)];
    expect(hear([first[0]!, second[0]!, first.at(-1)!, second.at(-1)!])).toBe('12');
  });

  it('takes the segments of a key held for long as one (RFC 4733 2.5.1.3)', () => {
    const receiver = new TelephoneEventReceiver();
    const heard = [
      receiver.receive(0, event(1, 160), 0),
      receiver.receive(0, event(1, 0xffff), 8192),
      receiver.receive(0xffff, event(1, 160), 8212),
      receiver.receive(0, event(1, 0xffff), 8213),
      receiver.receive(0xffff, event(1, 8000, true), 9192),
    ];
    expect(heard).toEqual(['1', undefined, undefined, undefined, undefined]);
  });

  it('hears a recording of a key that is played again with the same numbers', () => {
    const packets = send('3');
    const receiver = new TelephoneEventReceiver();
    expect(hear(packets, receiver)).toBe('3');
    const again = packets.map(({ timestamp, payload }, index) =>
      receiver.receive(timestamp, payload, 2000 + index * 20),
    );
    expect(again.filter(Boolean)).toEqual(['3']);
  });

  it('hears one press when its ends come long after each other: who sends them, or the way, stalled', () => {
    const packets = send('3');
    const firstEnd = packets.findIndex(({ payload }) => (payload[1]! & 0x80) !== 0);
    const receiver = new TelephoneEventReceiver();
    const heard = packets.map(({ timestamp, payload }, index) =>
      receiver.receive(timestamp, payload, index * 20 + (index > firstEnd ? 700 * (index - firstEnd) : 0)),
    );
    expect(heard.filter(Boolean)).toEqual(['3']);
  });

  it('hears SIPp play the same key twice, quickly: its recordings keep their numbers', () => {
    // As in /usr/share/sip-tester/dtmf_2833_3.pcap: 140 ms, under one timestamp, the end three times.
    const recording = [0, 320, 640, 960, 1280, 1600, 1920, 2240, 2240, 2240].map((duration, index) => ({
      at: Math.min(index, 7) * 20,
      payload: event(3, duration, index >= 7),
      marker: index === 0,
    }));
    const receiver = new TelephoneEventReceiver();
    const play = (from: number): string =>
      recording
        .map(({ at, payload, marker }) => receiver.receive(31_040, payload, from + at, marker) ?? '')
        .join('');
    expect(play(0)).toBe('3');
    expect(play(200)).toBe('3');
    expect(play(2000)).toBe('3');
    // Without its end, too, and no duplicate of a first packet that was overtaken counts.
    recording.splice(7);
    expect(play(3000)).toBe('3');
    expect(play(3200)).toBe('3');
    expect(receiver.receive(31_040, event(3, 0), 3325, true)).toBeUndefined();
  });

  /** Timestamp, duration, end, arrival in ms, marker. */
  type Packet = readonly [number, number, boolean, number, boolean?];
  const oddSenders: readonly [string, string, readonly Packet[]][] = [
    [
      'counts on every 20 ms',
      '5',
      [
        [1000, 160, false, 0, true],
        [1160, 320, false, 20],
        [1320, 480, false, 40],
        [1480, 640, true, 60],
        [1640, 640, true, 80],
        [1800, 640, true, 100],
      ],
    ],
    [
      'counts on, and its first end repeats the duration',
      '5',
      [
        [1000, 160, false, 0, true],
        [1160, 320, false, 20],
        [1320, 480, false, 40],
        [1480, 480, true, 60],
        [1640, 480, true, 80],
      ],
    ],
    [
      'counts on every 50 ms',
      '5',
      [
        [1000, 400, false, 0, true],
        [1400, 800, false, 50],
        [1800, 1200, false, 100],
        [2200, 1200, true, 150],
        [2600, 1200, true, 200],
      ],
    ],
    [
      'counts on every 50 ms, one lost',
      '5',
      [
        [1000, 400, false, 0, true],
        [1400, 800, false, 50],
        [2200, 1600, false, 150],
        [2600, 1600, true, 200],
      ],
    ],
    [
      'counts on every 20 ms, three lost',
      '5',
      [
        [1000, 160, false, 0, true],
        [1640, 800, false, 80],
        [1800, 800, true, 100],
      ],
    ],
    [
      'counts on, all in one burst',
      '5',
      [
        [1000, 160, false, 300, true],
        [1160, 320, false, 300],
        [1320, 480, false, 301],
        [1480, 480, true, 301],
      ],
    ],
    [
      'counts on, and its first two packets change places',
      '5',
      [
        [1160, 320, false, 20],
        [1000, 160, false, 21, true],
        [1320, 480, false, 40],
        [1480, 480, true, 60],
      ],
    ],
    [
      'jumps in the middle',
      '5',
      [
        [1000, 160, false, 0, true],
        [90_000, 320, false, 20],
        [90_000, 480, true, 40],
      ],
    ],
    [
      'counts on, presses twice',
      '55',
      [
        [1000, 160, false, 0, true],
        [1160, 320, false, 20],
        [1320, 320, true, 40],
        [2600, 160, false, 200, true],
        [2760, 320, false, 220],
        [2920, 320, true, 240],
      ],
    ],
    [
      'counts on, presses twice, the ends lost',
      '55',
      [
        [1000, 160, false, 0, true],
        [1160, 320, false, 20],
        [2600, 160, false, 200, true],
        [2760, 320, false, 220],
      ],
    ],
    [
      'is honest, presses twice, the ends lost',
      '55',
      [
        [1000, 160, false, 0, true],
        [1000, 320, false, 20],
        [3000, 160, false, 250, true],
        [3000, 320, false, 270],
      ],
    ],
    [
      'is honest, presses twice, the ends and the second beginning lost',
      '55',
      [
        [1000, 160, false, 0, true],
        [1000, 320, false, 20],
        [3000, 320, false, 270],
        [3000, 480, true, 290],
      ],
    ],
    [
      'is honest and quick, one end of each press arrives',
      '55',
      [
        [1000, 480, true, 60],
        [1800, 480, true, 160],
      ],
    ],
    [
      'sets no marker, presses twice',
      '55',
      [
        [1000, 160, false, 0],
        [1000, 480, true, 40],
        [1800, 160, false, 100],
        [1800, 480, true, 140],
      ],
    ],
  ];
  it.each(oddSenders)('hears what a sender presses that %s: %s', (_, keys, sent) => {
    const receiver = new TelephoneEventReceiver();
    const heard = sent.map(([timestamp, duration, end, at, marker]) =>
      receiver.receive(timestamp, event(5, duration, end), at, marker),
    );
    expect(heard.filter(Boolean).join('')).toBe(keys);
  });

  it('hears each press once of a sender who counts on, whatever is lost or late of it', () => {
    const presses = fc.record({
      interval: fc.constantFrom(20, 30, 50),
      updates: fc.integer({ min: 2, max: 20 }),
      lost: fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }),
      late: fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 24, maxLength: 24 }),
    });
    fc.assert(
      fc.property(presses, ({ interval, updates, lost, late }) => {
        const units = interval * 8;
        const packets = Array.from({ length: updates + 3 }, (_, index) => ({
          timestamp: 1000 + index * units,
          payload: event(5, Math.min(index + 1, updates) * units, index >= updates),
          at: index * interval + late[index]!,
          marker: index === 0,
        }));
        // The first arrives, and no more than two in a row are lost.
        const arrived = packets.filter(
          (_, index) =>
            index === 0 || !lost[index] || (lost[index - 1] && lost[index - 2]) || index >= updates,
        );
        const receiver = new TelephoneEventReceiver();
        const heard = arrived.map(({ timestamp, payload, at, marker }) =>
          receiver.receive(timestamp, payload, at, marker),
        );
        expect(heard.filter(Boolean)).toEqual(['5']);
      }),
    );
  });

  it('follows timestamps that jump back to another key', () => {
    expect(hear([...send('1', {}, 1_000_000), ...send('2', {}, 500)])).toBe('12');
  });

  it('keeps silent about a hook flash and about broken payloads', () => {
    const receiver = new TelephoneEventReceiver();
    expect(receiver.receive(0, event(16, 160), 0)).toBeUndefined();
    expect(receiver.receive(0, new Uint8Array(2), 0)).toBeUndefined();
  });
});
