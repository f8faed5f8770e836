/**
 * A program of its own around espeak-ng, started by `../engine-process.ts` and spoken to by messages only.
 *
 * It links @echogarden/espeak-ng-emscripten, which is espeak-ng under the GNU General Public License, version 3 or
 * later, and is therefore distributed, as a whole with it, under that licence (see COPYING in that package). Nothing
 * else of this product is part of this program, and it must import nothing else of it but types, which leave no trace.
 */
import loadEspeak, { type EspeakModule, type EspeakWorker } from '@echogarden/espeak-ng-emscripten';
import loadSpeex, { type SpeexModule } from '@echogarden/speex-resampler-wasm';
import type { EngineAnswer, EngineOrder } from './messages.ts';

const TELEPHONE_RATE = 8000;
/** Of 0 to 10. */
const RESAMPLER_QUALITY = 8;
/** -1 dB: the engine's peaks come close to full scale, and a filter overshoots. */
const ATTENUATION = 10 ** (-1 / 20);
/** What is below -50 dBFS at the edges of a segment is the engine's own pause. */
const SILENCE = 100;
/** Half an hour: whatever asked for more is wrong. */
const MOST_SECONDS = 1800;

class Engine {
  readonly #espeak: EspeakModule;
  readonly #speex: SpeexModule;
  readonly #worker: EspeakWorker;

  constructor(espeak: EspeakModule, speex: SpeexModule) {
    this.#espeak = espeak;
    this.#speex = speex;
    this.#worker = new espeak.eSpeakNGWorker();
  }

  answer(order: EngineOrder): EngineAnswer {
    if (order.wanted === 'phonemes')
      return {
        kind: 'phonemes',
        phonemes: order.segments.map(({ voice, text }) => this.#phonemes(voice, text)),
      };
    const rate = this.#worker.samplerate;
    const parts: Int16Array[] = [];
    for (const { voice, text, pause } of order.segments) {
      this.#choose(voice);
      this.#worker.rate = order.rate;
      parts.push(this.#spoken(text), new Int16Array(Math.round((pause * rate) / 1000)));
    }
    return { kind: 'samples', samples: this.#resampled(joined(parts), rate) };
  }

  #choose(voice: string): void {
    if (this.#worker.set_voice(voice) !== 0) throw new Error(`there is no voice ${voice}`);
  }

  #spoken(text: string): Int16Array {
    const parts: Int16Array[] = [];
    let left = MOST_SECONDS * this.#worker.samplerate;
    this.#worker.synthesize(text, (samples) => {
      parts.push(samples);
      left -= samples.length;
      return left < 0;
    });
    return trimmed(joined(parts));
  }

  #phonemes(voice: string, text: string): string {
    this.#choose(voice);
    // The engine gives those of one clause at a time.
    const clauses = text.match(/[^,.?!]+/g) ?? [];
    return clauses
      .map((clause) => {
        const { ptr } = this.#worker.convert_to_phonemes(clause, false);
        const heap = this.#espeak.HEAPU8;
        return Buffer.from(heap.subarray(ptr, heap.indexOf(0, ptr))).toString();
      })
      .join(' ');
  }

  #resampled(samples: Int16Array, rate: number): Int16Array {
    const speex = this.#speex;
    const state = speex._speex_resampler_init(1, rate, TELEPHONE_RATE, RESAMPLER_QUALITY, 0);
    if (state === 0) throw new Error('the resampler does not start');
    speex._speex_resampler_skip_zeros(state);
    // As many zeros as the filter looks ahead push the last samples out.
    const inputLength = samples.length + speex._speex_resampler_get_input_latency(state);
    const outputLength = Math.ceil((samples.length * TELEPHONE_RATE) / rate);
    const input = speex._malloc(inputLength * 2);
    const output = speex._malloc(outputLength * 2);
    const lengths = speex._malloc(8);
    speex.HEAP16.fill(0, input / 2, input / 2 + inputLength);
    speex.HEAP16.set(
      samples.map((sample) => Math.round(sample * ATTENUATION)),
      input / 2,
    );
    speex.HEAPU32.set([inputLength, outputLength], lengths / 4);
    const failure = speex._speex_resampler_process_int(state, 0, input, lengths, output, lengths + 4);
    const written = speex.HEAPU32[lengths / 4 + 1] ?? 0;
    const result = speex.HEAP16.slice(output / 2, output / 2 + written);
    for (const pointer of [input, output, lengths]) speex._free(pointer);
    speex._speex_resampler_destroy(state);
    if (failure !== 0) throw new Error(`the resampler failed: ${failure}`);
    return result;
  }
}

function joined(parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function trimmed(samples: Int16Array): Int16Array {
  const audible = (sample: number): boolean => Math.abs(sample) > SILENCE;
  const first = samples.findIndex(audible);
  return first === -1 ? samples.subarray(0, 0) : samples.subarray(first, samples.findLastIndex(audible) + 1);
}

// Listens before it has loaded: until then nothing else keeps the process alive.
const loading = Promise.all([loadEspeak(), loadSpeex()]).then(([espeak, speex]) => new Engine(espeak, speex));

process.on('message', async (order: EngineOrder) => {
  const engine = await loading;
  let answer: EngineAnswer;
  try {
    answer = engine.answer(order);
  } catch (error) {
    answer = { kind: 'failed', message: error instanceof Error ? error.message : 'unknown' };
  }
  process.send?.(answer);
});
process.on('disconnect', () => process.exit());
