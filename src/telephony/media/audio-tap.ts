/**
 * What a far end says, as an even line of frames on the clock of the worker, for all who listen in on it: recordings, keys in
 * the audio, the answering machine. Packets are put in order once, whoever and however many listen. It delays what is
 * tapped and nothing else: what the other party hears does not come this way.
 */
import { alawToLinear, type G711Codec, g711Silence, transcodeG711 } from '../../audio/g711.ts';
import { JitterBuffer, type TimedPacket } from '../../rtp/jitter-buffer.ts';

/** Samples of a frame: CLOCK_PERIOD of audio. */
export const TAP_FRAME = 160;
/** Milliseconds. Deeper than for a conversation: nobody waits for what is tapped. */
const DEPTH = { initial: 60, minimum: 40, maximum: 300 };
/** A quarter of a second of G.711. */
const LONGEST_PAYLOAD = 2048;

/** A frame of 20 ms; its arrays are overwritten by the next. */
export interface TappedFrame {
  /** When the clock was due, in milliseconds: frames are 20 ms apart, and more where the clock was far too late. */
  due: number;
  /** False where nothing was received in time: the samples are silence. */
  received: boolean;
  /** A-law. */
  readonly octets: Uint8Array;
  /** The same, 16-bit linear. */
  readonly samples: Int16Array;
}

export interface TapListener {
  hear(frame: TappedFrame): void;
}

export class AudioTap {
  readonly #buffer = new JitterBuffer({ silence: g711Silence.PCMA, ...DEPTH });
  readonly #listeners = new Set<TapListener>();
  readonly #alaw = new Uint8Array(LONGEST_PAYLOAD);
  readonly #frame: TappedFrame = {
    due: 0,
    received: false,
    octets: new Uint8Array(TAP_FRAME),
    samples: new Int16Array(TAP_FRAME),
  };

  add(listener: TapListener): void {
    this.#listeners.add(listener);
  }

  delete(listener: TapListener): void {
    this.#listeners.delete(listener);
  }

  /** Nobody listens. */
  get idle(): boolean {
    return this.#listeners.size === 0;
  }

  put(packet: TimedPacket & { readonly payload: Uint8Array }, codec: G711Codec, now: number): void {
    const { payload } = packet;
    if (payload.length > LONGEST_PAYLOAD) return;
    this.#buffer.put(packet, transcodeG711(codec, 'PCMA', payload, this.#alaw), now);
  }

  /** To be called every 20 ms. */
  tick(due: number): void {
    const frame = this.#frame;
    frame.due = due;
    frame.received = this.#buffer.take(frame.octets, due) === 'audio';
    for (let index = 0; index < TAP_FRAME; index++)
      frame.samples[index] = alawToLinear[frame.octets[index]!]!;
    for (const listener of this.#listeners) listener.hear(frame);
  }
}
