/** The accounts of the platform: its customers, and what they may do altogether. */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Account } from '../../accounts/account.ts';
import type { AccountAdministration } from '../../accounts/account-administration.ts';
import { unknownAccount } from '../../accounts/administration.ts';
import { maySee } from './authorize.ts';
import { errorSchema } from './errors.ts';

export interface CustomerRoutesOptions {
  readonly accountAdministration: AccountAdministration;
}

const tags = ['accounts'];
const params = z.object({ spId: z.string() });
const state = z
  .enum(['active', 'frozen', 'closed'])
  .describe('frozen: in arrears, makes no calls. closed: for good; its people cannot sign in.');

export const accountSchema = z.object({
  spId: z.string(),
  name: z.string(),
  state,
  maxApps: z
    .int()
    .optional()
    .describe('Applications it may hold; absent: as many as the platform gives each account.'),
  createdAt: z.iso.datetime(),
});

const accountView = ({ createdAt, ...account }: Account): z.infer<typeof accountSchema> => ({
  ...account,
  createdAt: new Date(createdAt).toISOString(),
});

export function registerCustomerRoutes(
  server: FastifyInstance,
  { accountAdministration: accounts }: CustomerRoutesOptions,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/accounts',
    {
      config: { right: 'operate' },
      schema: {
        tags,
        summary: 'Create an account',
        body: z.strictObject({
          name: z.string(),
          spId: z.string().optional().describe('1-32 letters, digits and . _ -; absent: one is made.'),
        }),
        response: { 201: accountSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const account = accountView(await accounts.create(request.body));
      request.audit({ object: { kind: 'account', id: account.spId }, spId: account.spId, after: account });
      return reply.code(201).send(account);
    },
  );

  routes.get(
    '/accounts',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'The accounts, in order of creation; to a user their own',
        response: { 200: z.object({ accounts: z.array(accountSchema) }), default: errorSchema },
      },
    },
    async (request) => {
      const all = await accounts.accounts();
      return { accounts: all.filter(({ spId }) => maySee(request, spId)).map(accountView) };
    },
  );

  routes.get(
    '/accounts/:spId',
    {
      config: { right: 'read' },
      schema: {
        tags,
        summary: 'One account',
        params,
        response: { 200: accountSchema, default: errorSchema },
      },
    },
    async (request) => {
      const { spId } = request.params;
      if (!maySee(request, spId)) throw unknownAccount();
      return accountView(await accounts.account(spId));
    },
  );

  routes.patch(
    '/accounts/:spId',
    {
      config: { right: 'operate', auditsBody: true },
      schema: {
        tags,
        summary: 'Rename, freeze, activate or close an account, or say how many applications it may hold',
        params,
        body: z.strictObject({
          name: z.string().optional(),
          state: state.optional(),
          maxApps: z
            .int()
            .nullable()
            .optional()
            .describe('null: as many as the platform gives each account.'),
        }),
        response: { 200: accountSchema, default: errorSchema },
      },
    },
    async (request) => {
      const { spId } = request.params;
      const object = { kind: 'account', id: spId };
      request.changing({ object, spId, before: accountView(await accounts.account(spId)) });
      const { before, after } = await accounts.change(spId, request.body);
      const change = { before: accountView(before), after: accountView(after) };
      request.audit({ object, spId, ...change });
      return accountView(after);
    },
  );
}
