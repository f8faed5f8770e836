import { Counter, Gauge, type Registry } from 'prom-client';

/** What is counted of a message. */
export interface SeenMessage {
  readonly kind: 'request' | 'response';
  /** CSeq as it stands there: a refusal repeats that of what it refuses, which need not be readable. */
  readonly headers: { get(name: 'CSeq'): string | undefined };
  /** Of a response. */
  readonly status?: number;
}

/** What is asked of the SIP endpoint at each look. */
export interface SipSources {
  /** What SIP keeps, by kind. */
  readonly load: () => Readonly<Record<string, number>>;
  /** Messages that led nowhere since the start, by reason. */
  readonly refusals: () => Readonly<Record<string, number>>;
  /** Messages sent once more by a timer, since the start. */
  readonly repeated: () => number;
}

/** Others are counted together, so that strangers cannot invent series. */
const METHODS = new Set(
  'INVITE ACK BYE CANCEL OPTIONS PRACK UPDATE INFO REGISTER REFER NOTIFY SUBSCRIBE MESSAGE'.split(' '),
);

/** SIP messages as they go in and out. */
export class SipMetrics {
  readonly #requests = new Map<string, Counted>();
  readonly #responses = new Map<string, Counted>();

  constructor(registry: Registry) {
    registerCounts(registry, this.#requests, {
      name: 'openvoicecall_sip_requests_total',
      help: 'SIP requests received (in) and sent (out), repetitions included.',
      labelNames: ['direction', 'method'],
    });
    registerCounts(registry, this.#responses, {
      name: 'openvoicecall_sip_responses_total',
      help: 'SIP responses received (in) and sent (out) by the method they answer, repetitions included.',
      labelNames: ['direction', 'method', 'class'],
    });
  }

  seen(direction: 'in' | 'out', { kind, headers, status = 0 }: SeenMessage): void {
    const answered = headers.get('CSeq')?.split(/\s+/, 2)[1] ?? '';
    const method = METHODS.has(answered) ? answered : 'other';
    if (kind === 'request') return count(this.#requests, `${direction} ${method}`, { direction, method });
    const hundred = `${Math.floor(status / 100)}xx`;
    count(this.#responses, `${direction} ${method} ${hundred}`, { direction, method, class: hundred });
  }
}

/** What of one kind was seen so far; a counter of the library takes several times as long for each. */
interface Counted {
  readonly labels: Record<string, string>;
  count: number;
}

function count(kinds: Map<string, Counted>, kind: string, labels: Record<string, string>): void {
  const counted = kinds.get(kind);
  if (counted === undefined) kinds.set(kind, { labels, count: 1 });
  else counted.count += 1;
}

/** Shows what was counted. */
function registerCounts(
  registry: Registry,
  kinds: ReadonlyMap<string, Counted>,
  counter: { readonly name: string; readonly help: string; readonly labelNames: string[] },
): void {
  registry.registerMetric(
    new Counter({
      ...counter,
      registers: [],
      collect() {
        this.reset();
        for (const { labels, count: seen } of kinds.values()) this.inc(labels, seen);
      },
    }),
  );
}

/** Shows what the endpoint counts itself. */
export function registerSipGauges(registry: Registry, { load, refusals, repeated }: SipSources): void {
  registry.registerMetric(
    new Gauge({
      name: 'openvoicecall_sip_load',
      help: 'What SIP keeps, by kind; transactions stay up to 32 s after their end for repetitions (RFC 3261 17).',
      labelNames: ['kind'],
      registers: [],
      collect() {
        for (const [kind, count] of Object.entries(load())) this.set({ kind }, count);
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      name: 'openvoicecall_sip_refusals_total',
      help: 'SIP messages that were refused or dropped, by reason: malformed (not to be parsed), strangers ("refused METHOD") and others.',
      labelNames: ['reason'],
      registers: [],
      collect() {
        this.reset();
        for (const [reason, count] of Object.entries(refusals())) this.inc({ reason }, count);
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      name: 'openvoicecall_sip_retransmissions_total',
      help: 'SIP messages that were sent once more because no answer came (RFC 3261 timers A, E and G).',
      registers: [],
      collect() {
        this.reset();
        this.inc(repeated());
      },
    }),
  );
}
