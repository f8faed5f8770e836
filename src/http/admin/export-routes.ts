import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Actor } from '../../accounts/actor.ts';
import type { FeedPage, FeedQuery, Reconciliation } from '../../call/reconciliation.ts';
import { type Cell, csvLine } from './csv.ts';
import { errorSchema } from './errors.ts';
import { rangeOf, rangeSchema } from './reconciliation-routes.ts';
import { cdrMembers, readEventView, recordSchema, type RecordView, recordView } from './record-views.ts';
import { type EventView, eventSchema } from './views.ts';

export interface ExportRoutesOptions {
  readonly reconciliation: Reconciliation;
}

const tags = ['reconciliation'];

/** Read at a time; so much is in memory, and calls wait no longer. */
const PAGE = 200;

const exportSchema = rangeSchema.extend({
  format: z
    .enum(['jsonl', 'csv'])
    .default('jsonl')
    .describe('One JSON document a line, or RFC 4180 with a head.'),
});

type Format = z.infer<typeof exportSchema>['format'];

/** How one kind of thing is exported. */
interface Kind<Entry, View extends object> {
  readonly read: (query: FeedQuery) => Promise<FeedPage<Entry>>;
  readonly view: (entry: Entry, actor: Actor) => View;
  readonly head: readonly string[];
  readonly cells: (view: View) => readonly Cell[];
}

const recordMembers = Object.keys(recordSchema.shape).filter((name) => name !== 'cdr') as Exclude<
  keyof RecordView,
  'cdr'
>[];

const ownMembers: ReadonlySet<string> = new Set(recordMembers);

/** Those that the record does not have already. */
const cdrColumns = cdrMembers.filter((name) => !ownMembers.has(name));

const eventMembers = Object.keys(eventSchema.shape) as (keyof EventView)[];

export function registerExportRoutes(server: FastifyInstance, options: ExportRoutesOptions): void {
  const { reconciliation } = options;
  registerExport(server, 'records', 'Ended calls with their records, all of them', {
    read: (query) => reconciliation.records(query),
    view: recordView,
    head: [...recordMembers, ...cdrColumns],
    cells: (view) => [
      ...recordMembers.map((name) => view[name]),
      ...cdrColumns.map((name) => view.cdr[name] as Cell),
    ],
  });
  registerExport(server, 'events', 'Events of calls, all of them', {
    read: (query) => reconciliation.events(query),
    view: readEventView,
    head: eventMembers,
    cells: (view) => eventMembers.map((name) => view[name]),
  });
}

const types: Readonly<Record<Format, string>> = {
  jsonl: 'application/jsonl',
  csv: 'text/csv; charset=utf-8; header=present',
};

function registerExport<Entry, View extends object>(
  server: FastifyInstance,
  name: string,
  summary: string,
  kind: Kind<Entry, View>,
): void {
  server.withTypeProvider<ZodTypeProvider>().get(
    `/exports/${name}`,
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary,
        description:
          'As a stream, in the order in which they were stored. An answer that is cut off is not complete. Numbers are masked for roles that may not manage.',
        querystring: exportSchema,
        produces: ['application/jsonl', 'text/csv'],
        response: { 200: z.string(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const { format } = request.query;
      const range = rangeOf(request.query, request);
      const { spId, actor } = request;
      request.audit({ object: { kind: 'export', id: name }, spId, after: { ...request.query } });
      const lines = linesOf(kind, { ...range, limit: PAGE }, format, actor);
      const stream = Readable.from(lines, { objectMode: false, highWaterMark: 65_536 });
      reply
        .type(types[format])
        .header('cache-control', 'private, no-store')
        .header('content-disposition', `attachment; filename="${name}.${format}"`);
      // Sent as it is: the schema describes what it amounts to.
      return reply.send(stream as unknown as string);
    },
  );
}

/** A page at a time, and the next when the receiver has taken it. */
async function* linesOf<Entry, View extends object>(
  { read, view, head, cells }: Kind<Entry, View>,
  query: FeedQuery,
  format: Format,
  actor: Actor,
): AsyncGenerator<Buffer> {
  if (format === 'csv') yield Buffer.from(csvLine(head));
  for (let [after, more]: [number | undefined, boolean] = [undefined, true]; more; ) {
    const page = await read({ ...query, after });
    const lines = page.entries.map((entry) => {
      const shown = view(entry, actor);
      return format === 'csv' ? csvLine(cells(shown)) : `${JSON.stringify(shown)}\n`;
    });
    if (lines.length > 0) yield Buffer.from(lines.join(''));
    // A page without entries leaves others their turn too.
    else await new Promise((resolve) => setImmediate(resolve));
    ({ position: after, more } = page);
  }
}
