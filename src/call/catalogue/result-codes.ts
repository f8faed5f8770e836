/**
 * What the API answers: every documented `resultcode` with its HTTP status and text (spec 09, docs/codes/result-codes.md).
 * Codes and texts stand nowhere else; callers name the code by its key.
 */
export interface ResultCode {
  readonly http: 200 | 400 | 403 | 409 | 422 | 500;
  readonly code: string;
  /** Sent as `resultdesc`. */
  readonly description: string;
}

const row = (http: ResultCode['http'], code: string, description: string): ResultCode => ({
  http,
  code,
  description,
});

export const resultCodes = {
  success: row(200, '0', 'Success'),
  authenticationFailed: row(400, '1023006', 'Authorization not contained in the HTTP header.'),
  realmMissing: row(400, '1023007', 'realm not contained in Authorization.'),
  profileMissing: row(400, '1023008', 'profile not contained in Authorization.'),
  realmWrong: row(400, '1023009', 'The value of realm in Authorization must be SDP.'),
  profileWrong: row(400, '1023010', 'The value of profile in Authorization must be UsernameToken.'),
  typeWrong: row(400, '1023011', 'The value of type in Authorization must be app_key.'),
  typeMissing: row(400, '1023012', 'type not contained in Authorization.'),
  xAkskMissing: row(400, '1023033', 'HTTP header not found X-AKSK field.'),
  usernameMissing: row(400, '1023034', 'UserName not contained in X-AKSK.'),
  nonceMissing: row(400, '1023035', 'Nonce not contained in X-AKSK.'),
  createdMissing: row(400, '1023036', 'Created not contained in X-AKSK.'),
  passwordDigestMissing: row(400, '1023037', 'PasswordDigest not contained in X-AKSK.'),
  usernameTokenMissing: row(400, '1023038', 'UsernameToken not contained in X-AKSK.'),
  createdOutsideWindow: row(400, '1010013', 'Time out limit.'),
  invalidRequest: row(403, '1010002', 'Invalid request.'),
  invalidAppKey: row(403, '1010003', 'Invalid app_key.'),
  invalidRestApi: row(403, '1010006', 'Invalid Rest API.'),
  accountNotActive: row(403, '1010007', 'The ativeState of User is not ACTIVATING.'),
  appKeyUnavailable: row(403, '1010008', 'The status of the app_key is unavailable.'),
  apiQuotaReached: row(403, '1010009', 'No more APIs can be invoked.'),
  platformFlowControl: row(403, '1010010', 'The flow control upper limit is reached on the platform.'),
  commercialAddressNotAllowed: row(403, '1010011', 'The app is not allowed to access a commercial address.'),
  appUnavailable: row(403, '1010021', 'Application unavailable.'),
  invalidDisplayNumber: row(403, '1010023', 'Invalid display number.'),
  invalidCallerNumber: row(403, '1010024', 'Invalid caller number.'),
  invalidCalleeNumber: row(403, '1010025', 'Invalid callee number.'),
  requesterFlowControl: row(403, '1011006', 'Under traffic control status'),
  serviceNumberNotBound: row(403, '1012001', 'The app_key and service number are not bound.'),
  templateNotApproved: row(403, '1012002', 'The template ID is not approved.'),
  templateMissing: row(403, '1012003', 'The template ID does not exist.'),
  templateParameterCount: row(403, '1012004', 'The template ID does not exist.'),
  recordMissing: row(403, '1012007', 'The record does not exist.'),
  recordingNotEnabled: row(403, '1012012', 'Application does not open recording function.'),
  accountCallLimit: row(403, '1013001', 'Calls exceed the SP limit.'),
  appCallLimit: row(403, '1013002', 'Calls exceed the APP limit.'),
  displayNumberCallLimit: row(403, '1013003', 'Calls exceed the display number limit.'),
  parameterError: row(403, '1020001', 'Parameter error.'),
  internalError: row(500, '1020002', 'Internal error.'),
  parameterSettingError: row(403, '1020003', 'Parameter error.'),
  appKeyInvalid: row(403, '1020150', 'The app_key is invalid.'),
  bindNumberInvalid: row(403, '1020151', 'The bindNum is invalid.'),
  invalidSessionId: row(403, '1020152', 'Invalid sessionId.'),
  portsExhausted: row(403, '1020165', 'The appkey call port of using exceeds the limited.'),
  addressNotInWhiteList: row(403, '1020166', 'The app client ip is not in ip white list.'),
  addressInRestrictedArea: row(
    403,
    '1020168',
    'The call is rejected because the login IP of the peer app is in restricted area.',
  ),
  addressBlocked: row(403, '1020176', 'Authentication failed, try again later'),
  internalSystemError: row(500, '1010001', 'Internal system error.'),
  /** Not in the service's tables: an app of one capability called another's API (docs/compatibility.md). */
  capabilityMismatch: row(403, '1010040', 'The app_key is not allowed to invoke the API.'),
  accessTokenInvalid: row(403, '1010004', 'Invalid access_token.'),
  accessTokenExpired: row(403, '1010005', 'The access_token has expired.'),
  wsseMissing: row(400, '1023013', 'WSSE not contained in Authorization.'),
  xWsseMissing: row(400, '1023026', 'X-WSSE not contained in the HTTP header.'),
  wsseUsernameMissing: row(400, '1023027', 'Username not contained in X-WSSE.'),
  wsseNonceMissing: row(400, '1023028', 'Nonce not contained in X-WSSE.'),
  wsseCreatedMissing: row(400, '1023029', 'Created not contained in X-WSSE.'),
  wssePasswordDigestMissing: row(400, '1023030', 'PasswordDigest not contained in X-WSSE.'),
  wsseCreatedFormat: row(400, '1023031', 'The format of Created in X-WSSE is incorrect.'),
} as const satisfies Record<string, ResultCode>;

/** 1010002 names the parameter it is about (spec 09, rules). */
export function invalidRequest(parameter: string): ResultCode {
  const { http, code, description } = resultCodes.invalidRequest;
  return { http, code, description: `${description} ${parameter}` };
}

/** The same `Idempotency-Key` on another request (docs/compatibility.md). */
export const requestKeyReused: ResultCode = { ...invalidRequest('Idempotency-Key'), http: 422 };

/** The same request once more while the first one is not answered yet. */
export const requestInProgress: ResultCode = { ...resultCodes.requesterFlowControl, http: 409 };
