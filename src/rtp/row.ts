/**
 * Where an object that is met once a packet keeps its numbers. V8 gives every field of an object that holds a fraction, or more
 * than 31 bits, a cell of its own on the heap; of a thousand streams that is a cache line each, fetched anew for every
 * packet. Side by side in one typed array the numbers of a stream lie in a few lines that follow each other.
 */
export interface Row {
  readonly numbers: Float64Array;
  /** Index of the first of them. */
  readonly at: number;
}

/** For an object that stands alone. */
export function loneRow(length: number): Row {
  return { numbers: new Float64Array(length), at: 0 };
}

/** The part of a row from `offset` on. */
export function partOf({ numbers, at }: Row, offset: number): Row {
  return { numbers, at: at + offset };
}
