import { describe, expect, it } from 'vitest';
import { formatAuthHeader, parseAuthHeader } from './auth-header.ts';
import { SipParseError } from './sip-parse-error.ts';

describe('an authentication header', () => {
  it('is read with commas and escapes within quotes, and any spacing', () => {
    const { scheme, parameters } = parseAuthHeader(
      'Digest  Realm = "a, \\"b\\"" ,nonce="n=1==", qop="auth,auth-int",stale=FALSE , opaque=""',
    );
    expect(scheme).toBe('Digest');
    expect(Object.fromEntries(parameters)).toEqual({
      realm: 'a, "b"',
      nonce: 'n=1==',
      qop: 'auth,auth-int',
      stale: 'FALSE',
      opaque: '',
    });
  });

  it('may be of any scheme', () => {
    expect(parseAuthHeader('NoOneKnowsThisScheme opaque-data=here').parameters.get('opaque-data')).toBe(
      'here',
    );
    expect(parseAuthHeader('Bearer')).toEqual({ scheme: 'Bearer', parameters: new Map() });
  });

  it('quotes by its use', () => {
    const challenge = 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256, stale=true';
    const credentials = 'Digest username="u", uri="sip:x", qop=auth, nc=00000001, algorithm=SHA-256';
    expect(formatAuthHeader(parseAuthHeader(challenge), 'challenge')).toBe(challenge);
    expect(formatAuthHeader(parseAuthHeader(credentials), 'credentials')).toBe(credentials);
  });

  it.each([
    '',
    'Digest realm',
    'Digest realm=',
    'Digest ="x"',
    'Digest realm="x',
    'Digest realm="x"y',
    'Digest realm=x y',
    'Digest realm="x",, nonce="y"',
    'Digest realm="x", REALM="y"',
    'Dig@st realm="x"',
  ])('is refused as %j', (text) => {
    expect(() => parseAuthHeader(text)).toThrow(SipParseError);
  });
});
