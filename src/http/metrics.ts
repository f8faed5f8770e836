import { collectDefaultMetrics, Counter, Registry } from 'prom-client';

/** What `/metrics` shows: the process, the API's answers, and what others register. */
export class HttpMetrics {
  readonly registry = new Registry();
  readonly #answers: Counter<'api' | 'resultcode'>;

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.#answers = new Counter({
      name: 'openvoicecall_api_answers_total',
      help: 'Answers of the compatible API by result code.',
      labelNames: ['api', 'resultcode'],
      registers: [this.registry],
    });
  }

  answered(api: string, resultcode: string): void {
    this.#answers.inc({ api, resultcode });
  }
}
