/** What the platform's settings say about everybody's calls: how long things are kept, and which numbers are not called. */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isCallable, type UncallableRules, uncallableTypes } from '../../accounts/callable.ts';
import { isE164, writtenNumber } from '../../accounts/e164.ts';
import { errorSchema } from './errors.ts';

/** ms; 0: for ever. */
export interface Retention {
  readonly calls: number;
  readonly recordings: number;
  readonly audit: number;
  readonly requestKeys: number;
}

export interface SettingsRoutesOptions {
  readonly retention: Retention;
  readonly uncallable: UncallableRules;
}

const tags = ['settings'];

const kept = z.int().nullable().describe('ms; null: for ever.');

export const settingsSchema = z.object({
  retention: z.object({
    calls: kept.describe(
      'Ended calls with events, pushes and records (--call-retention); ms, null: for ever.',
    ),
    recordings: kept.describe('--recording-retention; ms, null: for ever.'),
    audit: kept.describe('--audit-retention; ms, null: for ever.'),
    requestKeys: kept.describe('--request-key-retention; ms.'),
  }),
  uncallable: z.object({
    prefixes: z.array(z.string()).describe('Beginnings of numbers (--uncallable-prefixes).'),
    countries: z
      .array(z.string())
      .describe('The only countries that are called (--callable-countries); empty: all are.'),
    types: z.array(z.enum(uncallableTypes)).describe('--uncallable-types'),
  }),
});

export const numberVerdictSchema = z.object({
  number: z.string().describe('In global format, as far as it could be read.'),
  verdict: z
    .enum(['callable', 'not-a-number', 'not-called'])
    .describe('`not-a-number`: not one of its country’s plan. `not-called`: by the rules above.'),
});

const orForEver = (time: number): number | null => (time === 0 ? null : time);

export function registerSettingsRoutes(
  server: FastifyInstance,
  { retention, uncallable }: SettingsRoutesOptions,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const { prefixes, countries, types } = uncallable;

  routes.get(
    '/settings',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'How long things are kept, and which numbers are not called',
        description: 'As the platform was started; they are changed in its configuration.',
        response: { 200: settingsSchema, default: errorSchema },
      },
    },
    async () => ({
      retention: {
        calls: orForEver(retention.calls),
        recordings: orForEver(retention.recordings),
        audit: orForEver(retention.audit),
        requestKeys: orForEver(retention.requestKeys),
      },
      uncallable: { prefixes: [...prefixes], countries: [...countries], types: [...types] },
    }),
  );

  routes.post(
    '/settings/check-number',
    {
      config: { right: 'read', reads: true },
      schema: {
        tags,
        summary: 'Whether a number would be called',
        description: 'By its form and the rules of the platform; black lists and limits are another matter.',
        body: z.strictObject({ number: z.string().max(60).describe('With its country.') }),
        response: { 200: numberVerdictSchema, default: errorSchema },
      },
    },
    async ({ body }) => {
      const number = writtenNumber(body.number)?.number ?? body.number;
      if (!isE164(number)) return { number, verdict: 'not-a-number' as const };
      return {
        number,
        verdict: isCallable(number, uncallable) ? ('callable' as const) : ('not-called' as const),
      };
    },
  );
}
