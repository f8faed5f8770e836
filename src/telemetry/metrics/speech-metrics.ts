import { Counter, Histogram, type Registry } from 'prom-client';

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Where speech comes from. Labels are the providers' names, three at most. */
export class SpeechMetrics {
  readonly #cacheHits: Counter<'provider'>;
  readonly #failures: Counter<'provider'>;
  readonly #synthesis: Histogram<'provider'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#cacheHits = new Counter({
      name: 'openvoicecall_speech_cache_hits_total',
      help: 'Texts that were in the cache of speech.',
      labelNames: ['provider'],
      registers,
    });
    this.#failures = new Counter({
      name: 'openvoicecall_speech_failures_total',
      help: 'Attempts at speech that failed.',
      labelNames: ['provider'],
      registers,
    });
    this.#synthesis = new Histogram({
      name: 'openvoicecall_speech_synthesis_seconds',
      help: 'Time to turn a text into speech, failed attempts before it included.',
      labelNames: ['provider'],
      buckets: SECONDS,
      registers,
    });
  }

  cached(provider: string): void {
    this.#cacheHits.inc({ provider });
  }

  synthesised(provider: string, seconds: number): void {
    this.#synthesis.observe({ provider }, seconds);
  }

  failed(provider: string): void {
    this.#failures.inc({ provider });
  }
}
