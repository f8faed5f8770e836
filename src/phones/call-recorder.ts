import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type WavFormat, wavHeader } from '../audio/wav.ts';

const FORMAT: WavFormat = { encoding: 'PCM16', sampleRate: 8000, tracks: 1 };
/** Ten minutes; what comes later is not kept. */
const MOST_SAMPLES = 10 * 60 * FORMAT.sampleRate;
/** Samples gathered before they are written: a second. */
const BATCH = FORMAT.sampleRate;
const LONGEST_NAME = 120;

/** The name of a call's file: what is not plain in a Call-ID becomes `_`, and no name hides or leaves its folder. */
export function recordingName(callId: string): string {
  const plain = callId.replaceAll(/[^A-Za-z0-9._@-]/g, '_').slice(0, LONGEST_NAME);
  return plain.replace(/^(\.|$)/, '_');
}

/**
 * Writes what one handset hears to a WAV file: 16-bit PCM, 8000 Hz, mono, at most ten minutes. Its header is brought up to date every
 * second, so that the file can be heard while the call lasts, and after a crash.
 */
export class CallRecorder {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #batch = new Int16Array(BATCH);
  #batched = 0;
  #samples = 0;
  /** Octets of samples in the file. */
  #written = 0;
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /**
   * Begins `DIRECTORY/CALL-ID.wav`. A second call with the same Call-ID (a fork, a call to oneself) gets `-2` and so on.
   *
   * @throws the system's error when the file cannot be made
   */
  static async begin(directory: string, callId: string): Promise<CallRecorder> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const name = recordingName(callId);
    for (let copy = 1; ; copy += 1) {
      const path = join(directory, copy === 1 ? `${name}.wav` : `${name}-${copy}.wav`);
      const file = await openNew(path);
      if (file === undefined) continue;
      await file.write(wavHeader(FORMAT, 0));
      return new CallRecorder(path, file);
    }
  }

  /** Adds samples; copied. */
  append(samples: Int16Array): void {
    const room = MOST_SAMPLES - this.#samples;
    for (const sample of samples.subarray(0, room)) {
      this.#batch[this.#batched] = sample;
      this.#batched += 1;
      if (this.#batched === BATCH) this.#flush();
    }
    this.#samples += Math.min(samples.length, room);
  }

  /**
   * Completes the file. Call once.
   *
   * @throws the first error of the disk
   */
  async finish(): Promise<void> {
    this.#flush();
    await this.#writing;
    try {
      if (this.#failure !== undefined) throw this.#failure;
    } finally {
      await this.#file.close();
    }
  }

  #flush(): void {
    if (this.#batched === 0) return;
    const octets = new Uint8Array(this.#batched * 2);
    const view = new DataView(octets.buffer);
    for (let index = 0; index < this.#batched; index += 1)
      view.setInt16(index * 2, this.#batch[index]!, true);
    this.#batched = 0;
    this.#writing = this.#write(this.#writing, octets);
  }

  async #write(before: Promise<void>, octets: Uint8Array): Promise<void> {
    await before;
    if (this.#failure !== undefined) return;
    try {
      await this.#file.write(octets);
      this.#written += octets.length;
      // After the samples: a header never tells of what is not there.
      const header = wavHeader(FORMAT, this.#written);
      await this.#file.write(header, 0, header.length, 0);
    } catch (error) {
      this.#failure = error; // told by `finish`
    }
  }
}

/** A new file open for writing, its owner's only: codes may be heard; undefined when the name is taken. */
async function openNew(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}
