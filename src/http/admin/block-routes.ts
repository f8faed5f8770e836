/** Addresses whose requests are refused because of their authentication failures. */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { BlockedAddresses } from '../voicecall/blocked-addresses.ts';
import { AdminRefusal, errorSchema } from './errors.ts';

export interface BlockRoutesOptions {
  readonly blockedAddresses: Pick<BlockedAddresses, 'list' | 'unblock'>;
}

export const blockedSchema = z.object({
  address: z.string().describe('Of IPv6 a whole /64.'),
  until: z.iso.datetime(),
});

export function registerBlockRoutes(server: FastifyInstance, { blockedAddresses }: BlockRoutesOptions): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/blocked-addresses',
    {
      config: { right: 'operate' },
      schema: {
        tags: ['limits'],
        summary: 'Addresses that failed to authenticate too often (1020176)',
        response: { 200: z.object({ addresses: z.array(blockedSchema) }), default: errorSchema },
      },
    },
    async () => ({
      addresses: blockedAddresses
        .list()
        .map(({ address, until }) => ({ address, until: new Date(until).toISOString() })),
    }),
  );

  routes.delete(
    '/blocked-addresses/:address',
    {
      config: { right: 'operate' },
      schema: {
        tags: ['limits'],
        summary: 'Serve an address again',
        params: z.object({ address: z.string() }),
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const address = await blockedAddresses.unblock(request.params.address);
      if (address === undefined) {
        const remedy = 'limit blocked shows those that are.';
        throw new AdminRefusal(404, 'address-not-blocked', 'This address is not blocked.', remedy);
      }
      request.audit({ object: { kind: 'blocked address', id: address } });
      return reply.code(204).send();
    },
  );
}
