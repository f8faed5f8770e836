/**
 * Telephone-events (RFC 4733): keys as RTP packets beside the audio.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  |     event     |E|R| volume    |          duration             |
 */
import { timestampDistance } from './serial.ts';

/** Octets of a payload (RFC 4733 2.3). */
export const TELEPHONE_EVENT_LENGTH = 4;

/** The keys of events 0-15, at their own number (RFC 4733 3.2). */
const KEYS = '0123456789*#ABCD';

/** A key of a telephone: one of `0123456789*#ABCD`. */
export type Key = string;

export interface TelephoneEvent {
  /** 0-255; 0-15 are keys, 16 is a hook flash. */
  readonly event: number;
  readonly end: boolean;
  /** Power level in -dBm0, 0-63. */
  readonly volume: number;
  /** Since the event began, in timestamp units, 0-65535. */
  readonly duration: number;
}

/** @returns undefined for an event that is no key */
export function keyOf(event: number): Key | undefined {
  return KEYS[event];
}

/** @throws RangeError for what is no key */
export function eventOf(key: Key): number {
  const event = key.length === 1 ? KEYS.indexOf(key) : -1;
  if (event < 0) throw new RangeError('a key is one of 0-9, *, #, A-D');
  return event;
}

/** @returns undefined when the payload is too short; octets behind the first four are not read */
export function parseTelephoneEvent(payload: Uint8Array): TelephoneEvent | undefined {
  if (payload.length < TELEPHONE_EVENT_LENGTH) return undefined;
  return {
    event: payload[0]!,
    end: (payload[1]! & 0x80) !== 0,
    volume: payload[1]! & 0x3f,
    duration: (payload[2]! << 8) | payload[3]!,
  };
}

export function writeTelephoneEvent(into: Uint8Array, offset: number, event: TelephoneEvent): void {
  into[offset] = event.event;
  into[offset + 1] = (event.end ? 0x80 : 0) | (event.volume & 0x3f);
  into[offset + 2] = event.duration >>> 8;
  into[offset + 3] = event.duration;
}

/** Events whose packets may still arrive late: as many as fit into a second at the fastest. */
const REMEMBERED = 8;

/** An ended event that is heard again, with the same timestamp, after this many milliseconds was pressed again. */
const REPLAY_SILENCE = 500;

/** The shortest pause between keys, milliseconds (RFC 4733 2.6.2.2): with the marker of a first packet a replay takes no more. */
const SHORTEST_PAUSE = 40;

/** Timestamp units in a millisecond (telephone-event/8000). */
const UNITS = 8;

/** By how much a timestamp that counts on may be ahead of the duration, milliseconds: the end repeats the last one. */
const AHEAD = 50;

/** By how much an update may be late or early, milliseconds. */
const JITTER = 30;

interface Heard {
  readonly event: number;
  readonly timestamp: number;
  duration: number;
  ended: boolean;
  lastAt: number;
}

/**
 * Turns the packets of events into keys, each reported once, when its first packet arrives: whether the rest, the three
 * end packets included, are lost, repeated or out of order does not matter (RFC 4733 2.5.2.2).
 */
export class TelephoneEventReceiver {
  readonly #heard: Heard[] = [];

  /**
   * @param timestamp the packet's RTP timestamp: the same for all packets of an event (or of a segment of a long one)
   * @param now milliseconds of any steady clock
   * @param marker the packet's marker bit, set in the first packet of an event (RFC 4733 2.2)
   * @returns the key that was pressed, when this packet is the first of its event
   */
  receive(timestamp: number, payload: Uint8Array, now: number, marker = false): Key | undefined {
    const packet = parseTelephoneEvent(payload);
    if (packet === undefined) return undefined;
    const known = this.#heard.find((heard) => heard.event === packet.event && heard.timestamp === timestamp);
    if (known !== undefined) {
      const replayed = isReplay(known, packet, marker, now);
      known.ended = packet.end || (known.ended && !replayed);
      known.duration = replayed ? packet.duration : Math.max(known.duration, packet.duration);
      known.lastAt = now;
      return replayed ? keyOf(packet.event) : undefined;
    }
    const continues = this.#continues(packet, timestamp) || this.#goesOn(packet, timestamp, marker, now);
    this.#heard.push({
      event: packet.event,
      timestamp,
      duration: packet.duration,
      ended: packet.end,
      lastAt: now,
    });
    if (this.#heard.length > REMEMBERED) this.#heard.shift();
    return continues ? undefined : keyOf(packet.event);
  }

  /**
   * RFC 4733 2.5.1.3: an event too long for 16 bits of duration goes on as another segment, without an end between.
   * A segment is 0xFFFF units long; its last packets, which say so, may be lost, but not half of them.
   */
  #continues({ event }: TelephoneEvent, timestamp: number): boolean {
    const last = this.#heard.at(-1);
    if (last === undefined || last.ended || last.event !== event || last.duration < 0x8000) return false;
    const elapsed = timestampDistance(timestamp, last.timestamp);
    return elapsed >= last.duration && elapsed <= 0xffff;
  }

  /**
   * Against RFC 4733 2.2 some senders count the timestamp on within an event, and some let it jump. Their packets are told
   * from a new press by the duration: it grows as the timestamp does, or as time does, and an end repeats it.
   */
  #goesOn(
    { event, end, duration }: TelephoneEvent,
    timestamp: number,
    marker: boolean,
    now: number,
  ): boolean {
    const last = this.#heard.at(-1);
    if (last === undefined || last.event !== event) return false;
    const passed = timestampDistance(timestamp, last.timestamp);
    if (marker && passed > 0) return false;
    if (last.ended && passed > 0)
      return end && duration === last.duration && passed < last.duration + SHORTEST_PAUSE * UNITS;
    const grown = duration - last.duration;
    if (Math.sign(grown) !== -Math.sign(passed) && Math.abs(passed - grown) <= AHEAD * UNITS) return true;
    return grown > 0 && Math.abs(now - last.lastAt - grown / UNITS) <= JITTER;
  }
}

/** A recording of a key that is sent once more, with the numbers it has: test tools and announcement servers do. */
function isReplay(known: Heard, packet: TelephoneEvent, marker: boolean, now: number): boolean {
  const silence = now - known.lastAt;
  if (marker && packet.duration < known.duration) return silence >= SHORTEST_PAUSE;
  // The end is sent three times (RFC 4733 2.5.1.4), and a sender or a network that stalls may keep them apart: a press begins.
  if (packet.end && packet.duration === known.duration) return false;
  return known.ended && silence >= REPLAY_SILENCE;
}
