/** Rows that one statement takes at most. */
const LARGEST_STATEMENT = 128;

/** Few lengths make few statements, which stay prepared: powers of two. */
export function inPieces<T>(all: readonly T[]): T[][] {
  const pieces: T[][] = [];
  for (let from = 0; from < all.length; ) {
    const left = Math.min(all.length - from, LARGEST_STATEMENT);
    const length = 2 ** Math.floor(Math.log2(left));
    pieces.push(all.slice(from, from + length));
    from += length;
  }
  return pieces;
}
