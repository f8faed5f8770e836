/** Audio to be played, encoded once per codec and shared by all calls and threads that play it. */
import type { AudioCodec } from '../../sdp/audio-formats.ts';
import { encodeG711 } from '../../audio/g711.ts';

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

/** Reads a prompt frame by frame, once or round and round. */
export class PromptReader {
  readonly #encodings: Readonly<Record<AudioCodec, Uint8Array>>;
  readonly #samples: number;
  readonly #loop: boolean;
  #position = 0;

  constructor(prompt: Prompt, loop: boolean) {
    this.#encodings = {
      PCMA: new Uint8Array(prompt.encodings.PCMA),
      PCMU: new Uint8Array(prompt.encodings.PCMU),
    };
    this.#samples = prompt.samples;
    this.#loop = loop;
  }

  /** All was read; never so in a loop. */
  get done(): boolean {
    return this.#position >= this.#samples;
  }

  /** Fills `into` from `from` on with what comes next, and with `silence` behind the end. */
  read(codec: AudioCodec, into: Uint8Array, from: number, silence: number): void {
    const octets = this.#encodings[codec];
    let filled = from;
    while (filled < into.length && !this.done) {
      const length = Math.min(into.length - filled, this.#samples - this.#position);
      for (let index = 0; index < length; index++) into[filled + index] = octets[this.#position + index]!;
      filled += length;
      this.#position += length;
      if (this.#loop && this.#position === this.#samples) this.#position = 0;
    }
    into.fill(silence, filled);
  }
}
