import { Counter, Histogram, type Registry } from 'prom-client';

const SECONDS = [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5];
const UNITS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** What the database takes. */
export class StoreMetrics {
  readonly #statements: Histogram<'kind'>;
  readonly #commits: Histogram;
  readonly #units: Histogram;
  readonly #failures: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#statements = new Histogram({
      name: 'openvoicecall_database_statement_seconds',
      help: 'Time of each statement: select, insert, update, delete or other.',
      labelNames: ['kind'],
      buckets: SECONDS,
      registers,
    });
    this.#commits = new Histogram({
      name: 'openvoicecall_database_commit_seconds',
      help: 'Time of each transaction of a group of units, from its begin until it is durable.',
      buckets: SECONDS,
      registers,
    });
    this.#units = new Histogram({
      name: 'openvoicecall_database_commit_units',
      help: 'Units of work (a call accepted, an event with its pushes) that were made durable together.',
      buckets: UNITS,
      registers,
    });
    this.#failures = new Counter({
      name: 'openvoicecall_database_failures_total',
      help: 'Units of work that failed because the database could not be used.',
      registers,
    });
  }

  statement(kind: string, seconds: number): void {
    this.#statements.observe({ kind }, seconds);
  }

  groupWritten(units: number, seconds: number): void {
    this.#commits.observe(seconds);
    this.#units.observe(units);
  }

  groupFailed(units: number): void {
    this.#failures.inc(units);
  }
}
