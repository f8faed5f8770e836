/**
 * - `empty`: no octets at all.
 * - `too-large`: more octets than an upload may have.
 * - `too-long`: sounds longer than a voice file may, or decodes to more than that.
 * - `unsupported`: not a file of a kind, codec or shape that is accepted.
 * - `truncated`: the end is missing.
 * - `damaged`: what is inside contradicts itself.
 * - `too-costly`: could not be converted in the time and memory allowed.
 */
export type VoiceFileRefusalReason =
  | 'empty'
  | 'too-large'
  | 'too-long'
  | 'unsupported'
  | 'truncated'
  | 'damaged'
  | 'too-costly';

/** An upload that cannot become a voice file: says what was found and what is accepted. */
export class VoiceFileRefusal extends Error {
  readonly reason: VoiceFileRefusalReason;
  readonly found: string;
  readonly accepted: string;

  constructor(reason: VoiceFileRefusalReason, found: string, accepted: string) {
    super(`The file is ${found}.`);
    this.name = 'VoiceFileRefusal';
    this.reason = reason;
    this.found = found;
    this.accepted = accepted;
  }
}
