import type { FastifyInstance } from 'fastify';

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>OpenVoiceCall</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }</style>
<h1>OpenVoiceCall</h1>
<p>Phone calls made by software, wire-compatible with Huawei Cloud's Voice Call service.</p>
<ul>
  <li><a href="/docs">The operator's API</a> (<a href="/admin/v1/openapi.json">OpenAPI</a>)</li>
  <li><code>POST /rest/httpsessions/click2Call/v2.0</code> rings two phones,
      <code>POST /rest/httpsessions/callStop/v2.0</code> ends the call</li>
  <li><a href="/readyz">Ready?</a> <a href="/metrics">Metrics</a></li>
</ul>
<p>On the command line: <code>npx openvoicecall --help</code></p>
</html>
`;

export function registerFrontPage(server: FastifyInstance): void {
  server.get('/', { schema: { hide: true } }, async (_request, reply) =>
    reply.header('content-type', 'text/html; charset=utf-8').send(page),
  );
}
