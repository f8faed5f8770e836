/** Spoken prompts, kept in memory and on disk: a thousand calls with one text synthesise once, also after a restart. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Logger } from '../call/ports.ts';
import type { SpeechRequest } from './provider.ts';
import { readSampleFile, sampleFile } from './sample-file.ts';

export interface PromptCacheOptions {
  /** Created when it is missing; without one, only memory is used. */
  readonly folder?: string;
  readonly log: Logger;
  readonly clock: Clock;
  /** Octets of samples in memory; 64 MB by default, some 70 minutes. */
  readonly memory?: number;
  /** Octets on disk; 512 MB by default, some 9 hours. */
  readonly disk?: number;
}

const MEMORY = 64 * 1024 * 1024;
const DISK = 512 * 1024 * 1024;
const EXTENSION = '.speech';
/** A change of how texts are read changes what is cached: count up. */
const READING = 1;

/** Names what a provider's voice makes of a request. Texts are not to be had from it. */
export function promptKey(
  request: SpeechRequest,
  provider: { readonly name: string; readonly voice: string },
): string {
  const { text, language, speed } = request;
  const named = JSON.stringify([READING, provider.name, provider.voice, language, speed, text]);
  return createHash('sha256').update(named).digest('hex');
}

/** Least recently used goes first, in memory and on disk. A disk that fails costs the disk's cache, never a call. */
export class PromptCache {
  readonly #options: PromptCacheOptions;
  /** In order of last use. */
  readonly #memory = new Map<string, Int16Array>();
  #memoryOctets = 0;
  /** Octets of each file, in order of last use; read from the folder at first. */
  #files: Promise<Map<string, number>> | undefined;
  #diskOctets = 0;

  constructor(options: PromptCacheOptions) {
    this.#options = options;
  }

  /** Octets kept. */
  get size(): { readonly memory: number; readonly disk: number } {
    return { memory: this.#memoryOctets, disk: this.#diskOctets };
  }

  /** The same object for the same key while it is in memory; undefined where there is none. Never rejects. */
  async get(key: string): Promise<Int16Array | undefined> {
    const kept = this.#memory.get(key);
    if (kept !== undefined) {
      this.#remember(key, kept);
      return kept;
    }
    const read = await this.#disk('read', (folder) => this.#read(folder, key));
    if (read !== undefined) this.#remember(key, read);
    return read;
  }

  /** Resolves when it is on disk, as far as the disk works. Never rejects. */
  async put(key: string, samples: Int16Array): Promise<void> {
    this.#remember(key, samples);
    await this.#disk('written', (folder) => this.#write(folder, key, samples));
  }

  /** As if it had never been made. Never rejects. */
  async remove(key: string): Promise<void> {
    this.#forget(key);
    await this.#disk('removed', async (folder) => this.#remove(folder, await this.#index(folder), key));
  }

  #remember(key: string, samples: Int16Array): void {
    this.#forget(key);
    this.#memory.set(key, samples);
    this.#memoryOctets += samples.byteLength;
    for (const oldest of this.#memory.keys()) {
      if (this.#memoryOctets <= (this.#options.memory ?? MEMORY)) return;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    this.#memoryOctets -= this.#memory.get(key)?.byteLength ?? 0;
    this.#memory.delete(key);
  }

  /** What `act` gives; undefined without a folder, or when the disk fails. */
  async #disk<T>(done: string, act: (folder: string) => Promise<T>): Promise<T | undefined> {
    const { folder, log } = this.#options;
    if (folder === undefined) return undefined;
    try {
      return await act(folder);
    } catch (err) {
      log.warn({ err }, `a spoken prompt could not be ${done} in the cache`);
      return undefined;
    }
  }

  async #read(folder: string, key: string): Promise<Int16Array | undefined> {
    const files = await this.#index(folder);
    const size = files.get(key);
    if (size === undefined) return undefined;
    const path = join(folder, key + EXTENSION);
    const samples = readSampleFile(await readFile(path));
    if (samples === undefined) {
      // It is made anew, and replaced.
      await this.#remove(folder, files, key);
      return undefined;
    }
    files.delete(key);
    files.set(key, size);
    const now = this.#options.clock.now() / 1000;
    await utimes(path, now, now);
    return samples;
  }

  async #write(folder: string, key: string, samples: Int16Array): Promise<void> {
    const files = await this.#index(folder);
    const file = sampleFile(samples);
    const most = this.#options.disk ?? DISK;
    if (file.length > most) return;
    const temporary = join(folder, `${randomUUID()}.tmp`);
    try {
      await writeFile(temporary, file, { mode: 0o600, flag: 'wx' });
      await rename(temporary, join(folder, key + EXTENSION));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    this.#diskOctets += file.length - (files.get(key) ?? 0);
    files.delete(key);
    files.set(key, file.length);
    for (const oldest of files.keys()) {
      if (this.#diskOctets <= most) return;
      await this.#remove(folder, files, oldest);
    }
  }

  async #remove(folder: string, files: Map<string, number>, key: string): Promise<void> {
    this.#diskOctets -= files.get(key) ?? 0;
    files.delete(key);
    await rm(join(folder, key + EXTENSION), { force: true });
  }

  async #index(folder: string): Promise<Map<string, number>> {
    this.#files ??= this.#list(folder);
    try {
      return await this.#files;
    } catch (error) {
      this.#files = undefined;
      throw error;
    }
  }

  async #list(folder: string): Promise<Map<string, number>> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const found: { key: string; size: number; used: number }[] = [];
    for (const name of await readdir(folder)) {
      // Left behind by a crash in the middle of a write.
      if (name.endsWith('.tmp')) await rm(join(folder, name), { force: true });
      if (!name.endsWith(EXTENSION)) continue;
      const { size, mtimeMs } = await stat(join(folder, name));
      found.push({ key: name.slice(0, -EXTENSION.length), size, used: mtimeMs });
    }
    found.sort((one, other) => one.used - other.used);
    this.#diskOctets = found.reduce((octets, { size }) => octets + size, 0);
    return new Map(found.map(({ key, size }) => [key, size]));
  }
}
