import type { Clock, Logger } from '../../call/ports.ts';
import { CallTraces } from './call-traces.ts';
import { ReportingExporter } from './exporter.ts';
import { MediaTraces } from './traced-telephony.ts';

export interface TracesOptions {
  /** Of the OTLP/HTTP collector. */
  readonly endpoint: string;
  readonly version: string;
  readonly hostName: string;
  /** Share of calls that are traced, 0-1. */
  readonly ratio: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Everything that makes traces. This file is loaded only where there is somewhere to send them. */
export interface Traces {
  readonly calls: CallTraces;
  readonly media: MediaTraces;
}

export function startTraces({ endpoint, log, clock, ...options }: TracesOptions): Traces {
  const calls = new CallTraces({ ...options, clock, exporter: new ReportingExporter(endpoint, log) });
  return { calls, media: new MediaTraces(calls, clock) };
}
