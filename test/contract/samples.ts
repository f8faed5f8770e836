/** Records for the contract suites: complete, with every optional member set where a test says so. */
import type { Account, App, DisplayNumber } from '../../src/accounts/account.ts';
import { type CallEvent, type CallRecord, firstLegOf } from '../../src/call/call-record.ts';
import type { CallDetailRecord } from '../../src/call/cdr.ts';
import { type LegQuality, UNKNOWN } from '../../src/call/leg-quality.ts';
import type { CallChange } from '../../src/call/ports.ts';
import { utcTimestamp } from '../../src/call/timestamp.ts';

export const START = Date.UTC(2026, 0, 1);

export function sampleCall(sessionId: string, changed: Partial<CallRecord> = {}): CallRecord {
  return {
    sessionId,
    icid: `icid-${sessionId}`,
    owner: { appKey: 'app-1', spId: 'sp-1' },
    order: {
      capability: 'callback',
      displayNbr: '+8675528000001',
      callerNbr: '+8613500000001',
      displayCalleeNbr: '+8675528000001',
      calleeNbr: '+8613500000002',
      maxDuration: 0,
      lastMinToUE: 'both',
      playPreVoice: false,
      calleeMedia: 'all',
      recordFlag: false,
      partyTypeRequiredInDisconnect: false,
    },
    statusUrl: 'https://status.example/push?tenant=7',
    feeUrl: 'https://fee.example/cdr',
    userData: 'customerId123',
    sandbox: true,
    acceptedAt: START,
    state: 'accepted',
    lastSequence: 0,
    legs: [],
    verdict: { releaseCause: 8000, teardownPoint: 528, releasedBy: 'platform' },
    ...changed,
  };
}

export interface SampleChange {
  readonly sequence: number;
  readonly at?: number;
  readonly type?: CallEvent['type'];
  /** Where the status push goes; none without it. */
  readonly statusUrl?: string;
  /** Where the CDR goes; with `ends`. */
  readonly feeUrl?: string;
  readonly ends?: boolean;
}

/** A change of `call` as the domain makes it: the event, its status push and at the end the CDR. */
export function sampleChange(call: CallRecord, wanted: SampleChange): CallChange {
  const { sequence, at = call.acceptedAt + sequence * 1_000, statusUrl, feeUrl, ends = false } = wanted;
  const { sessionId } = call;
  const { appKey } = call.owner;
  const type = wanted.type ?? (ends ? 'disconnect' : 'callout');
  const event: CallEvent = { sessionId, sequence, type, at, party: 'A' };
  const statusInfo = { timestamp: utcTimestamp(at), sessionId };
  const body = JSON.stringify({ eventType: type, statusInfo, sequence });
  return {
    call: {
      ...call,
      state: ends ? 'ended' : 'running',
      lastSequence: sequence,
      endedAt: ends ? at : undefined,
    },
    event,
    statusPush:
      statusUrl === undefined ? undefined : { kind: 'status', sessionId, appKey, url: statusUrl, body },
    cdr: ends ? sampleCdr(call, at, feeUrl) : undefined,
  };
}

export function sampleCdr(call: CallRecord, endedAt: number, url?: string): CallDetailRecord {
  const { sessionId, icid, owner, order } = call;
  return {
    sessionId,
    appKey: owner.appKey,
    icid,
    endedAt,
    url,
    fee: {
      direction: 0,
      spId: owner.spId,
      appKey: owner.appKey,
      icid,
      bindNum: order.displayNbr,
      sessionId,
      callerNum: order.displayNbr,
      calleeNum: firstLegOf(order).to,
      callEndTime: utcTimestamp(endedAt),
      fwdUnaswRsn: 0,
      ulFailReason: 0,
      sipStatusCode: 0,
      callOutUnaswRsn: 0,
      recordFlag: 0,
      ttsPlayTimes: 0,
      ttsTransDuration: 0,
      serviceType: '002',
      hostName: 'host.example',
    },
  };
}

/** What secrets are sealed with. */
export const secretKeys = { current: 'a key of the contract suites, 32 characters', previous: undefined };

export function sampleAccount(spId: string, changed: Partial<Account> = {}): Account {
  return { spId, name: `name of ${spId}`, state: 'active', createdAt: START, ...changed };
}

export function sampleApp(appKey: string, changed: Partial<App> = {}): App {
  return {
    appKey,
    spId: 'sp-1',
    name: `name of ${appKey}`,
    capability: 'callback',
    appSecret: `secret of ${appKey}`,
    state: 'active',
    recording: false,
    pushSignature: 'newline',
    ports: 10,
    allowedAddresses: [],
    sandbox: false,
    createdAt: START,
    ...changed,
  };
}

export function sampleNumber(
  number: string,
  appKey: string,
  changed: Partial<DisplayNumber> = {},
): DisplayNumber {
  return { number, appKey, kind: 'display', state: 'in-use', createdAt: START, ...changed };
}

/** Of two legs: a second of audio and one in part, and the smallest and the largest numbers. */
export const sampleQuality: readonly LegQuality[] = [
  {
    party: 'A',
    from: START,
    secondsPerRow: 1,
    milliseconds: 1_400,
    rows: Uint16Array.from(
      [
        [50, 50, 2, 1, 15, 20, 421, 1, 3, 20, 34],
        [20, 20, 0, 0, 12, UNKNOWN, 438, 1, UNKNOWN, UNKNOWN, UNKNOWN],
      ].flat(),
    ),
  },
  {
    party: 'B',
    from: START + 250,
    secondsPerRow: 8,
    milliseconds: 2_000,
    rows: Uint16Array.of(0, 65_535, 0, 256, 255, UNKNOWN, UNKNOWN, 1, UNKNOWN, UNKNOWN, UNKNOWN),
  },
];
