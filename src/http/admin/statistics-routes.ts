import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { releaseCauseDescription } from '../../call/catalogue/release-causes.ts';
import type { Clock } from '../../call/ports.ts';
import {
  type CallCounts,
  isTimeZone,
  statistics,
  type StatisticsGroup,
  type StatisticsRow,
} from '../../call/statistics.ts';
import { AdminRefusal, errorSchema } from './errors.ts';
import { accountQuery } from './views.ts';

export interface StatisticsRoutesOptions {
  readonly callCounts: CallCounts;
  readonly clock: Clock;
}

/** Days of one answer. The service gives six months. */
const MOST_DAYS = 400;

/** Days where nobody names any: a week up to today. */
const USUAL = 7;

const GROUPS: readonly StatisticsGroup[] = ['day', 'app', 'number'];

const groups = z
  .string()
  .default(GROUPS.join(','))
  .transform((value, context): StatisticsGroup[] => {
    const named = value.split(',').filter((name) => name !== '');
    const known = GROUPS.filter((group) => named.includes(group));
    if (known.length === new Set(named).size) return known;
    context.addIssue({ code: 'custom', message: 'must be some of day, app, number, separated by commas' });
    return z.NEVER;
  });

const querySchema = accountQuery.extend({
  from: z.iso.date().optional().describe('The first day; absent: six days before the last.'),
  to: z.iso.date().optional().describe('The last day, included; absent: today.'),
  timeZone: z
    .string()
    .default('UTC')
    .refine(isTimeZone, 'must be a time zone such as Asia/Shanghai')
    .describe('Whose days they are, such as Asia/Shanghai.'),
  by: groups.describe('Some of day, app, number, separated by commas; empty: one row for all.'),
  appKey: z.string().optional(),
  number: z.string().optional().describe('A display number.'),
});

export const rowSchema = z.object({
  account: z.string(),
  day: z.iso.date().optional(),
  appKey: z.string().optional(),
  number: z.string().optional().describe('Display number.'),
  calls: z.int().describe('Calls that ended on that day.'),
  connected: z.int().describe('Those in which everybody answered.'),
  connectionRate: z.number().describe('connected / calls, 0-1.'),
  talkMilliseconds: z.int().describe('From the last answer to the end, all calls together.'),
  causes: z.array(z.object({ releaseCause: z.int(), description: z.string(), calls: z.int() })),
});

function rowView(row: StatisticsRow): z.infer<typeof rowSchema> {
  const { spId, causes, talk, calls, connected, ...group } = row;
  const ranked = Object.entries(causes)
    .map(([cause, count]) => ({
      releaseCause: Number(cause),
      description: releaseCauseDescription(Number(cause)),
      calls: count,
    }))
    .sort((one, other) => other.calls - one.calls || one.releaseCause - other.releaseCause);
  return {
    account: spId,
    ...group,
    calls,
    connected,
    connectionRate: calls === 0 ? 0 : connected / calls,
    talkMilliseconds: talk,
    causes: ranked,
  };
}

const before = (day: string, days: number): string =>
  new Date(Date.parse(day) - days * 86_400_000).toISOString().slice(0, 10);

export function registerStatisticsRoutes(
  server: FastifyInstance,
  { callCounts, clock }: StatisticsRoutesOptions,
): void {
  server.withTypeProvider<ZodTypeProvider>().get(
    '/statistics',
    {
      config: { right: 'read' },
      schema: {
        tags: ['statistics'],
        summary: 'Volume, duration, connection rate and causes of ended calls',
        description: 'Of the calls that are kept (--call-retention). Groups without calls have no row.',
        querystring: querySchema,
        response: {
          200: z.object({
            from: z.iso.date(),
            to: z.iso.date(),
            timeZone: z.string(),
            rows: z.array(rowSchema),
          }),
          default: errorSchema,
        },
      },
    },
    async ({ query, spId }) => {
      const { timeZone, by, appKey, number } = query;
      const today = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(clock.now());
      const to = query.to ?? today;
      const from = query.from ?? before(to, USUAL - 1);
      const days = from > to ? 0 : (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;
      if (days < 1 || days > MOST_DAYS) {
        throw new AdminRefusal(
          422,
          'period-wrong',
          `The period from ${from} to ${to} is not 1-${MOST_DAYS} days.`,
          'Give another from or to.',
        );
      }
      const rows = await statistics({ spId, appKey, number, from, to, timeZone, by }, callCounts);
      return { from, to, timeZone, rows: rows.map(rowView) };
    },
  );
}
