/**
 * Turns packets as the network delivers them into an even stream of samples. Made for codecs of one octet per sample
 * (G.711): the buffer is a ring of samples addressed by RTP timestamp, so packets of any length, out of order, doubled or
 * partly late find their place by themselves.
 *
 * The delay adapts. It grows by itself when the buffer runs dry (playing waits for what comes late), and by a frame when
 * single packets come late again and again. It shrinks by a frame when for two seconds every packet came earlier than it
 * needed to, which also follows a sender whose clock is faster than ours. It stays within `minimum` and `maximum`; for a
 * fixed delay all three bounds are equal.
 */
import { timestampDistance } from './serial.ts';

const SAMPLES_PER_MILLISECOND = 8;
/** A little more than a second; a power of two, so that timestamps wrap around with it. */
const CAPACITY = 8192;
const MASK = CAPACITY - 1;
/** No packet is longer than this many samples: more than any packet time in use (RFC 3551 4.2 asks for 200 ms). */
const LONGEST_PACKET = CAPACITY / 4;
/** Samples played between two thoughts about the delay: 2 s. */
const WINDOW = 2 * 8000;
/** Packets late within a window from which on the delay grows: one may happen. */
const LATE_TOLERATED = 1;
/** Packets in a row behind the playing point after which it is the sender's time line that moved back. */
const LATE_RUN = 5;

export interface JitterBufferOptions {
  /** Octet that stands for silence where samples are missing: 0xD5 in A-law, 0xFF in mu-law. */
  readonly silence: number;
  /** Milliseconds that the first packet waits. Default 40. */
  readonly initial?: number;
  /** Milliseconds in store that shrinking leaves at the worst moment. Default 20. */
  readonly minimum?: number;
  /** Milliseconds in store from which the oldest are thrown away; at most 500. Default 200. */
  readonly maximum?: number;
}

export interface JitterBufferCounters {
  /** Packets that arrived after their time to play. */
  late: number;
  duplicates: number;
  /** Frames with samples missing although later ones were there: losses, as they were heard. */
  gaps: number;
  /** How often the buffer ran dry while it played. */
  underruns: number;
  /** Samples thrown away, because too much was in store or to shorten the delay. */
  skipped: number;
  /** New time lines: another SSRC, a jump of timestamps, speech after a long pause. */
  restarts: number;
  oversized: number;
}

export interface TimedPacket {
  readonly ssrc: number;
  readonly timestamp: number;
}

export class JitterBuffer {
  readonly counters: JitterBufferCounters = {
    late: 0,
    duplicates: 0,
    gaps: 0,
    underruns: 0,
    skipped: 0,
    restarts: 0,
    oversized: 0,
  };
  readonly #silence: number;
  readonly #initial: number;
  readonly #minimum: number;
  readonly #maximum: number;
  readonly #samples = new Uint8Array(CAPACITY);
  readonly #present = new Uint8Array(CAPACITY);
  #ssrc: number | undefined = undefined;
  /** Timestamp of the next sample to play, and of the sample behind the newest. */
  #playing = 0;
  #newest = 0;
  #startAt = 0;
  /** Since when there was nothing to play; undefined while there is. */
  #drySince: number | undefined = undefined;
  #lateRun = 0;
  /** Within the window: how early the packet came that was nearest to being late, in samples; and how many were late. */
  #slack = Infinity;
  #late = 0;
  #played = 0;
  /** Playing waits for one frame, so that the delay grows. */
  #waits = false;

  /** @throws RangeError unless minimum <= initial <= maximum <= 500 */
  constructor(options: JitterBufferOptions) {
    const { initial = 40, minimum = 20, maximum = 200 } = options;
    if (!(minimum >= 0 && minimum <= initial && initial <= maximum && maximum <= 500)) {
      throw new RangeError('a jitter buffer needs 0 <= minimum <= initial <= maximum <= 500 ms');
    }
    this.#silence = options.silence;
    this.#initial = initial * SAMPLES_PER_MILLISECOND;
    this.#minimum = minimum * SAMPLES_PER_MILLISECOND;
    this.#maximum = maximum * SAMPLES_PER_MILLISECOND;
  }

  /** Milliseconds in store. */
  get level(): number {
    return Math.max(0, this.#stored) / SAMPLES_PER_MILLISECOND;
  }

  get #stored(): number {
    return timestampDistance(this.#newest, this.#playing);
  }

  /**
   * @param payload copied; one octet per sample
   * @param now milliseconds of the clock that `take` is given too
   */
  put(packet: TimedPacket, payload: Uint8Array, now: number): void {
    if (payload.length === 0) return;
    if (payload.length > LONGEST_PACKET) {
      this.counters.oversized++;
      return;
    }
    if (packet.ssrc !== this.#ssrc) this.#restart(packet, now);
    let ahead = timestampDistance(packet.timestamp, this.#playing);
    if (ahead < 0 && ahead >= -this.#initial && now < this.#startAt) {
      // The first two packets changed places: nothing was played yet, so the earlier one can still come first.
      this.#playing = packet.timestamp;
      ahead = 0;
    }
    if (this.#isElsewhere(ahead, now)) {
      this.#restart(packet, now);
      ahead = 0;
    } else if (ahead + payload.length <= 0) {
      this.#noteLate();
      if (++this.#lateRun < LATE_RUN) return;
      this.#restart(packet, now);
      ahead = 0;
    }
    this.#lateRun = 0;
    this.#slack = Math.min(this.#slack, ahead);
    this.#store(ahead < 0 ? payload.subarray(-ahead) : payload, Math.max(0, ahead));
  }

  #noteLate(): void {
    this.counters.late++;
    this.#slack = 0;
    if (++this.#late > LATE_TOLERATED) this.#waits = true;
  }

  /** A packet so far from the playing point that it belongs to another time line, or comes after a pause. */
  #isElsewhere(ahead: number, now: number): boolean {
    if (ahead > CAPACITY - LONGEST_PACKET || ahead < -CAPACITY) return true;
    if (this.#drySince === undefined || this.#stored > 0) return false;
    return ahead > this.#initial || (now - this.#drySince) * SAMPLES_PER_MILLISECOND > this.#maximum;
  }

  #restart(packet: TimedPacket, now: number): void {
    if (this.#ssrc !== undefined) this.counters.restarts++;
    this.#ssrc = packet.ssrc;
    this.#playing = packet.timestamp;
    this.#newest = packet.timestamp;
    this.#startAt = now + this.#initial / SAMPLES_PER_MILLISECOND;
    this.#present.fill(0);
    this.#drySince = undefined;
    this.#lateRun = 0;
    this.#beginWindow();
  }

  #beginWindow(): void {
    this.#slack = Infinity;
    this.#late = 0;
    this.#played = 0;
    this.#waits = false;
  }

  #store(payload: Uint8Array, ahead: number): void {
    const first = (this.#playing + ahead) & MASK;
    if (this.#present[first] === 1) {
      this.counters.duplicates++;
      return;
    }
    const untilEdge = Math.min(payload.length, CAPACITY - first);
    this.#samples.set(payload.subarray(0, untilEdge), first);
    this.#samples.set(payload.subarray(untilEdge), 0);
    this.#present.fill(1, first, first + untilEdge);
    this.#present.fill(1, 0, payload.length - untilEdge);
    const end = (this.#playing + ahead + payload.length) | 0;
    if (timestampDistance(end, this.#newest) > 0) this.#newest = end;
    if (this.#stored > this.#maximum) this.#skip(this.#stored - this.#initial);
  }

  #skip(samples: number): void {
    this.counters.skipped += samples;
    this.#forget(samples);
    this.#beginWindow();
  }

  #forget(samples: number): void {
    const first = this.#playing & MASK;
    const untilEdge = Math.min(samples, CAPACITY - first);
    this.#present.fill(0, first, first + untilEdge);
    this.#present.fill(0, 0, samples - untilEdge);
    this.#playing = (this.#playing + samples) | 0;
  }

  /**
   * The next frame to play: called once per frame time of `into.length` samples.
   *
   * @returns `audio`: `into` holds samples, with silence where some were lost; `gap`: all of `into` is silence
   */
  take(into: Uint8Array, now: number): 'audio' | 'gap' {
    if (this.#ssrc === undefined || now < this.#startAt) return this.#silent(into);
    if (this.#stored < into.length) {
      if (this.#drySince === undefined) {
        this.counters.underruns++;
        this.#drySince = now;
      }
      return this.#silent(into);
    }
    this.#drySince = undefined;
    if (this.#waits && this.#stored + into.length <= this.#maximum) {
      this.#waits = false;
      return this.#silent(into);
    }
    const found = this.#read(into);
    if (found < into.length) this.counters.gaps++;
    this.#forget(into.length);
    this.#considerDelay(into.length);
    return found > 0 ? 'audio' : 'gap';
  }

  #silent(into: Uint8Array): 'gap' {
    into.fill(this.#silence);
    return 'gap';
  }

  /** @returns how many samples were there */
  #read(into: Uint8Array): number {
    let found = 0;
    for (let index = 0; index < into.length; index++) {
      const at = (this.#playing + index) & MASK;
      if (this.#present[at] === 1) {
        into[index] = this.#samples[at]!;
        found++;
      } else {
        into[index] = this.#silence;
      }
    }
    return found;
  }

  #considerDelay(frame: number): void {
    this.#played += frame;
    if (this.#played < WINDOW) return;
    // Samples by which every packet came before its frame had to be played.
    const shrinks = this.#slack !== Infinity && this.#slack >= this.#minimum + frame;
    if (shrinks) this.#skip(frame);
    else this.#beginWindow();
  }
}
