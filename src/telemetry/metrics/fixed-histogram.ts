import type { Metric, Registry } from 'prom-client';

/** Values counted elsewhere, by ranges of equal width. */
export interface CountedRanges {
  /** How many values fell into each range, the first beginning at 0; the last range has no upper end. */
  readonly counts: ArrayLike<number>;
  /** Width of a range. */
  readonly width: number;
}

export interface FixedHistogramOptions {
  readonly name: string;
  readonly help: string;
  /** Upper bounds, ascending, each a multiple of the width. */
  readonly buckets: readonly number[];
  readonly registry: Registry;
  /** Asked at each look. */
  readonly read: () => Promise<CountedRanges>;
}

/**
 * A Prometheus histogram of what somebody else counts already. A value counts as the middle of its range in the sum,
 * those of the last range as its lower end.
 */
export function registerFixedHistogram({ name, help, buckets, registry, read }: FixedHistogramOptions): void {
  const get = async () => {
    const { counts, width } = await read();
    return {
      name,
      help,
      type: 'histogram' as const,
      aggregator: 'sum' as const,
      values: valuesOf(name, counts, width, buckets),
    };
  };
  registry.registerMetric({ name, get, getForPromString: get, reset: () => {} } as unknown as Metric);
}

interface Value {
  readonly metricName: string;
  readonly labels: { readonly le?: string };
  readonly value: number;
}

function valuesOf(
  name: string,
  counts: ArrayLike<number>,
  width: number,
  buckets: readonly number[],
): Value[] {
  const last = counts.length - 1;
  let [total, sum] = [0, 0];
  /** How many values lie below the end of each range. */
  const below: number[] = [];
  for (let range = 0; range <= last; range++) {
    const count = counts[range] ?? 0;
    total += count;
    sum += count * width * (range === last ? last : range + 0.5);
    below.push(total);
  }
  const values: Value[] = buckets.map((bound) => {
    const ranges = Math.round(bound / width);
    const value = below[Math.min(ranges, last) - 1] ?? 0;
    return { metricName: `${name}_bucket`, labels: { le: String(bound) }, value };
  });
  return [
    ...values,
    { metricName: `${name}_bucket`, labels: { le: '+Inf' }, value: total },
    { metricName: `${name}_sum`, labels: {}, value: sum },
    { metricName: `${name}_count`, labels: {}, value: total },
  ];
}
