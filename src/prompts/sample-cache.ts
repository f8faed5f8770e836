import type { PromptAudio } from '../call/prompt.ts';

/** Prompts in memory, up to so many octets of samples; what was not asked for the longest goes first. */
export class SampleCache {
  readonly #most: number;
  /** In order of last use. */
  readonly #kept = new Map<string, Promise<PromptAudio>>();
  readonly #sizes = new Map<string, number>();
  #size = 0;

  /** @param most octets */
  constructor(most: number) {
    this.#most = most;
  }

  /** Octets kept. */
  get size(): number {
    return this.#size;
  }

  /** What is kept under `key`, else what `load` gives; simultaneous askers share one load. A failure is not kept. */
  get(key: string, load: () => Promise<PromptAudio>): Promise<PromptAudio> {
    const known = this.#kept.get(key);
    if (known !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known;
    }
    const loading = this.#load(key, load);
    this.#kept.set(key, loading);
    return loading;
  }

  async #load(key: string, load: () => Promise<PromptAudio>): Promise<PromptAudio> {
    try {
      const audio = await load();
      this.#sizes.set(key, audio.samples.byteLength);
      this.#size += audio.samples.byteLength;
      this.#shrink();
      return audio;
    } catch (error) {
      this.#kept.delete(key);
      throw error;
    }
  }

  #shrink(): void {
    for (const key of this.#kept.keys()) {
      if (this.#size <= this.#most) return;
      const size = this.#sizes.get(key);
      // What is being loaded has no size yet, and stays.
      if (size === undefined) continue;
      this.#kept.delete(key);
      this.#sizes.delete(key);
      this.#size -= size;
    }
  }
}
