/** Rows of one kind of thing: while they come, when there are none, when they cannot be had. */
import { type Key, type ReactNode, type RefCallback, useCallback, useState } from 'react';
import { Card, Skeleton } from './controls.tsx';
import { PageTitle } from './page-title.tsx';
import { Problem } from './problem.tsx';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  readonly look?: string;
}

/** How early a table is stacked, by its columns (`stacked` of styles.css). */
const roomFor = (columns: number): string =>
  columns < 4
    ? '@container/few-columns'
    : columns < 5
      ? '@container/some-columns'
      : '@container/many-columns';

/** Of an element that sticks out of its own width all the same: whether it has to be scrolled. */
function useScrolls(): [ref: RefCallback<HTMLElement>, scrolls: boolean] {
  const [scrolls, setScrolls] = useState(false);
  const watch = useCallback((element: HTMLElement | null) => {
    if (element === null) return;
    const observer = new ResizeObserver(() => setScrolls(element.scrollWidth > element.clientWidth));
    for (const one of [element, ...element.children]) observer.observe(one);
    return () => observer.disconnect();
  }, []);
  return [watch, scrolls];
}

/**
 * Where its columns have no room, each row is a card that names its cells. It is a table all the same to who hears it:
 * the roles are said, since browsers forget those of elements that are laid out otherwise, and the head is out of sight only.
 */
export function Table<Row>({
  title,
  columns,
  rows,
  keyOf,
}: {
  title: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** `index` for rows that nothing tells apart, such as those with masked numbers. */
  keyOf: (row: Row, index: number) => Key;
}): ReactNode {
  const [watch, scrolls] = useScrolls();
  return (
    <div
      ref={watch}
      {...(scrolls && { role: 'region', 'aria-label': title, tabIndex: 0 })}
      className={`${roomFor(columns.length)} relative overflow-x-auto rounded-xl border border-line bg-surface`}
    >
      <table role="table" className="rows w-full text-left">
        <caption className="sr-only">{title}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ title: name }) => (
              <th
                key={name}
                role="columnheader"
                scope="col"
                className="px-3 py-2 text-sm font-medium break-keep text-muted"
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row, index) => (
            <tr key={keyOf(row, index)} role="row" className="border-t border-line hover:bg-raised">
              {columns.map(({ title: name, cell, look = '' }) => (
                <td key={name} role="cell" data-column={name} className={`px-3 py-2 ${look}`}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** @param empty what it is good for and how the first one comes about */
export function List<Row>({
  rows,
  error,
  onRetry,
  empty,
  ...table
}: {
  title: string;
  columns: readonly Column<Row>[];
  keyOf: (row: Row, index: number) => Key;
  rows: readonly Row[] | undefined;
  error: unknown;
  onRetry: () => void;
  empty: ReactNode;
}): ReactNode {
  if (rows === undefined) {
    return error ? <Problem error={error} onRetry={onRetry} /> : <Skeleton lines={6} />;
  }
  if (rows.length === 0) return <Card>{empty}</Card>;
  return <Table {...table} rows={rows} />;
}

/** What one may do with a row. */
export function Actions({ children }: { children: ReactNode }): ReactNode {
  return (
    <div data-actions className="flex justify-end gap-2 whitespace-nowrap">
      {children}
    </div>
  );
}

/** A page's name, what it is for, and what begins there. */
export function PageHead({
  title,
  intro,
  children,
}: {
  title: string;
  intro?: string;
  children?: ReactNode;
}): ReactNode {
  return (
    <div className="mb-4 flex flex-wrap items-end justify-between gap-3">
      <div className="max-w-2xl">
        <PageTitle title={title} />
        {intro !== undefined && <p className="text-muted">{intro}</p>}
      </div>
      <div className="flex flex-wrap items-end gap-3">{children}</div>
    </div>
  );
}

/** The name of a part of a page, and what begins there. */
export function SectionHead({
  id,
  title,
  intro,
  children,
}: {
  id?: string;
  title: string;
  intro?: string;
  children?: ReactNode;
}): ReactNode {
  return (
    <div className="mb-3 flex flex-wrap items-end justify-between gap-3">
      <div className="max-w-2xl">
        <h2 id={id} className="text-lg font-semibold">
          {title}
        </h2>
        {intro !== undefined && <p className="text-muted">{intro}</p>}
      </div>
      <div className="flex flex-wrap gap-3">{children}</div>
    </div>
  );
}
