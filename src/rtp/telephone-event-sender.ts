/** The sending side of telephone-events: updates while a key is held, three end packets, a pause (RFC 4733 2.5.1). */
import { eventOf, type Key, type TelephoneEvent } from './telephone-event.ts';

/** RFC 4733 2.5.1.4: the end is sent three times in all. */
const END_PACKETS = 3;
/** RFC 4733 2.6.2.2: shorter keys or pauses are not recognised by all exchanges. */
const SHORTEST = 40;
/** What one segment's 16 bits of duration hold at 8000 Hz, rounded down. */
const LONGEST = 8000;

export interface TelephoneEventSenderOptions {
  /** Milliseconds between packets, as for the audio: how often `next` is called. */
  readonly ptime?: number;
  /** Milliseconds a key is held, 40-8000. */
  readonly duration?: number;
  /** Milliseconds between the last end packet of a key and the next key, at least 40. */
  readonly pause?: number;
  /** In -dBm0, 0-63. */
  readonly volume?: number;
}

/** What to send in one packet in place of audio. */
export interface TelephoneEventPacket extends TelephoneEvent {
  /** True in the first packet of a key only (RFC 4733 2.2). */
  readonly marker: boolean;
  /** Of the key's beginning, in all its packets. */
  readonly timestamp: number;
}

interface Pressed {
  readonly event: number;
  readonly begin: number;
  readonly endsLeft: number;
}

/** Sends keys one after another. Driven by the clock of the audio: one call of `next` per packet time. */
export class TelephoneEventSender {
  readonly #ptime: number;
  readonly #duration: number;
  readonly #pause: number;
  readonly #volume: number;
  readonly #queue: number[] = [];
  #pressed: Pressed | undefined = undefined;
  #pauseLeft = 0;

  /** @throws RangeError for a duration or pause outside the ranges above */
  constructor(options: TelephoneEventSenderOptions = {}) {
    this.#ptime = options.ptime ?? 20;
    this.#duration = options.duration ?? 100;
    this.#pause = options.pause ?? 60;
    this.#volume = options.volume ?? 10;
    if (this.#duration < SHORTEST || this.#duration > LONGEST) {
      throw new RangeError(`a key is held ${SHORTEST}-${LONGEST} ms, not ${this.#duration}`);
    }
    if (this.#pause < SHORTEST) throw new RangeError(`the pause between keys is at least ${SHORTEST} ms`);
  }

  /** @throws RangeError when one of `keys` is none; then none is sent */
  press(keys: Iterable<Key>): void {
    this.#queue.push(...Array.from(keys, eventOf));
  }

  /** Keys are waiting or under way. */
  get busy(): boolean {
    return this.#pressed !== undefined || this.#queue.length > 0;
  }

  /**
   * @param timestamp the RTP timestamp that a packet of audio would have now
   * @returns the packet to send in place of audio, or undefined: send audio
   */
  next(timestamp: number): TelephoneEventPacket | undefined {
    if (this.#pressed === undefined && this.#pauseLeft > 0) {
      this.#pauseLeft -= this.#ptime;
      return undefined;
    }
    let pressed = this.#pressed;
    const marker = pressed === undefined;
    if (pressed === undefined) {
      const event = this.#queue.shift();
      if (event === undefined) return undefined;
      pressed = { event, begin: timestamp, endsLeft: END_PACKETS };
    }
    const full = this.#duration * 8;
    const held = ((timestamp - pressed.begin) >>> 0) + this.#ptime * 8;
    const end = held >= full;
    const endsLeft = end ? pressed.endsLeft - 1 : pressed.endsLeft;
    this.#pressed = endsLeft === 0 ? undefined : { ...pressed, endsLeft };
    if (endsLeft === 0) this.#pauseLeft = this.#pause;
    return {
      event: pressed.event,
      end,
      volume: this.#volume,
      duration: Math.min(held, full),
      marker,
      timestamp: pressed.begin,
    };
  }
}
