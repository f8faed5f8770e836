/** Rows of one kind of thing: while they come, when there are none, when they cannot be had. */
import type { Key, ReactNode } from 'react';
import { Card, Skeleton } from './controls.tsx';
import { PageTitle } from './page-title.tsx';
import { Problem } from './problem.tsx';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  readonly look?: string;
}

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
  return (
    <div
      role="region"
      aria-label={title}
      tabIndex={0}
      className="relative overflow-x-auto rounded-xl border border-line bg-surface"
    >
      <table className="w-full text-left">
        <caption className="sr-only">{title}</caption>
        <thead>
          <tr>
            {columns.map(({ title: name }) => (
              <th
                key={name}
                scope="col"
                className="px-3 py-2 text-sm font-medium whitespace-nowrap text-muted"
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={keyOf(row, index)} className="border-t border-line hover:bg-raised">
              {columns.map(({ title: name, cell, look = '' }) => (
                <td key={name} className={`px-3 py-2 max-sm:min-w-20 ${look}`}>
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
  return <div className="flex justify-end gap-2 whitespace-nowrap">{children}</div>;
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
