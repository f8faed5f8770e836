/** Finds a known sound in what was heard, by its shape and not by its length. */

/** Samples compared at a time: 125 ms. */
const PIECE = 1_000;

/** Likeness from which on a piece counts as found: the same sound through G.711, and nothing else. */
const ALIKE = 0.85;

/** Samples by which a piece may be away from its place in the source: a busy machine plays late, and loses packets. */
const SLACK = 2_400;

/** One of so many samples is looked at to find the place; a sound is like itself there, too, and like nothing else. */
const STRIDE = 5;

/** Cosine of the angle between two pieces of sound, -1 to 1; 0 where either is silent. */
function likeness(heard: Int16Array, at: number, piece: Int16Array, stride = 1): number {
  let product = 0;
  let own = 0;
  let other = 0;
  for (let index = 0; index < piece.length; index += stride) {
    const a = heard[at + index]!;
    const b = piece[index]!;
    product += a * b;
    own += a * a;
    other += b * b;
  }
  return own === 0 || other === 0 ? 0 : product / Math.sqrt(own * other);
}

function bestPlace(heard: Int16Array, piece: Int16Array, from: number, to: number) {
  let best = { at: from, likeness: 0 };
  for (let at = Math.max(0, from); at <= Math.min(to, heard.length - piece.length); at += 1) {
    const like = likeness(heard, at, piece, STRIDE);
    if (like > best.likeness) best = { at, likeness: like };
  }
  return best.likeness === 0 ? best : { at: best.at, likeness: likeness(heard, best.at, piece) };
}

interface Piece {
  /** Where it begins in the source. */
  readonly offset: number;
  readonly samples: Int16Array;
}

/** The first piece that came through whole, and where. */
function firstFound(heard: Int16Array, pieces: readonly Piece[]): { at: number; offset: number } | undefined {
  for (const { offset, samples } of pieces) {
    const place = bestPlace(heard, samples, 0, heard.length);
    if (place.likeness > ALIKE) return { at: place.at, offset };
  }
  return undefined;
}

/**
 * The share of `source` that is in `heard`, 0 to 1: each piece of it that sounds, at its place in the source.
 *
 * @param source 16-bit samples at 8000 Hz, as `heard`
 * @returns with the sample of `heard` at which it begins
 */
export function findSound(heard: Int16Array, source: Int16Array): { share: number; at: number } {
  const pieces = Array.from({ length: Math.floor(source.length / PIECE) }, (_, index) => ({
    offset: index * PIECE,
    samples: source.subarray(index * PIECE, (index + 1) * PIECE),
  })).filter(({ samples }) => samples.some((sample) => Math.abs(sample) > 1_000));
  const anchor = firstFound(heard, pieces);
  if (anchor === undefined) return { share: 0, at: 0 };
  const at = anchor.at - anchor.offset;
  const found = pieces.filter(({ offset, samples }) => {
    const place = bestPlace(heard, samples, at + offset - SLACK, at + offset + SLACK);
    return place.likeness > ALIKE;
  });
  return { share: found.length / pieces.length, at };
}

/** The piece of `source` with the most energy. */
function loudestPiece(source: Int16Array): Piece {
  let loudest: Piece & { energy: number } = { offset: 0, samples: source.subarray(0, PIECE), energy: -1 };
  for (let offset = 0; offset === 0 || offset + PIECE <= source.length; offset += PIECE) {
    const samples = source.subarray(offset, offset + PIECE);
    const energy = samples.reduce((sum, sample) => sum + sample * sample, 0);
    if (energy > loudest.energy) loudest = { offset, samples, energy };
  }
  return loudest;
}

/**
 * How much what was heard is `source` as a whole, where it is most like it: the normalised cross-correlation, -1 to 1.
 *
 * @param heard without gaps, 16-bit samples at 8000 Hz
 * @param from sample of `heard` before which nothing counts
 * @returns with the sample of `heard` at which it begins; likeness 0 where it does not fit in
 */
export function correlate(heard: Int16Array, source: Int16Array, from = 0): { likeness: number; at: number } {
  const { offset, samples } = loudestPiece(source);
  const place = bestPlace(heard, samples, from + offset, heard.length);
  const at = place.at - offset;
  const fits = at >= from && at + source.length <= heard.length;
  return { likeness: fits ? likeness(heard, at, source) : 0, at };
}

/**
 * Where `source` sounds in what was heard, each time that it does.
 *
 * @param least likeness from which on it counts, as of {@link correlate}
 * @returns the sample of `heard` at which it begins, in order
 */
export function occurrences(heard: Int16Array, source: Int16Array, least: number): number[] {
  const { offset, samples } = loudestPiece(source);
  const places: number[] = [];
  for (let at = 0; at + source.length <= heard.length; at += 1) {
    if (likeness(heard, at + offset, samples, STRIDE) < least) continue;
    const place = bestPlace(heard, samples, at + offset, at + offset + PIECE).at - offset;
    if (place + source.length > heard.length || likeness(heard, place, source) < least) continue;
    places.push(place);
    at = place + source.length - 1;
  }
  return places;
}
