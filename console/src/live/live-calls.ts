/** The calls that run now: read once, then kept by events. Whoever listens is told once a frame at most. */
import { api } from '../api/client.ts';
import type { Call, CallEvent } from '../api/types.ts';

/** How far a call is; `connected`: everybody it dials has answered. */
export type Stage = 'waiting' | 'dialling' | 'ringing' | 'answered' | 'connected';
export const stages: readonly Stage[] = ['waiting', 'dialling', 'ringing', 'answered', 'connected'];

export interface LiveCall {
  readonly sessionId: string;
  readonly appKey: string;
  readonly from: string;
  readonly to: string;
  /** ms since the epoch. */
  readonly since: number;
  readonly stage: Stage;
  /** Whose phone `stage` tells of. */
  readonly party: 'A' | 'B' | undefined;
  readonly isCallback: boolean;
}

interface Page {
  readonly calls: readonly Call[];
  readonly nextCursor?: string;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const step = (party: 'A' | 'B' | undefined, isCallback: boolean): Stage =>
  isCallback && party === 'A' ? 'answered' : 'connected';

function stageOf({ state, legs }: Call, isCallback: boolean): Pick<LiveCall, 'stage' | 'party'> {
  const leg = legs.at(-1);
  if (state === 'accepted' || leg === undefined) return { stage: 'waiting', party: undefined };
  const { party } = leg;
  if (leg.answeredAt !== undefined) return { stage: step(party, isCallback), party };
  return { stage: leg.alertingAt === undefined ? 'dialling' : 'ringing', party };
}

export function liveCall(call: Call): LiveCall {
  const { sessionId, appKey, acceptedAt, order } = call;
  const isCallback = order['capability'] === 'callback';
  return {
    sessionId,
    appKey,
    from: text(order['callerNbr'] ?? order['displayNbr']),
    to: text(order['calleeNbr']),
    since: Date.parse(acceptedAt),
    isCallback,
    ...stageOf(call, isCallback),
  };
}

const stageAfter: Partial<Record<CallEvent['type'], Stage>> = { callout: 'dialling', alerting: 'ringing' };

/** The call after an event; the same where the event says nothing of how far it is. */
export function afterEvent(call: LiveCall, { type, party }: CallEvent): LiveCall {
  const stage = type === 'answer' ? step(party, call.isCallback) : stageAfter[type];
  return stage === undefined ? call : { ...call, stage, party };
}

/** Calls in one answer. */
const PAGE = 500;
/** Answers for one look: more run than anybody can watch. */
const MOST_PAGES = 20;
/** Calls that are remembered as ended. */
const MOST_ENDED = 5_000;
/** ms after which calls that were not known are looked up, all of them together. */
const GATHER = 500;
/** ms between looks at what waits, which has no events. */
const LOOK = 5_000;

export class LiveCalls {
  readonly #pathOf: (path: string) => string;
  #calls = new Map<string, LiveCall>();
  #shown: readonly LiveCall[] = [];
  readonly #listeners = new Set<() => void>();
  #frame: number | undefined;
  #unknown = new Set<string>();
  /** Not of the account that is shown. */
  readonly #foreign = new Set<string>();
  /** What ended while it was looked up. */
  readonly #ended = new Set<string>();
  #looking: ReturnType<typeof setTimeout> | undefined;
  #waiting: ReturnType<typeof setInterval> | undefined;
  #isClosed = true;
  #isLoading = false;
  /** Set once the calls were read. */
  isLoaded = false;
  error: unknown;

  /** @param pathOf of the account that is shown */
  constructor(pathOf: (path: string) => string) {
    this.#pathOf = pathOf;
  }

  open(): void {
    this.#isClosed = false;
    this.#waiting = setInterval(() => void this.#lookAtWaiting(), LOOK);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Newest first; another array when something changed. */
  readonly shown = (): readonly LiveCall[] => this.#shown;

  /** Reads everything anew, as after a connection that was lost. */
  async load(): Promise<void> {
    this.#ended.clear();
    this.#isLoading = true;
    try {
      const calls = [...(await this.#read('running')), ...(await this.#read('accepted'))];
      const fresh = calls.filter(({ sessionId }) => !this.#ended.has(sessionId));
      this.#calls = new Map(fresh.map((call) => [call.sessionId, liveCall(call)]));
      this.isLoaded = true;
      this.error = undefined;
    } catch (error) {
      this.error = error;
    }
    this.#isLoading = false;
    this.#changed();
  }

  happened(event: CallEvent): void {
    const { sessionId, type } = event;
    const call = this.#calls.get(sessionId);
    if (type === 'disconnect') {
      // It matters only until what is being looked up is there.
      if (this.#ended.size >= MOST_ENDED) this.#ended.clear();
      this.#ended.add(sessionId);
      this.#unknown.delete(sessionId);
      this.#foreign.delete(sessionId);
      if (this.#calls.delete(sessionId)) this.#changed();
    } else if (call !== undefined && !this.#isLoading) {
      const after = afterEvent(call, event);
      if (after === call) return;
      this.#calls.set(sessionId, after);
      this.#changed();
    } else if (!this.#foreign.has(sessionId)) {
      // New, or read a moment before this happened.
      this.#unknown.add(sessionId);
      this.#looking ??= setTimeout(() => void this.#lookUp(), GATHER);
    }
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#looking);
    clearInterval(this.#waiting);
    this.#looking = undefined;
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  async #read(state: 'running' | 'accepted', wanted?: ReadonlySet<string>): Promise<Call[]> {
    const found: Call[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES && !this.#isClosed; page++) {
      const query = new URLSearchParams({ state, limit: String(wanted === undefined ? PAGE : 100) });
      if (cursor !== undefined) query.set('cursor', cursor);
      const { calls, nextCursor } = await api<Page>('GET', this.#pathOf(`/calls?${query}`));
      found.push(...calls);
      cursor = nextCursor;
      const seen = new Set(found.map(({ sessionId }) => sessionId));
      if (cursor === undefined || (wanted && [...wanted].every((id) => seen.has(id)))) return found;
    }
    return found;
  }

  /** New calls: what they are is told by the platform alone, not by their events. */
  async #lookUp(): Promise<void> {
    const wanted = this.#unknown;
    this.#unknown = new Set();
    try {
      for (const call of await this.#read('running', wanted)) this.#found(call, wanted.has(call.sessionId));
      for (const id of wanted) {
        if (!this.#calls.has(id) && !this.#ended.has(id)) this.#foreign.add(id);
      }
    } catch (error) {
      this.error = error;
      this.#changed();
    }
    this.#looking = undefined;
    if (this.#unknown.size > 0 && !this.#isClosed) {
      this.#looking = setTimeout(() => void this.#lookUp(), GATHER);
    }
  }

  async #lookAtWaiting(): Promise<void> {
    try {
      for (const call of await this.#read('accepted')) this.#found(call, false);
    } catch (error) {
      this.error = error;
      this.#changed();
    }
  }

  /** @param isNews whether it is newer than what is known of it */
  #found(call: Call, isNews: boolean): void {
    const { sessionId } = call;
    if (this.#ended.has(sessionId) || (this.#calls.has(sessionId) && !isNews)) return;
    this.#foreign.delete(sessionId);
    this.#calls.set(sessionId, liveCall(call));
    this.#changed();
  }

  #changed(): void {
    if (this.#isClosed) return;
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#shown = [...this.#calls.values()].sort((one, other) => other.since - one.since);
      for (const listener of this.#listeners) listener();
    });
  }
}
