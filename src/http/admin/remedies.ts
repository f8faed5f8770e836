import { resultCodes } from '../../call/catalogue/result-codes.ts';

const remedies: ReadonlyMap<string, string> = new Map([
  [resultCodes.invalidRequest.code, 'Correct the parameter that the message names.'],
  [
    resultCodes.accountNotActive.code,
    'The account is frozen or closed; the operator activates a frozen one: openvoicecall account activate ID.',
  ],
  [resultCodes.appKeyUnavailable.code, 'Activate the app: openvoicecall app resume KEY.'],
  [
    resultCodes.commercialAddressNotAllowed.code,
    'Sandbox apps call only in the sandbox; create an app: openvoicecall app create.',
  ],
  [
    resultCodes.invalidDisplayNumber.code,
    'Show a number of this app; openvoicecall number list has them, number add NUMBER --app KEY adds one.',
  ],
  [
    resultCodes.invalidCallerNumber.code,
    'Write the caller in global format, for example +8613500000001; numbers that --uncallable-prefixes and its companions name are not called.',
  ],
  [
    resultCodes.invalidCalleeNumber.code,
    'Write the callee in global format, for example +8613500000002; numbers that --uncallable-prefixes and its companions name are not called.',
  ],
  [resultCodes.recordingNotEnabled.code, 'Enable recording: openvoicecall app update KEY --recording.'],
  [
    resultCodes.serviceNumberNotBound.code,
    'Give a service number of this app; this one is another application’s.',
  ],
  [
    resultCodes.bindNumberInvalid.code,
    'Give a service number of this app: number add NUMBER --app KEY --service.',
  ],
  [
    resultCodes.capabilityMismatch.code,
    'Use an app of the capability that the call needs: openvoicecall app create --capability WHAT.',
  ],
  [
    resultCodes.templateMissing.code,
    'openvoicecall template list shows the templates there are; template show ID has the content of one.',
  ],
  [
    resultCodes.templateParameterCount.code,
    'Give one value for each variable of the template, in order; openvoicecall template show ID has its content.',
  ],
  [
    resultCodes.templateNotApproved.code,
    'Approve it: openvoicecall template approve ID; once there have been several revisions, name it with --revision N.',
  ],
  [
    resultCodes.portsExhausted.code,
    'Wait for a call to end, or allow more: openvoicecall app update KEY --ports N.',
  ],
  [
    resultCodes.platformFlowControl.code,
    'The platform is stopping or busy, or a limit of it is reached (limit list); try again in a minute.',
  ],
  ...[
    resultCodes.requesterFlowControl,
    resultCodes.accountCallLimit,
    resultCodes.appCallLimit,
    resultCodes.displayNumberCallLimit,
  ].map(
    ({ code }) =>
      [code, 'openvoicecall calls refused says why; limit list and guard list show what is set.'] as const,
  ),
  [
    resultCodes.internalSystemError.code,
    'The log on standard error says what failed; /readyz says what is not ready.',
  ],
]);

/** What an operator does about a result code. */
export function remedyOf(code: string): string | undefined {
  return remedies.get(code);
}
