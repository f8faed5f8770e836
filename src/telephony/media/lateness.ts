/** How late packets left, against the instant their clock said: the measure of a media worker's load. */

/** Tenths of a millisecond up to 100 ms; the last bucket takes all that is later. */
const BUCKETS = 1000;
const PER_MILLISECOND = 10;

/** What a worker tells of its clock. Snapshots of several workers can be merged. */
export interface LatenessSnapshot {
  readonly counts: Uint32Array;
  /** Milliseconds. */
  readonly latest: number;
  /** Slots of the clock that were given up. */
  readonly skipped: number;
}

/** Milliseconds, to a tenth; all 0 when nothing was sent. */
export interface Lateness {
  readonly packets: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly skipped: number;
}

export class LatenessHistogram {
  readonly #counts = new Uint32Array(BUCKETS + 1);
  #latest = 0;

  /** @param milliseconds of each of `packets`; what is early counts as punctual */
  record(milliseconds: number, packets = 1): void {
    const late = Math.max(0, milliseconds);
    this.#counts[Math.min(BUCKETS, Math.floor(late * PER_MILLISECOND))]! += packets;
    if (late > this.#latest) this.#latest = late;
  }

  snapshot(skipped: number): LatenessSnapshot {
    return { counts: this.#counts.slice(), latest: this.#latest, skipped };
  }
}

/** How many packets were late by each tenth of a millisecond; the last number counts all that were later. */
export function packetsByLateness(snapshots: readonly LatenessSnapshot[]): Float64Array {
  const counts = new Float64Array(BUCKETS + 1);
  for (const snapshot of snapshots) snapshot.counts.forEach((count, bucket) => (counts[bucket]! += count));
  return counts;
}

export function summarise(snapshots: readonly LatenessSnapshot[]): Lateness {
  const counts = packetsByLateness(snapshots);
  const packets = counts.reduce((sum, count) => sum + count, 0);
  const max = Math.max(0, ...snapshots.map((snapshot) => snapshot.latest));
  return {
    packets,
    p50: percentile(counts, packets, 0.5, max),
    p99: percentile(counts, packets, 0.99, max),
    max,
    skipped: snapshots.reduce((sum, snapshot) => sum + snapshot.skipped, 0),
  };
}

/** The upper edge of the bucket that holds the percentile, and never more than the maximum. */
function percentile(counts: Float64Array, packets: number, share: number, max: number): number {
  let left = packets * share;
  if (packets === 0) return 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    left -= counts[bucket]!;
    if (left <= 0) return Math.min(max, (bucket + 1) / PER_MILLISECOND);
  }
  return max;
}
