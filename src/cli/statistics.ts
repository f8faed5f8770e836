import type { Command } from 'commander';
import type { StatisticsView } from './api.ts';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { result, table } from './output.ts';

interface StatisticsOptions extends ClientOptions {
  readonly from?: string;
  readonly to?: string;
  readonly timeZone?: string;
  readonly by?: string;
  readonly app?: string;
  readonly number?: string;
}

/** `1:02:03` of hours, minutes, seconds. */
function durationOf(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${Math.floor(seconds / 3_600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

type Row = StatisticsView['rows'][number];

/** Columns of groups that no row has are left out. */
const groupColumns: readonly (readonly [head: string, value: (row: Row) => string | undefined])[] = [
  ['account', (row) => row.account],
  ['day', (row) => row.day],
  ['app key', (row) => row.appKey],
  ['number', (row) => row.number],
];

function lines({ rows, timeZone, from, to }: StatisticsView): string[] {
  const columns = groupColumns.filter(([, value]) => rows.some((row) => value(row) !== undefined));
  const cells = rows.map((row) => [
    ...columns.map(([, value]) => value(row) ?? ''),
    String(row.calls),
    String(row.connected),
    `${(row.connectionRate * 100).toFixed(1)}%`,
    durationOf(row.talkMilliseconds),
    row.causes.map(({ releaseCause, calls }) => `${releaseCause}: ${calls}`).join(', '),
  ]);
  const head = [...columns.map(([title]) => title), 'calls', 'connected', 'rate', 'talk', 'causes'];
  return [`${from} to ${to}, days of ${timeZone}`, '', ...table(head, cells)];
}

export function statisticsCommand(): Command {
  return clientCommand('statistics', 'volume, duration, connection rate and causes of ended calls')
    .option('--from <DAY>', 'the first day, such as 2026-01-01 [six days before the last]')
    .option('--to <DAY>', 'the last day, included [today]')
    .option('--time-zone <ZONE>', 'whose days, such as Asia/Shanghai [UTC]')
    .option('--by <GROUPS>', 'some of day, app, number, separated by commas; "" for one row [day,app,number]')
    .option('--app <KEY>', 'only this application')
    .option('--number <NUMBER>', 'only this display number')
    .action(async ({ from, to, timeZone, by, app, number, ...options }: StatisticsOptions) => {
      const query = { from, to, timeZone, by, appKey: app, number };
      const document = await clientOf(options).get<StatisticsView>('/statistics', query);
      result(options.json, document, () => lines(document));
    });
}
