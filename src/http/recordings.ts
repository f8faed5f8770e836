/** GET /recordings/NAME?expires=..&signature=..: where the compatible API's redirection leads (spec 06). */
import { basename, dirname } from 'node:path';
import send from '@fastify/send';
import type { FastifyInstance } from 'fastify';
import type { RecordingDownloads } from './recording-downloads.ts';

interface Route {
  Params: { objectName: string };
  Querystring: Record<string, unknown>;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Byte ranges (RFC 9110 section 14), conditions and HEAD are the library's concern. */
export function registerRecordings(server: FastifyInstance, downloads: RecordingDownloads): void {
  server.route<Route>({
    method: ['GET', 'HEAD'],
    url: '/recordings/:objectName',
    schema: { hide: true },
    handler: async (request, reply) => {
      const { objectName } = request.params;
      const expires = textOf(request.query.expires);
      const kept = await downloads.behind({
        objectName,
        expires,
        signature: textOf(request.query.signature),
      });
      reply.header('cache-control', 'private, no-store').header('x-content-type-options', 'nosniff');
      if (kept === 'forbidden') return reply.code(403).type('text/plain').send('Forbidden\n');
      if (kept === undefined) return reply.code(404).type('text/plain').send('Not Found\n');
      if (kept.kind === 'url') return reply.redirect(kept.url, 302);
      const file = kept.path;
      const options = { root: dirname(file), cacheControl: false, index: false as const };
      const answer = await send(request.raw, `/${encodeURIComponent(basename(file))}`, options);
      return reply
        .code(answer.statusCode)
        .headers({ ...answer.headers, 'content-type': 'audio/wav' })
        .send(answer.stream);
    },
  });
}
