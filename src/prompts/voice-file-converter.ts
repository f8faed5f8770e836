import { Worker } from 'node:worker_threads';
import type { ConvertedVoiceFile, VoiceFileConverter } from '../accounts/ports.ts';
import { VoiceFileRefusal } from '../accounts/voice-file-refusal.ts';
import type { ConversionResult } from './conversion-thread.ts';

export interface ThreadedConverterOptions {
  /** ms that one conversion may take; default 30 s. The largest honest file takes 6 s on a busy core. */
  readonly timeout?: number;
  /** What runs in the thread; for tests of what it does to others. */
  readonly script?: URL;
}

const TIMEOUT = 30_000;
/** MB of JavaScript objects in a conversion's thread; its buffers are bounded by what it decodes at once. */
const MEMORY = 128;

const SCRIPT = new URL(
  `./conversion-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
  import.meta.url,
);

/**
 * Converts each upload in a thread of its own, one at a time, so that a file made to exhaust the decoder costs one
 * refusal and the calls of the platform nothing.
 */
export class ThreadedConverter implements VoiceFileConverter {
  readonly #timeout: number;
  readonly #script: URL;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ timeout = TIMEOUT, script = SCRIPT }: ThreadedConverterOptions = {}) {
    this.#timeout = timeout;
    this.#script = script;
  }

  convert(source: Uint8Array): Promise<ConvertedVoiceFile> {
    const converted = this.#last.then(() => this.#convert(source));
    this.#last = converted.catch(() => undefined);
    return converted;
  }

  async #convert(source: Uint8Array): Promise<ConvertedVoiceFile> {
    const thread = new Worker(this.#script, {
      workerData: source,
      name: 'voice-file',
      execArgv: [],
      // The decoders write their complaints to the console; the refusal says what is wrong.
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY, maxYoungGenerationSizeMb: 32 },
    });
    thread.stdout.resume();
    thread.stderr.resume();
    const { promise, resolve, reject } = Promise.withResolvers<ConversionResult>();
    const late = setTimeout(() => reject(tooCostly('time')), this.#timeout);
    thread.once('message', resolve);
    thread.once('error', (error) => reject(isOutOfMemory(error) ? tooCostly('memory') : error));
    thread.once('exit', () => reject(new Error('a conversion ended without a result')));
    try {
      const result = await promise;
      if (result.kind === 'converted') return result.file;
      throw new VoiceFileRefusal(result.reason, result.found, result.accepted);
    } finally {
      clearTimeout(late);
      await thread.terminate();
    }
  }
}

const tooCostly = (what: string): VoiceFileRefusal =>
  new VoiceFileRefusal(
    'too-costly',
    `one that needs more ${what} than a voice file may`,
    'a plain recording; export it again, for example as 16-bit WAV',
  );

function isOutOfMemory(error: unknown): boolean {
  return (error as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY';
}
