/**
 * Why a call ended, in the three vocabularies of spec 10, decided in one place: the release cause (`stateCode`), the
 * teardown point (`ulFailReason`), and what the leg itself reports (`sipStatusCode`, Q.850).
 */
import type { Party, Verdict } from './call-record.ts';
import { q850 } from './catalogue/q850-causes.ts';
import { releaseCauses } from './catalogue/release-causes.ts';
import { teardown } from './catalogue/teardown-points.ts';
import type { LegEnd } from './ports.ts';

/** A verdict on the call and what its failed leg carries in the CDR. */
export interface LegFailure {
  readonly verdict: Verdict;
  /** 300-699; absent when no INVITE was sent. */
  readonly sipStatus?: number;
  /** 1-127: the far end's, else derived from the SIP status (RFC 3398 section 8.2.6.1). */
  readonly q850: number;
}

type Recognised = 'unallocated' | 'noAnswer' | 'busy' | 'unreachable' | 'poweredOff' | 'declined';

interface Rule {
  readonly recognised: Recognised;
  readonly q850: readonly number[];
  readonly sip: readonly number[];
}

/**
 * The one table from outcomes to causes. A far end's Q.850 cause is looked up first because it is closer to the phone
 * than the SIP status that a gateway made of it; 480 means "no answer" after ringing and "unreachable" before.
 */
const rules: readonly Rule[] = [
  {
    recognised: 'unallocated',
    q850: [q850.unallocatedNumber, q850.numberChanged, q850.invalidNumberFormat],
    sip: [404, 410, 484, 485, 604],
  },
  { recognised: 'noAnswer', q850: [q850.noUserResponding, q850.noAnswer], sip: [408] },
  { recognised: 'busy', q850: [q850.userBusy], sip: [486, 600] },
  { recognised: 'unreachable', q850: [q850.noRouteToDestination, q850.destinationOutOfOrder], sip: [480] },
  { recognised: 'poweredOff', q850: [q850.subscriberAbsent], sip: [] },
  { recognised: 'declined', q850: [q850.callRejected], sip: [603] },
];

/** The 81xx block: for the user who is called, and for the caller whom a callback dials first (spec 10 C notes). */
const recognisedCauses: Record<Recognised, { readonly callee: number; readonly caller: number }> = {
  unallocated: { callee: releaseCauses.calleeUnallocated.code, caller: releaseCauses.callerUnallocated.code },
  noAnswer: { callee: releaseCauses.calleeNoAnswer.code, caller: releaseCauses.callerNoAnswer.code },
  busy: { callee: releaseCauses.calleeBusy.code, caller: releaseCauses.callerBusy.code },
  unreachable: { callee: releaseCauses.calleeUnreachable.code, caller: releaseCauses.callerUnreachable.code },
  poweredOff: { callee: releaseCauses.calleePoweredOff.code, caller: releaseCauses.callerPoweredOff.code },
  declined: { callee: releaseCauses.calleeHungUp.code, caller: releaseCauses.callerHungUp.code },
};

/** RFC 3398 section 8.2.6.1, extended to the statuses it leaves out. */
const q850BySipStatus: ReadonlyMap<number, number> = new Map([
  [400, q850.temporaryFailure],
  [401, q850.callRejected],
  [402, q850.callRejected],
  [403, q850.callRejected],
  [404, q850.unallocatedNumber],
  [405, 63],
  [406, q850.serviceNotImplemented],
  [407, q850.callRejected],
  [408, q850.recoveryOnTimerExpiry],
  [410, q850.numberChanged],
  [415, q850.serviceNotImplemented],
  [480, q850.noUserResponding],
  [481, q850.temporaryFailure],
  [482, 25],
  [483, 25],
  [484, q850.invalidNumberFormat],
  [485, q850.unallocatedNumber],
  [486, q850.userBusy],
  [487, q850.normalClearing],
  [488, q850.incompatibleDestination],
  [500, q850.temporaryFailure],
  [501, q850.serviceNotImplemented],
  [502, q850.networkOutOfOrder],
  [503, q850.temporaryFailure],
  [504, q850.recoveryOnTimerExpiry],
  [600, q850.userBusy],
  [603, q850.callRejected],
  [604, q850.unallocatedNumber],
  [606, q850.bearerNotAvailable],
]);

/** What the platform knows of a leg that was never answered. */
export interface FailedLeg {
  readonly party: Party;
  /** Who a failure of this leg is a failure of: the first leg of a callback is the caller's. */
  readonly user: 'caller' | 'callee';
  readonly rang: boolean;
  /** The far end played a failure announcement. */
  readonly announced: boolean;
}

const statusOf = (end: LegEnd & { kind: 'failed' }): number => {
  if (end.cause.sipStatus !== undefined) return end.cause.sipStatus;
  if (end.local === 'timeout') return 408;
  return end.local === 'media' ? 488 : 503;
};

function recognise(status: number, cause: number | undefined, rang: boolean): Recognised | undefined {
  const byCause = rules.find((rule) => cause !== undefined && rule.q850.includes(cause));
  if (byCause !== undefined) return byCause.recognised;
  if (status === 480 && rang) return 'noAnswer';
  return rules.find((rule) => rule.sip.includes(status))?.recognised;
}

/**
 * The teardown point of a failure that nothing recognised: "look at Q.850" where the far end gave a cause, else the SIP
 * status itself. The table has none below 400 (a redirection not followed), and 501-553 name other things in it, so such a
 * status is told by `sipStatusCode` alone.
 */
function unrecognisedPoint(leg: FailedLeg, status: number, farEndCause: number | undefined): number {
  const isInTable = status >= 400 && !(status >= 501 && status <= 553);
  if (farEndCause === undefined && isInTable) return status;
  if (leg.party === 'B') return teardown.remoteCallFailed;
  return leg.rang ? teardown.localCallFailedAfterRinging : teardown.localCallFailed;
}

/** No trunk takes the number: there is no way to it from here. */
function noRoute(user: FailedLeg['user']): LegFailure {
  const code = recognisedCauses.unreachable[user];
  const verdict: Verdict = { releaseCause: code, teardownPoint: code, releasedBy: 'platform' };
  return { verdict, q850: q850.noRouteToDestination };
}

/** The verdict on a call whose leg failed before the answer. */
export function legFailure(leg: FailedLeg, end: LegEnd & { kind: 'failed' }): LegFailure {
  if (end.local === 'no-port') return { verdict: verdicts.portsExhausted, q850: q850.resourceUnavailable };
  if (end.local === 'trunk-busy') return { verdict: verdicts.portsExhausted, q850: q850.noCircuitAvailable };
  if (end.local === 'no-route') return noRoute(leg.user);
  const status = statusOf(end);
  const farEndCause = end.cause.q850;
  const reported = {
    sipStatus: status,
    q850: farEndCause ?? q850BySipStatus.get(status) ?? q850.interworking,
  };
  const verdict = (
    releaseCause: number,
    teardownPoint: number,
    releasedBy: Verdict['releasedBy'] = 'platform',
  ): LegFailure => ({ verdict: { releaseCause, teardownPoint, releasedBy }, ...reported });

  if (end.local === 'timeout') return verdict(releaseCauses.notConnected.code, teardown.callTimedOut);
  const recognised = end.local === undefined ? recognise(status, farEndCause, leg.rang) : undefined;
  if (recognised !== undefined) {
    const declined = recognised === 'declined';
    const code =
      declined && leg.rang ? releaseCauses.hungUpWhileRinging.code : recognisedCauses[recognised][leg.user];
    return verdict(code, code, declined ? leg.user : 'platform');
  }
  const bucket = leg.announced ? releaseCauses.failureAnnouncement : releaseCauses.notConnected;
  return verdict(bucket.code, unrecognisedPoint(leg, status, farEndCause));
}

/**
 * Nobody answered in time, and the platform gave up; its CANCEL ends the INVITE with 487 (RFC 3261 section 9). What stands
 * behind it is told by how far the far end came: it rang, it announced a failure, or it never got as far as the phone.
 */
export function dialTimedOut({ rang, announced }: Pick<FailedLeg, 'rang' | 'announced'>): LegFailure {
  const because = (
    releaseCause: { readonly code: number },
    teardownPoint: number,
    cause: number,
  ): LegFailure => ({
    verdict: verdict(releaseCause, teardownPoint, 'platform'),
    sipStatus: 487,
    q850: cause,
  });
  if (announced)
    return because(releaseCauses.failureAnnouncement, teardown.callTimedOut, q850.noUserResponding);
  if (rang) return because(releaseCauses.ringingTimedOut, teardown.ringingTimedOut, q850.noAnswer);
  return because(releaseCauses.notConnected, teardown.callTimedOut, q850.noUserResponding);
}

const verdict = (
  releaseCause: { readonly code: number },
  teardownPoint: number,
  releasedBy: Verdict['releasedBy'],
): Verdict => ({
  releaseCause: releaseCause.code,
  teardownPoint,
  releasedBy,
});

/** Verdicts that no leg failure decides. */
export const verdicts = {
  /** What every call starts with. */
  internalError: verdict(releaseCauses.internalError, teardown.internalError, 'platform'),
  normal: (by: Verdict['releasedBy']): Verdict => verdict(releaseCauses.normal, teardown.normal, by),
  releasedOnRequest: verdict(releaseCauses.releasedOnRequest, teardown.releasedOnRequest, 'platform'),
  maxDurationExceeded: verdict(releaseCauses.maxDurationExceeded, teardown.maxDurationExceeded, 'platform'),
  /** A party vanished after its answer: session timer or silent media. */
  lost: verdict(releaseCauses.serviceAbnormal, teardown.callTimedOut, 'platform'),
  /** The operator ends the platform while the call runs: no fault of ours, and not the customer's wish. */
  platformStopped: verdict(releaseCauses.serviceAbnormal, teardown.serviceAbnormal, 'platform'),
  accountFrozen: verdict(releaseCauses.accountFrozen, releaseCauses.accountFrozen.code, 'platform'),
  /** By the time it is to dial, its app is suspended, or has no number that may be shown. */
  notPermitted: verdict(releaseCauses.notPermitted, releaseCauses.notPermitted.code, 'platform'),
  portsExhausted: verdict(releaseCauses.portsExhausted, teardown.portsExhausted, 'platform'),
  /** A call that waited for its turn longer than it was to wait, by whose limit held it back. */
  accountRateControlled: verdict(
    releaseCauses.accountRateControl,
    releaseCauses.accountRateControl.code,
    'platform',
  ),
  appRateControlled: verdict(releaseCauses.appRateControl, releaseCauses.appRateControl.code, 'platform'),
  displayNumberRateControlled: verdict(
    releaseCauses.displayNumberRateControl,
    releaseCauses.displayNumberRateControl.code,
    'platform',
  ),
  /** No code of its own: the bucket that names rate control (spec 10, 8001). */
  rateControlled: verdict(releaseCauses.notConnected, releaseCauses.notConnected.code, 'platform'),
  calleeBarred: verdict(releaseCauses.calleeBlacklisted, releaseCauses.calleeBlacklisted.code, 'platform'),
  /** Table A has no cause of a barred caller, table C has 7005. */
  callerBarred: verdict(releaseCauses.notPermitted, teardown.callerBlacklisted, 'platform'),
  speechFailed: verdict(releaseCauses.speechFailed, releaseCauses.speechFailed.code, 'platform'),
  voiceFileMissing: verdict(releaseCauses.voiceFileMissing, teardown.voiceFileMissing, 'platform'),
  nothingCollected: verdict(releaseCauses.nothingCollected, teardown.nothingCollected, 'platform'),
  recordingFailed: verdict(releaseCauses.recordingFailed, teardown.recordingStartFailed, 'platform'),
  callerHungUp: {
    beforeForward: verdict(
      releaseCauses.callerHungUpBeforeConnect,
      teardown.callerHungUpBeforeForward,
      'caller',
    ),
    beforeRinging: verdict(
      releaseCauses.callerHungUpBeforeConnect,
      teardown.localHungUpBeforeRemoteRang,
      'caller',
    ),
    whileRinging: verdict(
      releaseCauses.callerHungUpBeforeConnect,
      teardown.localHungUpWhileRemoteRang,
      'caller',
    ),
  },
} as const;
