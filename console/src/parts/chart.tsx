/** Bars over days; loaded when there is something to draw. */
import { useEffect, useRef, type ReactNode } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Bars {
  readonly label: string;
  /** Name of a colour of styles.css. */
  readonly color: string;
  readonly values: readonly number[];
}

/** @param days such as 2026-05-01 */
export function Chart({ days, bars }: { days: readonly string[]; bars: readonly Bars[] }): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = place.current as HTMLDivElement;
    const style = getComputedStyle(document.documentElement);
    const [text, line] = ['--muted', '--line'].map((name) => style.getPropertyValue(name));
    const axis = { stroke: text, grid: { stroke: line }, ticks: { stroke: line } };
    const plot = new UPlot(
      {
        width: box.clientWidth,
        height: 240,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false, range: [-0.6, days.length - 0.4] } },
        axes: [
          {
            ...axis,
            // A name below each day, where there is room.
            splits: () =>
              days.map((_day, index) => index).filter((index) => index % Math.ceil(days.length / 8) === 0),
            values: (_plot, splits) => splits.map((index) => days[index]?.slice(5) ?? ''),
          },
          {
            ...axis,
            incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 100_000, 1_000_000],
          },
        ],
        series: [
          {},
          ...bars.map(({ label, color }) => ({
            label,
            fill: style.getPropertyValue(color),
            stroke: style.getPropertyValue(color),
            ...(UPlot.paths.bars && { paths: UPlot.paths.bars({ size: [0.6, 80] }) }),
            points: { show: false },
          })),
        ],
      },
      [days.map((_day, index) => index), ...bars.map(({ values }) => [...values])],
      box,
    );
    const follow = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: 240 }));
    follow.observe(box);
    return () => {
      follow.disconnect();
      plot.destroy();
    };
  }, [days, bars]);
  // The table below says the same.
  return <div ref={place} aria-hidden="true" className="w-full min-w-0 overflow-hidden" />;
}
