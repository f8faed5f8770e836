/**
 * A receiver of pushes for who has none yet: `POST /receiver` takes what a customer's own program would take and checks
 * the signature as it would; `GET /admin/v1/receiver` shows what came. In memory, of the sandbox only.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AccountStore } from '../../accounts/ports.ts';
import type { CallQueries } from '../../call/queries.ts';
import { maySee } from '../admin/authorize.ts';
import { errorSchema } from '../admin/errors.ts';

export interface BuiltInReceiverOptions {
  readonly accounts: Pick<AccountStore, 'app'>;
  readonly queries: Pick<CallQueries, 'owner'>;
  readonly now: () => number;
}

/** Of more, the oldest are forgotten. */
const MOST_PUSHES = 2_000;

/** Bytes of a push: a status is under 1 kB, a record of 50 calls under 100 kB. */
const LONGEST_PUSH = 262_144;

export const receivedSchema = z.object({
  at: z.iso.datetime(),
  kind: z.enum(['status', 'fee']),
  sessionIds: z.array(z.string()),
  headers: z.record(z.string(), z.string()),
  body: z.string().describe('As it came.'),
  signature: z
    .enum(['valid', 'wrong', 'none'])
    .describe("Whether X-AKSK is what the app's secret makes of address, nonce and time."),
});

type Received = z.infer<typeof receivedSchema>;

const bodySchema = z.union([
  z.looseObject({
    eventType: z.string().refine((type) => type !== 'fee'),
    statusInfo: z.looseObject({ sessionId: z.string() }),
  }),
  z.looseObject({ eventType: z.literal('fee'), feeLst: z.array(z.looseObject({ sessionId: z.string() })) }),
]);

/** What is worth showing; the others are HTTP's own. */
const shown = /^(authorization|x-aksk|content-type|webhook-)/;

function headersOf({ headers }: FastifyRequest): Record<string, string> {
  const pairs = Object.entries(headers).filter(([name]) => shown.test(name));
  return Object.fromEntries(pairs.map(([name, value]) => [name, String(value)]));
}

export class BuiltInReceiver {
  readonly #options: BuiltInReceiverOptions;
  /** Oldest first. */
  readonly #received: Received[] = [];

  constructor(options: BuiltInReceiverOptions) {
    this.#options = options;
  }

  register(server: FastifyInstance): void {
    void server.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser(
        '*',
        { parseAs: 'string', bodyLimit: LONGEST_PUSH },
        (_request, body, done) => done(null, body),
      );
      scope.post<{ Body: string }>('/receiver', { schema: { hide: true } }, async (request, reply) => {
        const received = await this.#read(request);
        if (received === undefined)
          return reply.code(400).send({ resultcode: '1', resultdesc: 'not a push' });
        this.#received.push(received);
        if (this.#received.length > MOST_PUSHES) this.#received.shift();
        return { resultcode: '0', resultdesc: 'Success' };
      });
    });
  }

  /** Within the scope of the operator's API. */
  registerReading(server: FastifyInstance): void {
    server.withTypeProvider<ZodTypeProvider>().get(
      '/receiver',
      {
        config: { right: 'manage' },
        schema: {
          tags: ['sandbox'],
          summary: 'What the built-in receiver (POST /receiver) was sent about a call, oldest first',
          querystring: z.object({ sessionId: z.string() }),
          response: { 200: z.object({ pushes: z.array(receivedSchema) }), default: errorSchema },
        },
      },
      async (request) => {
        const { sessionId } = request.query;
        const owner = await this.#options.queries.owner(sessionId);
        const visible = owner !== undefined && maySee(request, owner.spId);
        const about = this.#received.filter(({ sessionIds }) => sessionIds.includes(sessionId));
        return { pushes: visible ? about : [] };
      },
    );
  }

  async #read(request: FastifyRequest<{ Body: string }>): Promise<Received | undefined> {
    const push = pushIn(request.body);
    if (push === undefined) return undefined;
    return {
      ...push,
      at: new Date(this.#options.now()).toISOString(),
      headers: headersOf(request),
      body: request.body,
      signature: await this.#signatureOf(request),
    };
  }

  /** Spec 01 section 3, as a customer's program checks it; both ways to join the parts are right. */
  async #signatureOf({ headers, protocol, host, url }: FastifyRequest): Promise<Received['signature']> {
    const aksk = headers['x-aksk'];
    if (typeof aksk !== 'string') return 'none';
    const part = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(aksk)?.[1] ?? '';
    const app = await this.#options.accounts.app(part('Username'));
    if (app === undefined) return 'wrong';
    const parts = [`${protocol}://${host}${url}`, part('Nonce'), part('Created')];
    const given = Buffer.from(part('PasswordDigest'), 'base64');
    const isRight = ['\n', ''].some((separator) => {
      const expected = createHmac('sha256', app.appSecret).update(parts.join(separator)).digest();
      return given.length === expected.length && timingSafeEqual(given, expected);
    });
    return isRight ? 'valid' : 'wrong';
  }
}

/** What a text is about; undefined when it is no push of spec 07 or 08. */
function pushIn(text: unknown): Pick<Received, 'kind' | 'sessionIds'> | undefined {
  if (typeof text !== 'string') return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { data: push } = bodySchema.safeParse(parsed);
  if (push === undefined) return undefined;
  if (!('feeLst' in push)) return { kind: 'status', sessionIds: [push.statusInfo.sessionId] };
  return {
    kind: 'fee',
    sessionIds: (push.feeLst as { sessionId: string }[]).map(({ sessionId }) => sessionId),
  };
}
