/** The media of a call's legs as the database keeps them. */
import type { LegQuality } from '../call/leg-quality.ts';

export function writeQuality(legs: readonly LegQuality[]): string {
  return JSON.stringify(
    legs.map(({ rows, ...rest }) => ({ ...rest, rows: Buffer.from(octetsOf(rows)).toString('base64') })),
  );
}

/** Little-endian, whatever the machine. */
function octetsOf(rows: Uint16Array): Uint8Array {
  const octets = new Uint8Array(2 * rows.length);
  const view = new DataView(octets.buffer);
  rows.forEach((value, index) => view.setUint16(2 * index, value, true));
  return octets;
}

/** @throws SyntaxError for what `writeQuality` did not write */
export function readQuality(text: string): LegQuality[] {
  const legs = JSON.parse(text) as (Omit<LegQuality, 'rows'> & { rows: string })[];
  return legs.map(({ rows, ...rest }) => {
    const octets = Buffer.from(rows, 'base64');
    const numbers = new Uint16Array(octets.length >> 1);
    for (let index = 0; index < numbers.length; index++) numbers[index] = octets.readUInt16LE(2 * index);
    return { ...rest, rows: numbers };
  });
}
