import type { FastifyInstance } from 'fastify';
import type { HttpMetrics } from './metrics.ts';

/** Something without which no call can be taken. */
export interface ReadinessCheck {
  /** `database`, `sip`, `media` ... */
  readonly name: string;
  /** Resolves to what is wrong, for people; undefined when nothing is. A rejection counts as wrong too. */
  check(): Promise<string | undefined>;
}

async function problemOf({ check }: ReadinessCheck): Promise<string | undefined> {
  try {
    return await check();
  } catch (error) {
    return error instanceof Error ? error.name : 'failed';
  }
}

/** `/healthz`: the process is up; `/readyz`: it takes calls; `/metrics`: Prometheus. */
export function registerHealth(
  server: FastifyInstance,
  { readiness, metrics }: { readiness: readonly ReadinessCheck[]; metrics: HttpMetrics },
): void {
  const hidden = { schema: { hide: true } };
  server.get('/healthz', hidden, async () => ({ status: 'up' }));
  server.get('/readyz', hidden, async (_request, reply) => {
    const checks = await Promise.all(
      readiness.map(async (check) => ({ name: check.name, problem: await problemOf(check) })),
    );
    const ready = checks.every(({ problem }) => problem === undefined);
    return reply.code(ready ? 200 : 503).send({
      status: ready ? 'ready' : 'not ready',
      checks: checks.map(({ name, problem }) => ({ name, ok: problem === undefined, problem })),
    });
  });
  server.get('/metrics', hidden, async (_request, reply) =>
    reply.header('content-type', metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}
