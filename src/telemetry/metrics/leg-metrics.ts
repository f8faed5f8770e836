import { Counter, Gauge, type Registry } from 'prom-client';
import type {
  ActiveRecording,
  DialRequest,
  LegEnd,
  LegListener,
  Telephony,
  TelephonyLeg,
} from '../../call/ports.ts';
import { passingOn } from '../pass-on.ts';

/**
 * How a leg ended. `rejected`: the far end or the trunk refused it with a final response; `timeout`, `transport`,
 * `media`, `no_port`, `no_route` and `trunk_busy`: nobody did, see `LegEnd`; `given_up`: we cancelled it; the others were answered before.
 */
type Outcome =
  | 'rejected'
  | 'timeout'
  | 'transport'
  | 'media'
  | 'no_port'
  | 'no_route'
  | 'trunk_busy'
  | 'given_up'
  | 'remote_hangup'
  | 'local_hangup'
  | 'lost';

const localOutcomes = {
  timeout: 'timeout',
  transport: 'transport',
  media: 'media',
  'no-port': 'no_port',
  'no-route': 'no_route',
  'trunk-busy': 'trunk_busy',
} as const satisfies Record<NonNullable<(LegEnd & { kind: 'failed' })['local']>, Outcome>;

function outcomeOf(end: LegEnd, answered: boolean): Outcome {
  switch (end.kind) {
    case 'failed':
      if (end.local === undefined) return 'rejected';
      return localOutcomes[end.local];
    case 'remote-hangup':
      return 'remote_hangup';
    case 'local-hangup':
      return answered ? 'local_hangup' : 'given_up';
    case 'lost':
      return 'lost';
  }
}

/** The SIP status' class, where a final response said why: `4xx`, `5xx`, `6xx`; `none` otherwise. */
function statusClassOf(end: LegEnd): string {
  if (end.kind !== 'failed' || end.local !== undefined || end.cause.sipStatus === undefined) return 'none';
  return `${Math.floor(end.cause.sipStatus / 100)}xx`;
}

/** Counts legs and recordings at the port through which calls are dialled. */
export class LegMetrics {
  readonly #dialled: Counter<'route'>;
  readonly #answered: Counter<'route'>;
  readonly #ended: Counter<'route' | 'outcome' | 'status'>;
  readonly #recordings: Counter<'result'>;
  readonly #recordingsOpen: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#dialled = new Counter({
      name: 'openvoicecall_legs_dialled_total',
      help: 'Legs dialled, by route: default (the trunk, where there is one) or sandbox.',
      labelNames: ['route'],
      registers,
    });
    this.#answered = new Counter({
      name: 'openvoicecall_legs_answered_total',
      help: 'Legs answered.',
      labelNames: ['route'],
      registers,
    });
    this.#ended = new Counter({
      name: 'openvoicecall_legs_ended_total',
      help: 'Legs ended, by how, and by the class of the SIP status where one said so.',
      labelNames: ['route', 'outcome', 'status'],
      registers,
    });
    this.#recordings = new Counter({
      name: 'openvoicecall_recordings_total',
      help: 'Recordings that are over: completed, failed while written, or never begun (refused).',
      labelNames: ['result'],
      registers,
    });
    this.#recordingsOpen = new Gauge({
      name: 'openvoicecall_recordings_open',
      help: 'Recordings being written.',
      registers,
    });
    for (const result of ['completed', 'failed', 'refused']) this.#recordings.inc({ result }, 0);
  }

  /** The same telephony; what is dialled and recorded with it is counted. */
  metered(telephony: Telephony): Telephony {
    return {
      dial: (request, listener) => telephony.dial(request, this.#listening(request, listener)),
      release: (trace, sessionId) => telephony.release(trace, sessionId),
      record: (a, b, file) => this.#record(telephony, a, b, file),
    };
  }

  #listening({ route }: DialRequest, listener: LegListener): LegListener {
    let answered = false;
    this.#dialled.inc({ route });
    return {
      ...passingOn(listener),
      answered: (step) => {
        answered = true;
        this.#answered.inc({ route });
        listener.answered(step);
      },
      ended: (end) => {
        this.#ended.inc({ route, outcome: outcomeOf(end, answered), status: statusClassOf(end) });
        listener.ended(end);
      },
    };
  }

  async #record(
    telephony: Telephony,
    a: TelephonyLeg,
    b: TelephonyLeg,
    file: string,
  ): Promise<ActiveRecording> {
    let recording: ActiveRecording;
    try {
      recording = await telephony.record(a, b, file);
    } catch (error) {
      this.#recordings.inc({ result: 'refused' });
      throw error;
    }
    this.#recordingsOpen.inc();
    let open = true;
    const over = (result: 'completed' | 'failed'): void => {
      if (!open) return;
      open = false;
      this.#recordingsOpen.dec();
      this.#recordings.inc({ result });
    };
    void recording.failed.then(() => over('failed'));
    return {
      failed: recording.failed,
      stop: async () => {
        const length = await recording.stop();
        over('completed');
        return length;
      },
    };
  }
}
