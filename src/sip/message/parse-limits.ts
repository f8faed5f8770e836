/**
 * How much a stranger may make this stack read. One immutable record; sizes in bytes for the whole message and in
 * characters of decoded text for a line.
 */
export interface ParseLimits {
  /** Start line, headers and body together. A UDP datagram cannot be larger than the default. */
  readonly messageSize: number;
  /** Header lines after unfolding. */
  readonly headerCount: number;
  /** The start line, or one header line with its continuations. */
  readonly lineLength: number;
  /** Elements of one line of a list header, counted by its commas. */
  readonly listElements: number;
  /** Via elements: one per hop, and Max-Forwards starts at 70 (RFC 3261 section 8.1.1.6). */
  readonly viaCount: number;
}

export const defaultParseLimits: ParseLimits = Object.freeze({
  messageSize: 65_536,
  headerCount: 256,
  lineLength: 8_192,
  listElements: 128,
  viaCount: 70,
});
