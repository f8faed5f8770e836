import { Counter, Gauge, type Registry } from 'prom-client';
import { CallMetrics } from './call-metrics.ts';
import { LegMetrics } from './leg-metrics.ts';
import { MediaMetrics } from './media-metrics.ts';
import { PushMetrics } from './push-metrics.ts';
import { SipMetrics } from './sip-metrics.ts';
import { SpeechMetrics } from './speech-metrics.ts';
import { StoreMetrics } from './store-metrics.ts';

/** What `/metrics` shows of the platform, by what it is about. Its parts are handed out before there are calls. */
export class PlatformMetrics {
  readonly calls: CallMetrics;
  readonly legs: LegMetrics;
  readonly media: MediaMetrics;
  readonly pushes: PushMetrics;
  readonly sip: SipMetrics;
  readonly speech: SpeechMetrics;
  readonly store: StoreMetrics;

  constructor(registry: Registry, version: string) {
    new Gauge({
      name: 'openvoicecall_build_info',
      help: 'Always 1; the version is a label.',
      labelNames: ['version'],
      registers: [registry],
    }).set({ version }, 1);
    this.calls = new CallMetrics(registry);
    this.legs = new LegMetrics(registry);
    this.media = new MediaMetrics(registry);
    this.pushes = new PushMetrics(registry);
    this.sip = new SipMetrics(registry);
    this.speech = new SpeechMetrics(registry);
    this.store = new StoreMetrics(registry);
  }
}

/** What is asked of calls at each look. */
export interface VoicePortSources {
  readonly runningCalls: () => number;
  /** Of those, the ones with something that is not stored yet. */
  readonly unrecordedCalls: () => number;
  /** Binding steps taken before they could be stored, since the start. */
  readonly unrecordedSteps: () => number;
  /** Voice ports that calls of all apps hold. */
  readonly portsInUse: () => number;
  /** Voice ports of all apps. Rejects while the database is away. */
  readonly ports: () => Promise<number>;
}

/** Shows running calls and voice ports. Apps are not told apart: their number has no bound. */
export function registerVoicePorts(
  registry: Registry,
  { runningCalls, unrecordedCalls, unrecordedSteps, portsInUse, ports }: VoicePortSources,
): void {
  registry.registerMetric(
    new Gauge({
      name: 'openvoicecall_calls_running',
      help: 'Calls accepted and not ended.',
      registers: [],
      collect() {
        this.set(runningCalls());
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'openvoicecall_calls_unrecorded',
      help: 'Calls with something that is not stored yet; above 0 for long while the database is away.',
      registers: [],
      collect() {
        this.set(unrecordedCalls());
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      name: 'openvoicecall_unrecorded_steps_total',
      help: 'INVITEs and ACKs of running calls that went out before they were stored, for the database was away.',
      registers: [],
      collect() {
        this.reset();
        this.inc(unrecordedSteps());
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'openvoicecall_voice_ports',
      help: 'Voice ports of all apps together, in_use and free; free is absent while the database cannot be read.',
      labelNames: ['state'],
      registers: [],
      async collect() {
        const inUse = portsInUse();
        this.set({ state: 'in_use' }, inUse);
        try {
          this.set({ state: 'free' }, Math.max(0, (await ports()) - inUse));
        } catch {
          // The rest is to be seen all the same; /readyz tells of the database.
          this.remove({ state: 'free' });
        }
      },
    }),
  );
}
