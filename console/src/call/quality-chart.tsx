/** One measure of one leg over time, drawn in the colours of the page. */
import type { ReactNode } from 'react';
import type { LegQuality } from '../api/types.ts';

/** Of its own coordinates; it is as wide as there is room. */
const HEIGHT = 48;

type Values = readonly (number | null)[];

export interface Measure {
  readonly id: 'mos' | 'loss' | 'jitter' | 'level';
  readonly valuesOf: (leg: LegQuality) => Values;
  /** What stands at the bottom and, at least, at the top. */
  readonly low: number;
  readonly high: number;
  readonly outdoes: (value: number, than: number) => boolean;
  readonly digits: number;
  readonly look: 'line' | 'bars';
}

/** Percent of what should have come that came too late or not at all. */
export function lossOf({ received, lost, late }: LegQuality): Values {
  return received.map((count, row) => {
    const missing = lost[row] ?? 0;
    if (count + missing === 0) return null;
    return Math.min(100, (100 * (missing + (late[row] ?? 0))) / (count + missing));
  });
}

const greater = (value: number, than: number): boolean => value > than;
const less = (value: number, than: number): boolean => value < than;

export const measures: readonly Measure[] = [
  { id: 'mos', valuesOf: ({ mos }) => mos, low: 1, high: 4.5, outdoes: less, digits: 2, look: 'line' },
  { id: 'loss', valuesOf: lossOf, low: 0, high: 5, outdoes: greater, digits: 1, look: 'bars' },
  {
    id: 'jitter',
    // Where nothing came there is no jitter, but what was left of it.
    valuesOf: ({ jitter, received }) => jitter.map((value, row) => (received[row] === 0 ? null : value)),
    low: 0,
    high: 10,
    outdoes: greater,
    digits: 1,
    look: 'line',
  },
  {
    id: 'level',
    valuesOf: ({ level }) => level,
    low: -50,
    high: 0,
    outdoes: greater,
    digits: 0,
    look: 'bars',
  },
];

/** Rows in a row of which nothing can be drawn, and why. */
function Gaps({ heard }: { heard: LegQuality['heard'] }): ReactNode {
  const marks = {
    'no-packets': { look: 'fill-bad', height: 6 },
    silence: { look: 'fill-warn', height: 4 },
    'on-hold': { look: 'fill-muted', height: 2 },
  } as const;
  return heard.map((each, row) => {
    if (each === 'audio') return null;
    const { look, height } = marks[each];
    // Rows never change their places.
    return <rect key={row} x={row} width={1} y={HEIGHT - height} height={height} className={look} />;
  });
}

function lineOf(values: Values, y: (value: number) => number): string {
  let path = '';
  values.forEach((value, row) => {
    if (value === null) return;
    const begins = row === 0 || values[row - 1] === null;
    path += `${begins ? 'M' : 'L'}${row} ${y(value)}H${row + 1}`;
  });
  return path;
}

/** @param label what it shows, in words: the table has the values */
export function QualityChart({
  leg,
  measure: { valuesOf, low, high, look },
  label,
}: {
  leg: LegQuality;
  measure: Measure;
  label: string;
}): ReactNode {
  const values = valuesOf(leg);
  const rows = values.length;
  const top = Math.max(high, ...values.map((value) => value ?? low));
  const y = (value: number): number => HEIGHT - (HEIGHT * (Math.max(low, value) - low)) / (top - low);
  return (
    <div className="flex gap-2">
      <svg
        role="img"
        aria-label={label}
        viewBox={`0 0 ${Math.max(1, rows)} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-12 w-full min-w-0 rounded bg-raised"
      >
        {look === 'bars' ? (
          values.map((value, row) =>
            value === null || value === low ? null : (
              // Rows never change their places.
              <rect
                key={row}
                x={row}
                width={0.9}
                y={y(value)}
                height={HEIGHT - y(value)}
                className="fill-accent"
              />
            ),
          )
        ) : (
          <path
            d={lineOf(values, y)}
            fill="none"
            strokeWidth={2}
            vectorEffect="non-scaling-stroke"
            className="stroke-accent"
          />
        )}
        <Gaps heard={leg.heard} />
      </svg>
      <span aria-hidden="true" className="flex w-9 flex-col justify-between font-mono text-xs text-muted">
        <span>{Math.round(10 * top) / 10}</span>
        <span>{low}</span>
      </span>
    </div>
  );
}
