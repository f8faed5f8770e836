import { Counter, Gauge, type Registry } from 'prom-client';
import type { CallRecord, Capability } from '../../call/call-record.ts';
import type { CallChange, CallStore } from '../../call/ports.ts';

/** What goes on in a call, by its latest event. */
const STATES = ['accepted', 'dialling', 'alerting', 'answered'] as const;
type State = (typeof STATES)[number];

const CAPABILITIES: readonly Capability[] = ['callback', 'notification', 'verification'];

const STATE_AFTER: Partial<Record<string, State>> = {
  callout: 'dialling',
  alerting: 'alerting',
  answer: 'answered',
};

/**
 * Counts calls as they are stored: `accepted` when a call is durable, `ended` when its record is. What a crash left
 * behind is counted when the next start ends it.
 */
export class CallMetrics {
  readonly #accepted: Counter<'capability'>;
  readonly #ended: Counter<'capability' | 'cause'>;
  readonly #running = new Map<string, { readonly capability: Capability; state: State }>();

  constructor(registry: Registry) {
    const running = this.#running;
    const registers = [registry];
    this.#accepted = new Counter({
      name: 'openvoicecall_calls_accepted_total',
      help: 'Calls accepted and stored; rate() of it is calls per second.',
      labelNames: ['capability'],
      registers,
    });
    this.#ended = new Counter({
      name: 'openvoicecall_calls_ended_total',
      help: 'Calls ended and recorded, by release cause (docs/codes/release-causes.md).',
      labelNames: ['capability', 'cause'],
      registers,
    });
    for (const capability of CAPABILITIES) this.#accepted.inc({ capability }, 0);
    registry.registerMetric(
      new Gauge({
        name: 'openvoicecall_calls',
        help: 'Calls that run, by what happened last: accepted, dialling, alerting or answered.',
        labelNames: ['capability', 'state'],
        registers: [],
        collect() {
          for (const capability of CAPABILITIES)
            for (const state of STATES) this.set({ capability, state }, 0);
          for (const labels of running.values()) this.inc({ ...labels });
        },
      }),
    );
  }

  /** The same store; what is written to it is counted. */
  metered(store: CallStore): CallStore {
    return {
      create: async (call, keyed) => {
        await store.create(call, keyed);
        this.#created(call);
      },
      commit: async (...changes) => {
        await store.commit(...changes);
        for (const change of changes) this.#committed(change);
      },
      withdraw: (creations) => store.withdraw(creations),
      unfinished: () => store.unfinished(),
      seenAlive: (at) => store.seenAlive(at),
      lastSeenAlive: () => store.lastSeenAlive(),
    };
  }

  #created({ sessionId, order: { capability } }: CallRecord): void {
    this.#accepted.inc({ capability });
    this.#running.set(sessionId, { capability, state: 'accepted' });
  }

  #committed({ call, event }: CallChange): void {
    const { sessionId, order, verdict } = call;
    if (call.state === 'ended') {
      this.#running.delete(sessionId);
      this.#ended.inc({ capability: order.capability, cause: String(verdict.releaseCause) });
      return;
    }
    const running = this.#running.get(sessionId);
    const state = event && STATE_AFTER[event.type];
    if (running !== undefined && state !== undefined) running.state = state;
  }
}
