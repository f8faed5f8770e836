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

/** The header that carries the token, and what is answered where a part of it is missing. */
interface TokenHeader {
  readonly scheme: 'AKSK' | 'WSSE';
  readonly header: ResultCode;
  readonly username: ResultCode;
  readonly nonce: ResultCode;
  readonly created: ResultCode;
  readonly passwordDigest: ResultCode;
}

export const xAksk: TokenHeader = {
  scheme: 'AKSK',
  header: resultCodes.xAkskMissing,
  username: resultCodes.usernameMissing,
  nonce: resultCodes.nonceMissing,
  created: resultCodes.createdMissing,
  passwordDigest: resultCodes.passwordDigestMissing,
};

/** The scheme before AKSK (spec 01 section 5). */
export const xWsse: TokenHeader = {
  scheme: 'WSSE',
  header: resultCodes.xWsseMissing,
  username: resultCodes.wsseUsernameMissing,
  nonce: resultCodes.wsseNonceMissing,
  created: resultCodes.wsseCreatedMissing,
  passwordDigest: resultCodes.wssePasswordDigestMissing,
};

/** As the service documents it, and so as nearly every program sends it. */
const AUTHORIZATION = 'AKSK realm="SDP",profile="UsernameToken",type="Appkey"';

/** Whether `Authorization` begins with the word. */
export function isOfScheme(header: string | undefined, scheme: TokenHeader['scheme']): header is string {
  return header !== undefined && header.split(/\s/, 1)[0]?.toUpperCase() === scheme;
}

/**
 * Checks the constant `Authorization` header, in the order of the service's table.
 * @throws {Refused} 1023006-1023012
 */
export function checkAuthorization(header: string | undefined, scheme: TokenHeader['scheme']): void {
  if (scheme === 'AKSK' && header === AUTHORIZATION) return;
  if (!isOfScheme(header, scheme)) throw new Refused(resultCodes.authenticationFailed);
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
 * Reads `X-AKSK` or `X-WSSE`. An empty attribute counts as missing.
 * @throws {Refused} 1023033-1023038, or 1023026-1023030
 */
export function parseUsernameToken(header: string | undefined, missing: TokenHeader): UsernameToken {
  if (header === undefined) throw new Refused(missing.header);
  const attributes = attributesOf(header);
  const attribute = (name: string, code: ResultCode): string => {
    const value = attributes.get(name);
    if (!value) throw new Refused(code);
    return value;
  };
  const token = {
    username: attribute('username', missing.username),
    nonce: attribute('nonce', missing.nonce),
    created: attribute('created', missing.created),
    passwordDigest: attribute('passworddigest', missing.passwordDigest),
  };
  const isToken = missing.scheme === 'WSSE' || /^\s*UsernameToken\s/i.test(header);
  refuseIf(!isToken, resultCodes.usernameTokenMissing);
  return token;
}
