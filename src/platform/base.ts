/** What every part of the platform is started with. */
import { randomBytes, randomInt } from 'node:crypto';
import type { Clock, Logger, Random } from '../call/ports.ts';
import type { Config } from '../config/config.ts';
import { HttpMetrics } from '../http/metrics.ts';
import { DirectoryLock } from '../store/directory-lock.ts';
import { PlatformMetrics } from '../telemetry/metrics/platform-metrics.ts';
import type { Traces } from '../telemetry/traces/start-traces.ts';

export interface Surroundings {
  readonly log: Logger;
  readonly version: string;
  /** The operator's bearer token. */
  readonly adminToken: string;
}

export interface Base extends Surroundings {
  readonly config: Config;
  readonly httpMetrics: HttpMetrics;
  readonly metrics: PlatformMetrics;
  /** Absent where there is nowhere to send them. */
  readonly traces: Traces | undefined;
  /** Where each part puts what ends it; ended in reverse order. */
  readonly parts: AsyncDisposableStack;
}

/** ms by which a timer is early; by more the clock was set back. */
const MOST_EARLY = 2;

export const clock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, action) => {
    const due = Date.now() + milliseconds;
    let timer = setTimeout(() => {
      // A timer of Node's goes by another clock, and may fire a little early by this one.
      const early = due - Date.now();
      if (early > 0 && early <= MOST_EARLY) timer = setTimeout(action, early);
      else action();
    }, milliseconds);
    return () => clearTimeout(timer);
  },
};

export const random: Random & { bytes(count: number): Uint8Array } = {
  integer: (below) => randomInt(below),
  bytes: (count) => randomBytes(count),
};

/** Takes the data directory, and starts what looks at the other parts. */
export async function startBase(
  config: Config,
  surroundings: Surroundings,
  parts: AsyncDisposableStack,
): Promise<Base> {
  const { version, log } = surroundings;
  parts.adopt(DirectoryLock.take(config.data), (lock) => lock.release());
  const httpMetrics = new HttpMetrics();
  const metrics = new PlatformMetrics(httpMetrics.registry, version);
  const traces = await tracesOf(config, version, log);
  if (traces) parts.defer(() => traces.calls.close());
  return { ...surroundings, config, httpMetrics, metrics, traces, parts };
}

/** Traces where there is somewhere to send them; else what makes them is not even loaded. */
async function tracesOf(
  { otlpEndpoint: endpoint, otlpPercentage, hostName }: Config,
  version: string,
  log: Logger,
): Promise<Traces | undefined> {
  if (endpoint === undefined) return undefined;
  const { startTraces } = await import('../telemetry/traces/start-traces.ts');
  return startTraces({ endpoint, ratio: otlpPercentage / 100, version, hostName, clock, log });
}
