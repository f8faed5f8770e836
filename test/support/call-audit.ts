/** Whether every call has its one record, its events their pushes, and everything an honest end. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseWav, wavSamples } from '../../src/audio/wav.ts';
import type { PlacedCall } from './call-load.ts';
import { eventually } from './peer-process.ts';
import type { PlatformClient, ShownCall } from './platform-client.ts';
import type { Receiver } from './receiver.ts';

export interface Crash {
  /** ms since the epoch. */
  readonly at: number;
  /** How late the machine was about then, ms. */
  readonly lateness: number;
}

export interface Audit {
  readonly calls: number;
  /** Calls that a crash ended. */
  readonly cutOff: number;
  /** Calls that had reached nobody when the database had been away for too long. */
  readonly givenUp: number;
  /** Calls that ended because a full disk took no recording. */
  readonly notRecorded: number;
  readonly pushes: number;
  readonly recordingsCutOff: number;
  /** Those of them that hold more than 30 s. */
  readonly longRecordings: number;
  /** How much of the end of a recording a crash cost at most, ms, less what the machine was late by. */
  readonly recordingLoss: number;
  /** The same as it was. */
  readonly rawRecordingLoss: number;
  /** By what is wrong: the sessions, with details. */
  readonly faults: ReadonlyMap<string, readonly string[]>;
}

export interface AuditOptions {
  readonly platform: PlatformClient;
  readonly receiver: Receiver;
  /** The folder of the recordings. */
  readonly recordings: string;
  readonly accepted: ReadonlyMap<string, PlacedCall>;
  readonly crashes: readonly Crash[];
  /** The cause of calls that these crashes ended; 8000 by default. */
  readonly cutOff?: number;
  /** When the database was away: calls that had reached nobody were given up (ADR 0014). */
  readonly outages?: readonly Outage[];
}

/** ms since the epoch. */
export interface Outage {
  readonly from: number;
  readonly to: number;
  /** No file could grow: a call that was to be recorded ended where that could not begin. */
  readonly isDiskFull?: boolean;
}

/** What every fault is called, so that a report shows the zeros too. */
export const auditedFaults = [
  'accepted and unknown',
  'not ended',
  'without exactly one record',
  'event not pushed, or out of order',
  'record not pushed exactly once, or with another icid',
  'dishonest cause',
  'dishonest time',
  'recording missing or unplayable',
  'recording ends over a second early',
  'nobody told of it, or one key of two calls',
] as const;

type Fault = (typeof auditedFaults)[number];

interface AuditedCall extends ShownCall {
  readonly icid: string;
  readonly userData?: string;
  readonly acceptedAt: string;
  readonly endedAt?: string;
  readonly recording?: { readonly objectName: string; readonly startedAt: string };
}

/** The crash that was the end of all calls before it may be dated this much too late, ms. */
const SAME_MOMENT = 100;
/** How exactly a crash is dated, ms (docs/operations.md), and how late the note of it may be. */
const DATING = 5_000 + 2_000;
/** When a call that is to be recorded is, ms after the second answer: the prompt that says so comes first. */
const RECORDING_BEGINS = 5_000;
/** What a crash may cost of a recording, ms. */
const RECORDING_LOSS = 1_000;
const CUT_OFF_BY_CRASH = 8000;
const RECORDING_NOT_BEGUN = 507;
/** How long a call that has reached nobody waits for the database, ms, and until its end is stored after that. */
const FIRST_STEP_PATIENCE = 10_000;
const STORED_AFTERWARDS = 5_000;

/** Reads every call there is, those included whose request had no answer. */
export async function auditCalls(options: AuditOptions): Promise<Audit> {
  const calls: AuditedCall[] = [];
  for await (const sessionId of sessionsOf(options.platform)) {
    calls.push(await settled(options.platform, sessionId));
  }
  const audit = new Auditor(options, new Told(options.receiver));
  for (const call of calls) audit.check(call);
  const known = new Set(calls.map(({ sessionId }) => sessionId));
  for (const sessionId of options.accepted.keys()) {
    if (!known.has(sessionId)) audit.note('accepted and unknown', sessionId);
  }
  return { ...audit.totals, calls: known.size, pushes: options.receiver.pushes.length, faults: audit.faults };
}

/** The call once nothing of it waits to be pushed. */
function settled(platform: PlatformClient, sessionId: string): Promise<AuditedCall> {
  return eventually(async () => {
    const call = (await platform.call(sessionId)) as AuditedCall;
    return call.pushes.every(({ state }) => state !== 'pending') && call;
  }, `the pushes of ${sessionId} are settled`);
}

async function* sessionsOf(platform: PlatformClient): AsyncGenerator<string> {
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = (await platform.admin('GET', `/calls?limit=100${query}`)) as {
      calls: { sessionId: string }[];
      nextCursor?: string;
    };
    for (const { sessionId } of page.calls) yield sessionId;
    cursor = page.nextCursor;
  }
}

/** What the receiver heard of each call, each text once: a crash may have one sent twice. */
class Told {
  readonly #statuses = new Map<string, Set<string>>();
  readonly #fees = new Map<string, Set<string>>();

  constructor({ pushes }: Receiver) {
    for (const { eventType, text, sessionIds } of pushes) {
      if (eventType === 'fee') {
        const { feeLst } = JSON.parse(text) as { feeLst: { sessionId: string }[] };
        for (const fee of feeLst) this.#add(this.#fees, fee.sessionId, JSON.stringify(fee));
      } else for (const sessionId of sessionIds) this.#add(this.#statuses, sessionId, text);
    }
  }

  events(sessionId: string): string[] {
    return [...(this.#statuses.get(sessionId) ?? [])].map(
      (text) => (JSON.parse(text) as { eventType: string }).eventType,
    );
  }

  fees(sessionId: string): { icid: string }[] {
    return [...(this.#fees.get(sessionId) ?? [])].map((text) => JSON.parse(text) as { icid: string });
  }

  #add(map: Map<string, Set<string>>, sessionId: string, text: string): void {
    map.set(sessionId, (map.get(sessionId) ?? new Set()).add(text));
  }
}

class Auditor {
  readonly faults = new Map<string, string[]>();
  readonly totals = {
    cutOff: 0,
    givenUp: 0,
    notRecorded: 0,
    recordingsCutOff: 0,
    longRecordings: 0,
    recordingLoss: 0,
    rawRecordingLoss: 0,
  };
  readonly #options: AuditOptions;
  readonly #told: Told;
  readonly #keys = new Set<string>();

  constructor(options: AuditOptions, told: Told) {
    this.#options = options;
    this.#told = told;
    for (const fault of auditedFaults) this.faults.set(fault, []);
  }

  note(fault: Fault, sessionId: string, details = ''): void {
    this.faults.get(fault)?.push(`${sessionId} ${details}`.trim());
  }

  check(call: AuditedCall): void {
    if (call.state !== 'ended') return this.note('not ended', call.sessionId, call.state);
    this.#checkKey(call);
    this.#checkRecord(call);
    this.#checkPushes(call);
    this.#checkEnd(call);
  }

  #checkKey({ sessionId, userData }: AuditedCall): void {
    if (userData === undefined) return;
    if (this.#keys.has(userData) || !this.#options.accepted.has(sessionId))
      this.note('nobody told of it, or one key of two calls', sessionId, userData);
    this.#keys.add(userData);
  }

  #metFullDisk({ endedAt = '' }: AuditedCall): boolean {
    const ended = Date.parse(endedAt);
    const { outages = [] } = this.#options;
    return outages.some(({ from, to, isDiskFull }) => isDiskFull && ended >= from && ended <= to);
  }

  /** Whether the call had reached nobody while the database was away for too long. */
  #wasGivenUp({ events, endedAt = '' }: AuditedCall): boolean {
    const ended = Date.parse(endedAt);
    const isLong = ({ from, to }: Outage): boolean =>
      to - from >= FIRST_STEP_PATIENCE - STORED_AFTERWARDS &&
      ended >= from &&
      ended <= to + STORED_AFTERWARDS;
    const reached = events.some(({ type }) => type === 'alerting' || type === 'answer');
    return !reached && (this.#options.outages ?? []).some(isLong);
  }

  #checkRecord({ sessionId, events, cdr, icid, pushes }: AuditedCall): void {
    const ends = events.filter(({ type }) => type === 'disconnect').length;
    const fees = pushes.filter(({ kind }) => kind === 'fee').length;
    if (
      cdr === undefined ||
      cdr.icid !== icid ||
      ends !== 1 ||
      events.at(-1)?.type !== 'disconnect' ||
      fees !== 1
    )
      this.note('without exactly one record', sessionId, `${ends} ends, ${fees} records`);
  }

  #checkPushes({ sessionId, events, icid, pushes }: AuditedCall): void {
    const written = events.map(({ type }) => type).join(', ');
    const heard = this.#told.events(sessionId).join(', ');
    const lost = pushes.filter(({ state }) => state !== 'delivered').length;
    if (written !== heard || lost > 0)
      this.note(
        'event not pushed, or out of order',
        sessionId,
        `${written} / ${heard}, ${lost} not delivered`,
      );
    const fees = this.#told.fees(sessionId);
    if (fees.length !== 1 || fees[0]?.icid !== icid)
      this.note('record not pushed exactly once, or with another icid', sessionId, `${fees.length}`);
  }

  #checkEnd(call: AuditedCall): void {
    const { sessionId, cdr, events } = call;
    const reason = Number(cdr?.ulFailReason);
    const { cutOff = CUT_OFF_BY_CRASH } = this.#options;
    const crash = this.#crashOf(call);
    const natural = this.#options.accepted.get(sessionId)?.kind.ends;
    if (reason !== cutOff) {
      const known = this.#options.accepted.has(sessionId);
      if (reason === RECORDING_NOT_BEGUN && this.#metFullDisk(call)) this.totals.notRecorded += 1;
      else if (known && reason !== natural)
        this.note('dishonest cause', sessionId, `${reason}, expected ${natural}`);
      return;
    }
    if (this.#wasGivenUp(call)) return void (this.totals.givenUp += 1);
    if (crash === undefined || events.at(-1)?.stateCode !== cutOff)
      return this.note('dishonest cause', sessionId, `${reason} without a crash`);
    this.totals.cutOff += 1;
    const [accepted, ended] = [Date.parse(call.acceptedAt), Date.parse(call.endedAt ?? '')];
    const earliest = Math.max(accepted, crash.at - DATING - crash.lateness);
    if (!(ended <= crash.at + SAME_MOMENT && ended >= earliest))
      this.note('dishonest time', sessionId, `${ended - crash.at} ms after the crash`);
    this.#checkRecording(call, crash);
  }

  /** The first crash after the call was accepted and before it was over, if one came. */
  #crashOf({ acceptedAt }: AuditedCall): Crash | undefined {
    const accepted = Date.parse(acceptedAt);
    return this.#options.crashes.find(({ at }) => at + SAME_MOMENT >= accepted);
  }

  #checkRecording({ sessionId, recording, legs }: AuditedCall, crash: Crash): void {
    if (recording === undefined) {
      const isRecorded = this.#options.accepted.get(sessionId)?.kind.body['recordFlag'] === 'true';
      const bridgedAt = Date.parse(legs.find(({ party }) => party === 'B')?.answeredAt ?? '');
      if (isRecorded && crash.at - crash.lateness - bridgedAt > RECORDING_BEGINS)
        this.note('recording missing or unplayable', sessionId, 'none was begun');
      return;
    }
    this.totals.recordingsCutOff += 1;
    let milliseconds: number;
    try {
      const wav = parseWav(
        new Uint8Array(readFileSync(join(this.#options.recordings, recording.objectName))),
      );
      milliseconds = wavSamples(wav).length / 8;
    } catch (error) {
      return this.note('recording missing or unplayable', sessionId, String(error));
    }
    if (milliseconds > 30_000) this.totals.longRecordings += 1;
    const rawLoss = crash.at - Date.parse(recording.startedAt) - milliseconds;
    const loss = rawLoss - crash.lateness;
    this.totals.rawRecordingLoss = Math.max(this.totals.rawRecordingLoss, Math.round(rawLoss));
    this.totals.recordingLoss = Math.max(this.totals.recordingLoss, Math.round(loss));
    if (loss > RECORDING_LOSS)
      this.note(
        'recording ends over a second early',
        sessionId,
        `${Math.round(loss)} ms: ${Math.round(milliseconds)} ms from ${recording.startedAt}, crash at ${new Date(crash.at).toISOString()}`,
      );
  }
}
