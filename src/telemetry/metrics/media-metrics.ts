import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type CountedRanges, registerFixedHistogram } from './fixed-histogram.ts';

/** What a stream's last figures are read for; durations are milliseconds. */
export interface EndedStream {
  readonly sent: { readonly packets: number };
  readonly received: { readonly packets: number; readonly lost: number; readonly jitter: number };
  /** What the far end reported of our packets, if it did. */
  readonly farEnd: { readonly lost: number; readonly jitter: number } | undefined;
  readonly dropped: Readonly<Record<string, number>>;
}

/** What is asked of the media workers at each look. */
export interface MediaSources {
  /** Streams open now. */
  readonly streams: () => number;
  /** Streams that the port range has room for. */
  readonly capacity: number;
  /** Milliseconds, since the start. */
  readonly lateness: () => Promise<{
    readonly p50: number;
    readonly p99: number;
    readonly max: number;
    readonly skipped: number;
  }>;
  /** Since the start, by tenths of a millisecond. */
  readonly packetsByLateness: () => Promise<ArrayLike<number>>;
  /** Of each worker, since its start. */
  readonly cpuSeconds: () => Promise<readonly number[]>;
}

const LATENESS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1];
const JITTER = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2];
const TENTH_OF_A_MILLISECOND = 0.0001;

/** Media: what the workers say when somebody looks, and of each stream once it has ended. */
export class MediaMetrics {
  readonly #packets: Counter<'direction'>;
  readonly #lost: Counter<'direction'>;
  readonly #dropped: Counter<'reason'>;
  readonly #jitter: Histogram<'direction'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#packets = new Counter({
      name: 'openvoicecall_rtp_packets_total',
      help: 'RTP packets of legs that have ended; in: from the far end, out: to it.',
      labelNames: ['direction'],
      registers,
    });
    this.#lost = new Counter({
      name: 'openvoicecall_rtp_packets_lost_total',
      help: 'RTP packets lost on legs that have ended; in: by gaps in the numbers, out: as the far end reported (RTCP).',
      labelNames: ['direction'],
      registers,
    });
    this.#dropped = new Counter({
      name: 'openvoicecall_rtp_packets_dropped_total',
      help: 'Datagrams that went nowhere on legs that have ended, by reason; strangers: not from the far end.',
      labelNames: ['reason'],
      registers,
    });
    this.#jitter = new Histogram({
      name: 'openvoicecall_rtp_jitter_seconds',
      help: 'Interarrival jitter (RFC 3550) of each leg at its end; out: as the far end reported.',
      labelNames: ['direction'],
      buckets: JITTER,
      registers,
    });
    for (const direction of ['in', 'out']) {
      this.#packets.inc({ direction }, 0);
      this.#lost.inc({ direction }, 0);
    }
  }

  streamEnded({ sent, received, farEnd, dropped }: EndedStream): void {
    this.#packets.inc({ direction: 'in' }, received.packets);
    this.#packets.inc({ direction: 'out' }, sent.packets);
    this.#lost.inc({ direction: 'in' }, Math.max(0, received.lost));
    if (received.packets > 0) this.#jitter.observe({ direction: 'in' }, received.jitter / 1_000);
    if (farEnd !== undefined) {
      // Repeated packets make it negative (RFC 3550 6.4.1).
      this.#lost.inc({ direction: 'out' }, Math.max(0, farEnd.lost));
      this.#jitter.observe({ direction: 'out' }, farEnd.jitter / 1_000);
    }
    for (const [reason, count] of Object.entries(dropped)) {
      if (count > 0) this.#dropped.inc({ reason: inSnakeCase(reason) }, count);
    }
  }
}

/** Shows what the media workers say of themselves. */
export function registerMediaGauges(registry: Registry, sources: MediaSources): void {
  const { streams, capacity, lateness, packetsByLateness, cpuSeconds } = sources;
  registry.registerMetric(
    new Gauge({
      name: 'openvoicecall_media_streams',
      help: 'Legs that hold media ports.',
      registers: [],
      collect() {
        this.set(streams());
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'openvoicecall_media_streams_limit',
      help: 'Legs that the range of media ports has room for; used ports rest for five seconds.',
      registers: [],
      collect() {
        this.set(capacity);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'openvoicecall_media_lateness_seconds',
      help: 'How late packets of media left since the start.',
      labelNames: ['quantile'],
      registers: [],
      async collect() {
        const { p50, p99, max } = await lateness();
        for (const [quantile, value] of Object.entries({ 0.5: p50, 0.99: p99, 1: max })) {
          this.set({ quantile }, value / 1_000);
        }
      },
    }),
  );
  registerWorkerCounters(registry, lateness, cpuSeconds);
  registerFixedHistogram({
    name: 'openvoicecall_media_packet_lateness_seconds',
    help: 'How late each packet of media left, against the instant its clock said.',
    buckets: LATENESS,
    registry,
    read: async (): Promise<CountedRanges> => ({
      counts: await packetsByLateness(),
      width: TENTH_OF_A_MILLISECOND,
    }),
  });
}

function registerWorkerCounters(
  registry: Registry,
  lateness: MediaSources['lateness'],
  cpuSeconds: MediaSources['cpuSeconds'],
): void {
  registry.registerMetric(
    new Counter({
      name: 'openvoicecall_media_slots_skipped_total',
      help: 'Slots of 20 ms clocks that workers gave up because they were too late.',
      registers: [],
      async collect() {
        const { skipped } = await lateness();
        this.reset();
        this.inc(skipped);
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      name: 'openvoicecall_media_worker_cpu_seconds_total',
      help: 'Processor time of each media worker, user and system.',
      labelNames: ['worker'],
      registers: [],
      async collect() {
        const seconds = await cpuSeconds();
        this.reset();
        for (const [worker, used] of seconds.entries()) this.inc({ worker: String(worker) }, used);
      },
    }),
  );
}

function inSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
