import { Counter, Gauge, type Registry } from 'prom-client';
import type { TrunkStatus } from '../../accounts/trunk.ts';

const STATES = ['up', 'down', 'unknown'] as const;

/** Shows how the trunks stand and what they carried; their number is the operator's to choose, so they are told apart. */
export function registerTrunks(registry: Registry, status: () => readonly TrunkStatus[]): void {
  registry.registerMetric(
    new Gauge({
      name: 'openvoicecall_trunk_state',
      help: '1 for the state of a trunk: up, down (tried after the others), or unknown (nobody has asked it); 0 for the others.',
      labelNames: ['trunk', 'state'],
      registers: [],
      collect() {
        this.reset();
        for (const { name: trunk, state } of status())
          for (const one of STATES) this.set({ trunk, state: one }, Number(one === state));
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'openvoicecall_trunk_gateways',
      help: 'Gateways of a trunk by state: up, down, blocked (asked to be left alone), unknown.',
      labelNames: ['trunk', 'state'],
      registers: [],
      collect() {
        this.reset();
        for (const { name: trunk, gateways } of status())
          for (const { state } of gateways) this.inc({ trunk, state });
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'openvoicecall_trunk_registered',
      help: 'Whether we are registered with a trunk; absent for one that wants no registration.',
      labelNames: ['trunk'],
      registers: [],
      collect() {
        this.reset();
        for (const { name: trunk, registration } of status())
          if (registration !== undefined) this.set({ trunk }, Number(registration === 'registered'));
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'openvoicecall_trunk_calls',
      help: 'Calls on a trunk at this moment, attempts included.',
      labelNames: ['trunk'],
      registers: [],
      collect() {
        this.reset();
        for (const { name: trunk, running } of status()) this.set({ trunk }, running);
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      name: 'openvoicecall_trunk_attempts_total',
      help: "Attempts to call by a trunk, by result: begun, answered, failed (for the trunk's own reasons), full (it had no room).",
      labelNames: ['trunk', 'result'],
      registers: [],
      collect() {
        this.reset();
        for (const { name: trunk, counts } of status()) {
          this.inc({ trunk, result: 'begun' }, counts.attempts);
          this.inc({ trunk, result: 'answered' }, counts.answered);
          this.inc({ trunk, result: 'failed' }, counts.failures);
          this.inc({ trunk, result: 'full' }, counts.full);
        }
      },
    }),
  );
}
