/** Time-based one-time codes (RFC 6238) as the usual applications make them: SHA-1, six digits, 30 seconds. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RandomIntegers } from './random-source.ts';

/** RFC 4648 section 6. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** 160 bits, as RFC 4226 section 4 recommends. */
const SECRET_LENGTH = 32;

const STEP = 30_000;
const DIGITS = 6;

/** Steps that a clock may be off, each way (RFC 6238 section 5.2). */
const TOLERANCE = 1;

/** A secret in base32. */
export function newTotpSecret(random: RandomIntegers): string {
  return Array.from({ length: SECRET_LENGTH }, () => BASE32.charAt(random.integer(BASE32.length))).join('');
}

function octetsOf(secret: string): Buffer {
  const bits = [...secret].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g)?.map((octet) => Number.parseInt(octet, 2)) ?? []);
}

/** The code of a time step (RFC 4226 section 5.3). */
export function totpCode(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', octetsOf(secret)).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 0xf;
  const number = digest.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0');
}

export const totpStep = (now: number): number => Math.floor(now / STEP);

/**
 * The step whose code this is; undefined when it is wrong, too old or was used already.
 * @param lastStep of the latest code that was taken
 */
export function matchingStep(
  secret: string,
  code: string,
  at: { readonly now: number; readonly lastStep?: number },
): number | undefined {
  const given = Buffer.from(code);
  const current = totpStep(at.now);
  for (let step = current - TOLERANCE; step <= current + TOLERANCE; step += 1) {
    const expected = Buffer.from(totpCode(secret, step));
    const same = given.length === expected.length && timingSafeEqual(given, expected);
    if (same && step > (at.lastStep ?? 0)) return step;
  }
  return undefined;
}

/** What applications read from a QR code. */
export function totpAddress(
  secret: string,
  { spId, name }: { readonly spId: string; readonly name: string },
): string {
  const label = encodeURIComponent(`OpenVoiceCall:${name}@${spId}`);
  return `otpauth://totp/${label}?secret=${secret}&issuer=OpenVoiceCall`;
}
