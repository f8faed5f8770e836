import { Counter, Gauge, type Registry } from 'prom-client';
import type { RefusalReason } from '../../limits/refusal.ts';

export interface LimitSources {
  /** Calls that wait for their turn. */
  readonly waiting: () => number;
  /** Calls refused since the start. */
  readonly refused: () => ReadonlyMap<RefusalReason, number>;
}

/** Shows who waits and who was refused. Limits are not told apart: their number has no bound. */
export function registerLimits(registry: Registry, { waiting, refused }: LimitSources): void {
  registry.registerMetric(
    new Gauge({
      name: 'openvoicecall_calls_waiting',
      help: 'Calls accepted that wait for their turn.',
      registers: [],
      collect() {
        this.set(waiting());
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      name: 'openvoicecall_calls_refused_total',
      help: 'Calls that a limit, a guard or missing voice ports refused, by reason.',
      labelNames: ['reason'],
      registers: [],
      collect() {
        this.reset();
        for (const [reason, calls] of refused()) this.inc({ reason }, calls);
      },
    }),
  );
}
