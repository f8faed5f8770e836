import { collectDefaultMetrics, Counter, Gauge, type GaugeConfiguration, Registry } from 'prom-client';

/** What the platform's parts say of themselves whenever somebody looks. */
export interface PlatformGauges {
  readonly runningCalls: () => number;
  /** Legs with media ports of their own. */
  readonly mediaStreams: () => number;
  /** What SIP keeps at the moment, by kind. */
  readonly sipLoad: () => Readonly<Record<string, number>>;
  /** SIP messages that led nowhere, by reason. */
  readonly sipRefusals: () => Readonly<Record<string, number>>;
  /** How late packets of media left, in milliseconds, since the start. */
  readonly lateness: () => Promise<{ readonly p50: number; readonly p99: number; readonly max: number }>;
}

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

  /** Shows the platform's own figures; they are asked for at each look, so that idle figures cost nothing. */
  observe({ runningCalls, mediaStreams, sipLoad, sipRefusals, lateness }: PlatformGauges): void {
    this.#show({
      name: 'openvoicecall_calls_running',
      help: 'Calls accepted and not ended.',
      collect() {
        this.set(runningCalls());
      },
    });
    this.#show({
      name: 'openvoicecall_media_streams',
      help: 'Legs that hold media ports.',
      collect() {
        this.set(mediaStreams());
      },
    });
    this.#show({
      name: 'openvoicecall_sip_load',
      help: 'What SIP keeps, by kind; transactions stay up to 32 s after their end for repetitions (RFC 3261 17).',
      labelNames: ['kind'],
      collect() {
        for (const [kind, count] of Object.entries(sipLoad())) this.set({ kind }, count);
      },
    });
    this.#show({
      name: 'openvoicecall_sip_refusals_total',
      help: 'SIP messages that were refused or dropped, by reason.',
      labelNames: ['reason'],
      collect() {
        for (const [reason, count] of Object.entries(sipRefusals())) this.set({ reason }, count);
      },
    });
    this.#show({
      name: 'openvoicecall_media_lateness_seconds',
      help: 'How late packets of media left since the start.',
      labelNames: ['quantile'],
      async collect() {
        const { p50, p99, max } = await lateness();
        for (const [quantile, value] of Object.entries({ 0.5: p50, 0.99: p99, 1: max })) {
          this.set({ quantile }, value / 1_000);
        }
      },
    });
  }

  #show(gauge: Omit<GaugeConfiguration<string>, 'registers'>): void {
    this.registry.registerMetric(new Gauge({ ...gauge, registers: [] }));
  }
}
