import { type ResultCode, resultCodes } from '../../call/catalogue/result-codes.ts';
import { Refused } from './refused.ts';

/** What the X-AKSK header says (spec 01 section 1), as it stands there. */
export interface UsernameToken {
  readonly username: string;
  readonly nonce: string;
  readonly created: string;
  readonly passwordDigest: string;
}

/** `name="value"` pairs after the scheme word, by lower-case name; the first of two wins. */
function attributesOf(value: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = '', text = ''] of value.matchAll(/\b([A-Za-z]+)\s*=\s*"([^"]*)"/g)) {
    const key = name.toLowerCase();
    if (!attributes.has(key)) attributes.set(key, text);
  }
  return attributes;
}

const refuseIf = (condition: boolean, code: ResultCode): void => {
  if (condition) throw new Refused(code);
};

/** As the service documents it, and so as nearly every program sends it. */
const AUTHORIZATION = 'AKSK realm="SDP",profile="UsernameToken",type="Appkey"';

/**
 * Checks the constant `Authorization` header, in the order of the service's table.
 * @throws {Refused} 1023006-1023012
 */
export function checkAuthorization(header: string | undefined): void {
  if (header === AUTHORIZATION) return;
  if (header === undefined || !/^AKSK(\s|$)/i.test(header))
    throw new Refused(resultCodes.authenticationFailed);
  const attributes = attributesOf(header);
  const realm = attributes.get('realm');
  const profile = attributes.get('profile');
  const type = attributes.get('type');
  refuseIf(realm === undefined, resultCodes.realmMissing);
  refuseIf(profile === undefined, resultCodes.profileMissing);
  refuseIf(realm !== 'SDP', resultCodes.realmWrong);
  refuseIf(profile !== 'UsernameToken', resultCodes.profileWrong);
  refuseIf(type !== undefined && type !== 'Appkey', resultCodes.typeWrong);
  refuseIf(type === undefined, resultCodes.typeMissing);
}

/**
 * Reads `X-AKSK`. An empty attribute counts as missing.
 * @throws {Refused} 1023033-1023038
 */
export function parseUsernameToken(header: string | undefined): UsernameToken {
  if (header === undefined) throw new Refused(resultCodes.xAkskMissing);
  const attributes = attributesOf(header);
  const attribute = (name: string, missing: ResultCode): string => {
    const value = attributes.get(name);
    if (!value) throw new Refused(missing);
    return value;
  };
  const token = {
    username: attribute('username', resultCodes.usernameMissing),
    nonce: attribute('nonce', resultCodes.nonceMissing),
    created: attribute('created', resultCodes.createdMissing),
    passwordDigest: attribute('passworddigest', resultCodes.passwordDigestMissing),
  };
  refuseIf(!/^\s*UsernameToken\s/i.test(header), resultCodes.usernameTokenMissing);
  return token;
}
