/** The tones of the sixteen keys (ITU-T Q.23). */
import { tone } from './tone.ts';

/** A key of a telephone: one of `0123456789*#ABCD`. */
export type DtmfKey = string;

/** Hz of the low group, from the top row of the keypad to the bottom one. */
export const dtmfRows: readonly number[] = [697, 770, 852, 941];
/** Hz of the high group, from the left column to the right one. */
export const dtmfColumns: readonly number[] = [1209, 1336, 1477, 1633];

/** The keypad row by row. */
const KEYPAD = '123A456B789C*0#D';

/** @param row, column 0-3 */
export function dtmfKeyAt(row: number, column: number): DtmfKey {
  return KEYPAD[row * dtmfColumns.length + column]!;
}

/**
 * @returns Hz of the key's two tones, the low one first
 * @throws RangeError for what is no key
 */
export function dtmfFrequencies(key: DtmfKey): readonly [number, number] {
  const at = key.length === 1 ? KEYPAD.indexOf(key) : -1;
  if (at < 0) throw new RangeError('a key is one of 0-9, *, #, A-D');
  return [dtmfRows[at >> 2]!, dtmfColumns[at & 3]!];
}

/**
 * A key as it sounds, as 16-bit samples at 8000 Hz.
 *
 * @param milliseconds at least 40, for all exchanges to recognise it (ITU-T Q.24)
 * @param dbfs of each of its two tones
 */
export function dtmfTone(key: DtmfKey, milliseconds = 100, dbfs = -13): Int16Array {
  return tone(dtmfFrequencies(key), milliseconds, dbfs);
}
