/**
 * Release causes: `stateCode` and `stateDesc` of a disconnect (spec 10 table A, docs/codes/release-causes.md). The service
 * publishes one English text (code 0); the others are ours, one stable sentence each, at most 128 characters.
 */
interface ReleaseCause {
  readonly code: number;
  readonly description: string;
}

const row = (code: number, description: string): ReleaseCause => ({ code, description });

export const releaseCauses = {
  normal: row(0, 'The user releases the call.'),
  accountRateControl: row(7001, 'The call frequency of the developer account is limited.'),
  appRateControl: row(7002, 'The call frequency of the application is limited.'),
  displayNumberRateControl: row(7003, 'The call frequency of the display number is limited.'),
  calleeBlacklisted: row(7004, 'The callee is in the blacklist.'),
  accountFrozen: row(7108, 'The account is frozen.'),
  portsExhausted: row(7109, 'The voice ports are insufficient.'),
  internalError: row(8000, 'Internal error.'),
  notConnected: row(8001, 'The user is not connected.'),
  failureAnnouncement: row(
    8002,
    'The peer end plays a failure announcement when the user is being connected.',
  ),
  ringingTimedOut: row(8003, 'The ringing of the user times out.'),
  hungUpWhileRinging: row(8004, 'The user releases the call when it is ringing.'),
  speechFailed: row(8005, 'The text cannot be converted to speech.'),
  voiceFileMissing: row(8006, 'The voice file does not exist.'),
  playbackFailed: row(8007, 'The voice file cannot be played to the user.'),
  nothingCollected: row(8008, 'No digit is collected after the voice is played to the user.'),
  callerHungUpBeforeConnect: row(8009, 'The caller releases the call before it is connected.'),
  maxDurationExceeded: row(8010, 'The call is released because its maximum duration is exceeded.'),
  invalidAppKey: row(8012, 'The app_key is invalid.'),
  recordingFailed: row(8015, 'The call cannot be recorded.'),
  releasedOnRequest: row(8017, 'The call is released by instruction of the application.'),
  notPermitted: row(8018, 'The service is not permitted.'),
  serviceAbnormal: row(8020, 'The service is abnormal.'),
  calleeUnallocated: row(8100, 'The callee number does not exist.'),
  calleeNoAnswer: row(8101, 'The callee does not answer.'),
  calleeBusy: row(8102, 'The callee is busy.'),
  calleeUnreachable: row(8103, 'The callee is temporarily unreachable.'),
  calleePoweredOff: row(8104, 'The callee is powered off.'),
  calleeHungUp: row(8105, 'The callee releases the call or its service is suspended.'),
  // 8106-8111 stand only in table C; a failed first leg of a callback carries them in both (docs/compatibility.md).
  callerUnallocated: row(8106, 'The caller number does not exist.'),
  callerNoAnswer: row(8107, 'The caller does not answer.'),
  callerBusy: row(8108, 'The caller is busy.'),
  callerUnreachable: row(8109, 'The caller is temporarily unreachable.'),
  callerPoweredOff: row(8110, 'The caller is powered off.'),
  callerHungUp: row(8111, 'The caller releases the call or its service is suspended.'),
} as const satisfies Record<string, ReleaseCause>;

const byCode: ReadonlyMap<number, string> = new Map(
  Object.values(releaseCauses).map(({ code, description }) => [code, description]),
);

/** The text for `stateDesc`. Every code that a verdict can carry is in the catalogue. */
export function releaseCauseDescription(code: number): string {
  const description = byCode.get(code);
  if (description === undefined) throw new RangeError(`release cause ${code} is not in the catalogue`);
  return description;
}
