import { describe, expect, it } from 'vitest';
import { matchingStep, newTotpSecret, totpAddress, totpCode, totpStep } from './totp.ts';

/** "12345678901234567890" in base32, the secret of RFC 6238 appendix B. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

describe('time-based one-time codes', () => {
  // RFC 6238 appendix B, its last six digits.
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('at %d s are %s', (seconds, code) => {
    expect(totpCode(SECRET, totpStep(seconds * 1_000))).toBe(code);
  });

  it('are taken a step early or late, no more, and once', () => {
    const now = 1_234_567_890_000;
    const step = totpStep(now);
    for (const off of [-1, 0, 1])
      expect(matchingStep(SECRET, totpCode(SECRET, step + off), { now })).toBe(step + off);
    for (const off of [-2, 2])
      expect(matchingStep(SECRET, totpCode(SECRET, step + off), { now })).toBeUndefined();
    expect(matchingStep(SECRET, totpCode(SECRET, step), { now, lastStep: step })).toBeUndefined();
    expect(matchingStep(SECRET, totpCode(SECRET, step + 1), { now, lastStep: step })).toBe(step + 1);
    for (const code of ['', '1', '0000000']) expect(matchingStep(SECRET, code, { now })).toBeUndefined();
  });

  it('have a secret of 160 bits, which an authenticator reads from an address', () => {
    const secret = newTotpSecret({ integer: (below) => below - 1 });
    expect(secret).toBe('7'.repeat(32));
    expect(totpAddress(secret, { spId: 'sp', name: 'mei' })).toBe(
      `otpauth://totp/OpenVoiceCall%3Amei%40sp?secret=${secret}&issuer=OpenVoiceCall`,
    );
  });
});
