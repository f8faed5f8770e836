import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../../call/ports.ts';

/** Milliseconds for one export, repetitions included: a stop waits for the last one. */
const PATIENCE = 3_000;

/** Sends spans to a collector, and says in the log when that begins to fail and when it works again. */
export class ReportingExporter implements SpanExporter {
  readonly #exporter: OTLPTraceExporter;
  readonly #log: Logger;
  #failing = false;

  /** @param endpoint the collector's base URL, or its whole address of traces */
  constructor(endpoint: string, log: Logger) {
    this.#exporter = new OTLPTraceExporter({ url: tracesUrl(endpoint), timeoutMillis: PATIENCE });
    this.#log = log;
  }

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    this.#exporter.export(spans, (result) => {
      const failed = result.error !== undefined || result.code !== 0;
      if (failed && !this.#failing)
        this.#log.warn(
          { err: result.error, spans: spans.length },
          'traces could not be exported and are lost',
        );
      if (!failed && this.#failing) this.#log.warn({}, 'traces are exported again');
      this.#failing = failed;
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush();
  }
}

/** https://opentelemetry.io/docs/specs/otel/protocol/exporter: a base URL gets `v1/traces` appended. */
function tracesUrl(endpoint: string): string {
  return /\/v1\/traces\/?$/.test(endpoint) ? endpoint : `${endpoint.replace(/\/$/, '')}/v1/traces`;
}
