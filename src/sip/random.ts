/** Where tags, branches, Call-IDs and cnonces come from. Injected: unpredictable in production, seeded in tests. */
export interface RandomSource {
  /** `count` fresh random bytes. */
  bytes(count: number): Uint8Array;
}

/**
 * A fresh lower-case hex token for a tag, branch, Call-ID or cnonce.
 * RFC 3261 section 19.3 asks for at least 32 random bits in a tag; the default gives 80.
 */
export function randomToken(random: RandomSource, byteCount = 10): string {
  let text = '';
  for (const byte of random.bytes(byteCount)) text += byte.toString(16).padStart(2, '0');
  return text;
}
