/** The console's files below `/`, as `npm run build:console` made them. */
import { existsSync } from 'node:fs';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** What its pages may load and do: what comes from here, no script within a page, in nobody's frame. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>OpenVoiceCall</title>
<h1>OpenVoiceCall</h1>
<p>The platform runs, but its console is not built. Run <code>npm run build:console</code>; <code>npm start</code> does it by itself.</p>
<p><a href="/docs">The operator's API</a></p>
</html>
`;

const ONE_YEAR = 31_536_000;

/** @param folder where the build lies */
export async function registerConsole(server: FastifyInstance, folder: string): Promise<void> {
  if (!existsSync(`${folder}/index.html`)) {
    server.get('/', { schema: { hide: true } }, async (_request, reply) =>
      reply.code(503).type('text/html; charset=utf-8').send(notBuilt),
    );
    return;
  }
  await server.register(fastifyStatic, {
    root: folder,
    // Each file is a route: what there is not stays a plain 404 (spec 00 section 3).
    wildcard: false,
    cacheControl: false,
    preCompressed: true,
    setHeaders: (response, path) => {
      // Names of assets carry a hash of what is in them.
      const cache = path.includes('/assets/') ? `public, max-age=${ONE_YEAR}, immutable` : 'no-cache';
      response.header('cache-control', cache);
      response.header('content-security-policy', contentSecurityPolicy);
      response.header('x-content-type-options', 'nosniff');
      response.header('referrer-policy', 'no-referrer');
      response.header('permissions-policy', 'microphone=(self), camera=(), geolocation=()');
    },
  });
  // The console's own paths all begin with one word, so that an address can be opened, sent and reloaded.
  server.get('/console', { schema: { hide: true } }, async (_request, reply) => reply.sendFile('index.html'));
  server.get('/console/*', { schema: { hide: true } }, async (_request, reply) =>
    reply.sendFile('index.html'),
  );
}
