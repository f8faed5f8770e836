import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AdminRefusal, errorSchema } from './errors.ts';

interface KeptBackup {
  readonly name: string;
  readonly folder: string;
  readonly manifest: {
    readonly version: string;
    readonly createdAt: string;
    readonly database: 'sqlite' | 'postgres';
    readonly schemaVersion: number;
    readonly withKey: boolean;
    readonly files: readonly { readonly size: number }[];
  };
}

/** Where the platform keeps backups of itself. */
export interface Backups {
  make(
    withRecordings: boolean,
  ): Promise<
    | ({ readonly kind: 'made' } & KeptBackup)
    | { readonly kind: 'running' }
    | { readonly kind: 'failed'; readonly reason: string }
  >;
  /** Newest first. */
  list(): Promise<KeptBackup[]>;
}

export interface BackupRoutesOptions {
  readonly backups: Backups;
}

export const backupSchema = z.object({
  name: z.string(),
  folder: z.string().describe('On the machine of the platform.'),
  version: z.string().describe('Of the program.'),
  createdAt: z.iso.datetime(),
  database: z.enum(['sqlite', 'postgres']),
  schemaVersion: z.int(),
  withKey: z.boolean(),
  files: z.int(),
  octets: z.int(),
});

function backupView({ name, folder, manifest }: KeptBackup): z.infer<typeof backupSchema> {
  const { version, createdAt, database, schemaVersion, withKey, files } = manifest;
  const octets = files.reduce((sum, { size }) => sum + size, 0);
  return { name, folder, version, createdAt, database, schemaVersion, withKey, files: files.length, octets };
}

const tags = ['upkeep'];

export function registerBackupRoutes(server: FastifyInstance, { backups }: BackupRoutesOptions): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/backups',
    {
      config: { right: 'operate' },
      schema: {
        tags,
        summary: 'Backups in DATA/backups, newest first',
        response: { 200: z.object({ backups: z.array(backupSchema) }), default: errorSchema },
      },
    },
    async () => ({ backups: (await backups.list()).map(backupView) }),
  );

  routes.post(
    '/backups',
    {
      config: { right: 'operate' },
      schema: {
        tags,
        summary: 'Copy everything that the platform keeps, while it runs',
        description:
          'Into a folder of DATA/backups; answers when it is complete. The key of the secrets is not in it: keep DATA/secret.key in another place.',
        body: z.strictObject({
          recordings: z.boolean().default(true).describe('false: without recordings.'),
        }),
        response: { 201: backupSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const made = await backups.make(request.body.recordings);
      if (made.kind === 'running')
        throw new AdminRefusal(
          409,
          'backup-running',
          'A backup is being made.',
          'Wait until it is complete.',
        );
      if (made.kind === 'failed')
        throw new AdminRefusal(500, 'backup-failed', `No backup was made: ${made.reason}`);
      const view = backupView(made);
      const { name, files, octets } = view;
      request.audit({ object: { kind: 'backup', id: name }, after: { files, octets } });
      return reply.code(201).send(view);
    },
  );
}
