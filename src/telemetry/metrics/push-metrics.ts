import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { AttemptOutcome, Outbox, OutboxPush } from '../../call/outbox.ts';
import type { Clock } from '../../call/ports.ts';

const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Attempts to deliver pushes, and how far they are behind. */
export class PushMetrics {
  readonly #attempts: Counter<'kind' | 'outcome'>;
  readonly #duration: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#attempts = new Counter({
      name: 'openvoicecall_push_attempts_total',
      help: 'Attempts to deliver a push: delivered, pending (will be tried again), failed (a status push, never tried again) or dead (a call record given up).',
      labelNames: ['kind', 'outcome'],
      registers,
    });
    this.#duration = new Histogram({
      name: 'openvoicecall_push_duration_seconds',
      help: 'From the start of an attempt to its answer or failure.',
      buckets: DURATIONS,
      registers,
    });
    for (const kind of ['status', 'fee'])
      for (const outcome of ['delivered', 'pending', 'failed', 'dead'])
        this.#attempts.inc({ kind, outcome }, 0);
  }

  attempted({ kind, taken }: OutboxPush, { duration, error, next }: AttemptOutcome): void {
    // What was taken before stays delivered; this attempt was not.
    const outcome = taken && error !== undefined ? 'failed' : next.state;
    this.#attempts.inc({ kind, outcome });
    this.#duration.observe(duration / 1_000);
  }
}

/** Shows how many receivers are left alone for a while, by what their breakers do. */
export function registerBreakers(registry: Registry, failing: () => Readonly<Record<string, number>>): void {
  registry.registerMetric(
    new Gauge({
      name: 'openvoicecall_push_breakers',
      help: 'Receivers to which nothing is sent because they fail: open, or probing (one push finds out whether it is back).',
      labelNames: ['state'],
      registers: [],
      collect() {
        for (const [state, count] of Object.entries(failing())) this.set({ state }, count);
      },
    }),
  );
}

/** ms for which the agenda is remembered: it reads something of every receiver, on the thread that signals calls. */
const AGENDA_MEMORY = 1_000;

/** Shows how old the oldest push is that is due and not delivered. */
export function registerPushLag(
  registry: Registry,
  outbox: Pick<Outbox, 'agenda'>,
  clock: Pick<Clock, 'now'>,
): void {
  let last = { at: -Infinity, oldest: Infinity };
  registry.registerMetric(
    new Gauge({
      name: 'openvoicecall_push_lag_seconds',
      help: 'Age of the oldest push that is due and not delivered; absent while the database cannot be read.',
      registers: [],
      async collect() {
        const now = clock.now();
        try {
          if (now - last.at >= AGENDA_MEMORY) {
            const agenda = await outbox.agenda({ now, patienceEndedAt: now });
            const oldest = agenda.reduce((least, { earliest }) => Math.min(least, earliest), Infinity);
            last = { at: now, oldest };
          }
          this.set(Math.max(0, now - last.oldest) / 1_000);
        } catch {
          // The rest is to be seen all the same; openvoicecall_database_failures_total and /readyz tell of the database.
          this.remove();
        }
      },
    }),
  );
}
