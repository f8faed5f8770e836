import { type CallRecord, firstLegOf, type LegRecord } from './call-record.ts';
import { utcTimestamp } from './timestamp.ts';

/** One element of `feeLst` (spec 08). Optional members are left out where they did not happen or do not apply. */
export interface FeeInfo {
  direction: 0;
  spId: string;
  appKey: string;
  icid: string;
  bindNum: string;
  sessionId: string;
  callerNum: string;
  calleeNum: string;
  fwdDisplayNum?: string;
  fwdDstNum?: string;
  fwdStartTime?: string;
  fwdAlertingTime?: string;
  fwdAnswerTime?: string;
  callEndTime: string;
  fwdUnaswRsn: number;
  failTime?: string;
  ulFailReason: number;
  sipStatusCode: number;
  callOutStartTime?: string;
  callOutAlertingTime?: string;
  callOutAnswerTime?: string;
  callOutUnaswRsn: number;
  dynIVRStartTime?: string;
  dynIVRPath?: string;
  recordFlag: 0 | 1;
  recordStartTime?: string;
  recordObjectName?: string;
  recordBucketName?: string;
  recordDomain?: string;
  ttsPlayTimes: number;
  ttsTransDuration: number;
  serviceType: '001' | '002';
  hostName: string;
  userData?: string;
}

/** The call record, written once when the call ends; pushed to `url` when there is one. */
export interface CallDetailRecord {
  readonly sessionId: string;
  readonly appKey: string;
  readonly icid: string;
  readonly endedAt: number;
  readonly url?: string;
  readonly fee: FeeInfo;
}

const timeOf = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : utcTimestamp(at);

/** Builds the record of an ended call. `hostName` is the platform's name as in the session id. */
export function callDetailRecord(call: CallRecord, hostName: string): CallDetailRecord {
  const endedAt = call.endedAt ?? call.acceptedAt;
  const { order, played, recording } = call;
  const dialled = firstLegOf(order);
  const isCallback = order.capability === 'callback';
  const first: LegRecord | undefined = call.legs.find((leg) => leg.party === 'A');
  const second: LegRecord | undefined = call.legs.find((leg) => leg.party === 'B');
  const failed = [second, first].find((leg) => leg?.failedAt !== undefined);
  const fee: FeeInfo = {
    direction: 0,
    spId: call.owner.spId,
    appKey: call.owner.appKey,
    icid: call.icid,
    bindNum: order.bindNbr ?? first?.display ?? order.displayNbr,
    sessionId: call.sessionId,
    callerNum: first?.display ?? dialled.display,
    calleeNum: dialled.to,
    fwdDisplayNum: isCallback ? (second?.display ?? order.displayCalleeNbr) : undefined,
    fwdDstNum: isCallback ? order.calleeNbr : undefined,
    fwdStartTime: timeOf(second?.startedAt),
    fwdAlertingTime: timeOf(second?.alertingAt),
    fwdAnswerTime: timeOf(second?.answeredAt),
    callEndTime: utcTimestamp(endedAt),
    fwdUnaswRsn: second?.q850 ?? 0,
    failTime: timeOf(failed?.failedAt),
    ulFailReason: call.verdict.teardownPoint,
    sipStatusCode: failed?.sipStatus ?? 0,
    callOutStartTime: timeOf(first?.startedAt),
    callOutAlertingTime: timeOf(first?.alertingAt),
    callOutAnswerTime: timeOf(first?.answeredAt),
    callOutUnaswRsn: first?.q850 ?? 0,
    dynIVRStartTime: timeOf(played?.gatherStartedAt),
    dynIVRPath: played && played.collected.length > 0 ? played.collected.join('-') : undefined,
    recordFlag: recording ? 1 : 0,
    recordStartTime: timeOf(recording?.startedAt),
    recordObjectName: recording?.objectName,
    recordBucketName: recording?.bucketName,
    recordDomain: recording?.domain,
    ttsPlayTimes: played?.ttsPlayTimes ?? 0,
    ttsTransDuration: Math.round((played?.ttsMilliseconds ?? 0) / 1_000),
    serviceType: isCallback ? '002' : '001',
    hostName,
    userData: call.userData,
  };
  return {
    sessionId: call.sessionId,
    appKey: call.owner.appKey,
    icid: call.icid,
    endedAt,
    url: call.feeUrl,
    fee,
  };
}
