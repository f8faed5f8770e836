/** Serial number arithmetic (RFC 1982) for the counters of RTP, which wrap around. */

/** How far `a` is ahead of `b` modulo 2^16: -32768 to 32767. */
export function sequenceDistance(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}

/** How far `a` is ahead of `b` modulo 2^32: -2147483648 to 2147483647. */
export function timestampDistance(a: number, b: number): number {
  return (a - b) | 0;
}
