/** Finds a known sound in what was heard, by its shape and not by its length. */

/** Samples compared at a time: 125 ms. */
const PIECE = 1_000;

/** Likeness from which on a piece counts as found: the same sound through G.711, and nothing else. */
const ALIKE = 0.9;

/** Samples by which neighbours may be further apart or nearer than in the source: a packet lost or played late. */
const SLACK = 400;

/** Cosine of the angle between two pieces of sound, -1 to 1; 0 where either is silent. */
function likeness(heard: Int16Array, at: number, piece: Int16Array): number {
  let [product, own, other] = [0, 0, 0];
  for (let index = 0; index < piece.length; index += 1) {
    const [a, b] = [heard[at + index]!, piece[index]!];
    product += a * b;
    own += a * a;
    other += b * b;
  }
  return own === 0 || other === 0 ? 0 : product / Math.sqrt(own * other);
}

function bestPlace(heard: Int16Array, piece: Int16Array, from: number, to: number) {
  let best = { at: from, likeness: 0 };
  for (let at = Math.max(0, from); at <= Math.min(to, heard.length - piece.length); at += 1) {
    const like = likeness(heard, at, piece);
    if (like > best.likeness) best = { at, likeness: like };
  }
  return best;
}

/**
 * The share of `source` that is in `heard`, 0 to 1: each piece of it that sounds, in the order and at the distance of
 * the source.
 *
 * @param source 16-bit samples at 8000 Hz, as `heard`
 * @returns with the sample of `heard` at which it begins
 */
export function findSound(heard: Int16Array, source: Int16Array): { share: number; at: number } {
  const pieces = Array.from({ length: Math.floor(source.length / PIECE) }, (_, index) => ({
    offset: index * PIECE,
    samples: source.subarray(index * PIECE, (index + 1) * PIECE),
  })).filter(({ samples }) => samples.some((sample) => Math.abs(sample) > 1_000));
  const [first] = pieces;
  if (first === undefined) return { share: 0, at: 0 };
  const anchor = bestPlace(heard, first.samples, 0, heard.length);
  const at = anchor.at - first.offset;
  const found = pieces.filter(({ offset, samples }) => {
    const place = bestPlace(heard, samples, at + offset - SLACK, at + offset + SLACK);
    return place.likeness > ALIKE;
  });
  return { share: found.length / pieces.length, at };
}
