/** Audio to be played, encoded once per codec and shared by all calls and threads that play it. */
import type { AudioCodec } from '../../sdp/audio-formats.ts';
import { encodeG711 } from '../../audio/g711.ts';
import type { Frame } from './datagram-port.ts';

export interface Prompt {
  /** Length at 8000 Hz; the same in each encoding. */
  readonly samples: number;
  /** One octet per sample, in memory shared by threads. Never written after it was made. */
  readonly encodings: Readonly<Record<AudioCodec, SharedArrayBuffer>>;
}

/**
 * @param samples 16-bit linear, 8000 Hz, mono
 * @throws RangeError when there are none
 */
export function encodePrompt(samples: Int16Array): Prompt {
  if (samples.length === 0) throw new RangeError('a prompt needs at least one sample');
  const encode = (codec: AudioCodec): SharedArrayBuffer => {
    const shared = new SharedArrayBuffer(samples.length);
    new Uint8Array(shared).set(encodeG711(codec, samples));
    return shared;
  };
  return { samples: samples.length, encodings: { PCMA: encode('PCMA'), PCMU: encode('PCMU') } };
}

/** Words of a line of the cache. */
const LINE = 16;

/** Reads a prompt frame by frame, once or round and round. */
export class PromptReader {
  readonly #prompt: Prompt;
  readonly #samples: number;
  readonly #loop: boolean;
  #position = 0;
  #codec: AudioCodec | undefined = undefined;
  #octets: Uint8Array = new Uint8Array(0);
  /** The same memory. */
  #words: Int32Array = new Int32Array(0);

  constructor(prompt: Prompt, loop: boolean) {
    this.#prompt = prompt;
    this.#samples = prompt.samples;
    this.#loop = loop;
  }

  /** All was read; never so in a loop. */
  get done(): boolean {
    return this.#position >= this.#samples;
  }

  /** Reads a little of what comes next, so that it is at hand soon. @returns what it read */
  approach(): number {
    const words = this.#words;
    const next = this.#position >> 2;
    return words[next]! + words[next + LINE]! + words[next + 2 * LINE]!;
  }

  /** Fills `frame` from octet `from` on with what comes next, and with `silence` behind the end. */
  read(codec: AudioCodec, frame: Frame, from: number, silence: number): void {
    if (codec !== this.#codec) this.#encodeAs(codec);
    const wanted = frame.octets.length - from;
    const position = this.#position;
    // Four octets at a time, where nothing ends within the frame and both lie at whole words.
    if (position + wanted < this.#samples && ((position | from | wanted) & 3) === 0) {
      copyWords(this.#words, position >> 2, frame.words, from >> 2, wanted >> 2);
      this.#position = position + wanted;
      return;
    }
    this.#readOctets(frame.octets, from, silence);
  }

  #encodeAs(codec: AudioCodec): void {
    const encoding = this.#prompt.encodings[codec];
    this.#codec = codec;
    this.#octets = new Uint8Array(encoding);
    this.#words = new Int32Array(encoding, 0, encoding.byteLength >> 2);
  }

  #readOctets(into: Uint8Array, from: number, silence: number): void {
    let filled = from;
    while (filled < into.length && !this.done) {
      const length = Math.min(into.length - filled, this.#samples - this.#position);
      for (let index = 0; index < length; index++)
        into[filled + index] = this.#octets[this.#position + index]!;
      filled += length;
      this.#position += length;
      if (this.#loop && this.#position === this.#samples) this.#position = 0;
    }
    into.fill(silence, filled);
  }
}

function copyWords(from: Int32Array, start: number, into: Int32Array, at: number, count: number): void {
  for (let index = 0; index < count; index++) into[at + index] = from[start + index]!;
}
