import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { TrunkAdministration } from '../../accounts/trunk-administration.ts';
import { SETTINGS_TRUNK, type Trunk, type TrunksInForce, type TrunkStatus } from '../../accounts/trunk.ts';
import { AdminRefusal, errorSchema } from './errors.ts';

export interface TrunkRoutesOptions {
  readonly trunkAdministration: TrunkAdministration;
  readonly trunks: TrunksInForce;
  /** The trunk of `--trunk`, where there is one. */
  readonly settingsTrunk?: Trunk | undefined;
}

const rewriting = z.array(z.strictObject({ from: z.string(), to: z.string() })).max(100);

/** What an operator may set; descriptions are part of the API. */
const settings = {
  state: z.enum(['in-use', 'suspended']),
  addresses: z
    .array(z.string())
    .describe(
      'HOST or HOST:PORT, best first. A name without a port is asked for SRV records (RFC 3263), then for addresses.',
    ),
  transport: z.enum(['udp', 'tcp', 'tls']),
  username: z.string().describe('For digest; without it the carrier knows us by our address.'),
  register: z.boolean().describe('Register with the first address (RFC 3261 section 10).'),
  registerExpires: z.int().describe('s'),
  prefixes: z
    .array(z.string())
    .max(1_000)
    .describe(
      'Beginnings of the numbers it takes, such as +86; the longest that fits wins. None: it takes all.',
    ),
  priority: z.int().describe('Lower ones are tried first.'),
  weight: z.int().describe('How trunks of the same priority share calls.'),
  calleeRewriting: rewriting.describe('The beginning of a callee is replaced; the longest that fits counts.'),
  callerRewriting: rewriting.describe('Of the display number, in From and the identity header.'),
  identity: z.enum(['none', 'p-asserted-identity', 'p-preferred-identity', 'remote-party-id']),
  fromUser: z.string().describe('In From, in place of the display number.'),
  fromDomain: z.string().describe('In From and the identity, in place of our address.'),
  privacy: z.boolean().describe('Keep the display number from the callee: Privacy: id, anonymous From.'),
  callsPerSecond: z.int().describe('0: no limit.'),
  maxCalls: z.int().describe('At once; 0: no limit.'),
  optionsInterval: z.int().describe('From OPTIONS to OPTIONS, s; 0: none are sent.'),
  responseTimeout: z.int().describe('Silence until the next gateway is tried, ms.'),
};

const { addresses, username, fromUser, fromDomain, ...others } = settings;
const password = z.string().describe('Never shown.');

const newTrunkSchema = z.strictObject({
  name: z.string(),
  addresses,
  ...z.object({ ...others, username, fromUser, fromDomain, password }).partial().shape,
});

const trunkChangeSchema = z.strictObject({
  ...z.object({ ...others, addresses }).partial().shape,
  username: username.nullable().optional(),
  password: password.nullable().optional(),
  fromUser: fromUser.nullable().optional(),
  fromDomain: fromDomain.nullable().optional(),
});

const gatewaySchema = z.object({
  gateway: z.string(),
  state: z.enum(['up', 'down', 'blocked', 'unknown']),
  optionsStatus: z.int().optional().describe('Of its last answer to OPTIONS.'),
  roundTrip: z.number().optional().describe('ms'),
});

const statusSchema = z.object({
  state: z
    .enum(['up', 'down', 'unknown'])
    .describe('`down`: tried after the others; `unknown`: nobody has asked it.'),
  running: z.int().describe('Calls at this moment, attempts included.'),
  counts: z.object({ attempts: z.int(), answered: z.int(), failures: z.int(), full: z.int() }),
  registration: z.enum(['trying', 'registered', 'failed', 'unregistered']).optional(),
  registrationStatus: z.int().optional(),
  gateways: z.array(gatewaySchema),
});

export const trunkSchema = z.object({
  name: z.string(),
  source: z.enum(['settings', 'database']).describe('`settings`: it is --trunk, and is changed there.'),
  ...settings,
  username: username.optional(),
  hasPassword: z.boolean(),
  fromUser: fromUser.optional(),
  fromDomain: fromDomain.optional(),
  createdAt: z.iso.datetime().optional(),
  status: statusSchema.optional().describe('How it stands at this moment.'),
});

type TrunkView = z.infer<typeof trunkSchema>;

export const findingSchema = z.object({
  name: z.string(),
  ok: z.boolean(),
  note: z.literal(true).optional().describe('Nothing is wrong, and something is not known or not as usual.'),
  detail: z.string(),
  remedy: z.string().optional(),
});

/** What is kept of a trunk for the audit trail, and shown; without the password and how it stands. */
function settingsView({ password: kept, createdAt, ...shown }: Trunk): Omit<TrunkView, 'status'> {
  return {
    ...shown,
    addresses: [...shown.addresses],
    prefixes: [...shown.prefixes],
    calleeRewriting: [...shown.calleeRewriting],
    callerRewriting: [...shown.callerRewriting],
    source: shown.name === SETTINGS_TRUNK ? 'settings' : 'database',
    hasPassword: kept !== undefined,
    createdAt: createdAt === 0 ? undefined : new Date(createdAt).toISOString(),
  };
}

function trunkView(trunk: Trunk, all: readonly TrunkStatus[]): TrunkView {
  const status = all.find(({ name }) => name === trunk.name);
  if (status === undefined) return settingsView(trunk);
  const { name: _name, gateways, ...rest } = status;
  return { ...settingsView(trunk), status: { ...rest, gateways: [...gateways] } };
}

/** A password that changed shows in the audit trail as such, never as what it is. */
const audited = (trunk: Trunk): object => ({ ...settingsView(trunk), password: trunk.password });

const tags = ['trunks'];
const params = z.object({ name: z.string() });
const config = { right: 'operate' } as const;

export function registerTrunkRoutes(server: FastifyInstance, options: TrunkRoutesOptions): void {
  const { trunkAdministration, trunks, settingsTrunk } = options;
  const routes = server.withTypeProvider<ZodTypeProvider>();
  const view = (trunk: Trunk): TrunkView => trunkView(trunk, trunks.status());
  const named = async (name: string): Promise<Trunk> =>
    settingsTrunk?.name === name ? settingsTrunk : trunkAdministration.trunk(name);

  routes.get(
    '/trunks',
    {
      config,
      schema: {
        tags,
        summary: 'All trunks, and how they stand',
        response: { 200: z.object({ trunks: z.array(trunkSchema) }), default: errorSchema },
      },
    },
    async () => {
      const stored = await trunkAdministration.trunks();
      return { trunks: [...(settingsTrunk ? [settingsTrunk] : []), ...stored].map(view) };
    },
  );

  routes.get(
    '/trunks/:name',
    {
      config,
      schema: { tags, summary: 'One trunk', params, response: { 200: trunkSchema, default: errorSchema } },
    },
    async (request) => view(await named(request.params.name)),
  );

  routes.post(
    '/trunks/:name/check',
    {
      config,
      schema: {
        tags,
        summary: 'Say why calls through a trunk would fail',
        description: 'Looks up its gateways and asks each with OPTIONS; takes up to 10 s.',
        params,
        response: {
          200: z.object({ ok: z.boolean(), checks: z.array(findingSchema) }),
          default: errorSchema,
        },
      },
    },
    async (request) => {
      const { name } = await named(request.params.name);
      const checks = await trunks.examine(name);
      if (checks === undefined)
        throw new AdminRefusal(409, 'trunk-not-in-force', 'The trunk was removed at this moment.');
      return { ok: checks.every(({ ok }) => ok), checks: [...checks] };
    },
  );
  registerChanges(server, options, view);
}

function registerChanges(
  server: FastifyInstance,
  { trunkAdministration }: TrunkRoutesOptions,
  view: (trunk: Trunk) => TrunkView,
): void {
  const routes = server.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/trunks',
    {
      config,
      schema: {
        tags,
        summary: 'Add a trunk; calls leave by it at once',
        body: newTrunkSchema,
        response: { 201: trunkSchema, default: errorSchema },
      },
    },
    async (request, reply) => {
      const trunk = await trunkAdministration.create(request.body);
      request.audit({ object: { kind: 'trunk', id: trunk.name }, after: audited(trunk) });
      return reply.code(201).send(view(trunk));
    },
  );

  routes.patch(
    '/trunks/:name',
    {
      config: { ...config, auditsBody: true },
      schema: {
        tags,
        summary: 'Change a trunk, at once; calls that run go on',
        description: 'Absent members stay as they are; null removes.',
        params,
        body: trunkChangeSchema,
        response: { 200: trunkSchema, default: errorSchema },
      },
    },
    async (request) => {
      const { name } = request.params;
      const before = audited(await trunkAdministration.trunk(name));
      const change = { object: { kind: 'trunk', id: name }, before };
      request.changing(change);
      const trunk = await trunkAdministration.update(name, request.body);
      request.audit({ ...change, after: audited(trunk) });
      return view(trunk);
    },
  );

  routes.delete(
    '/trunks/:name',
    {
      config,
      schema: {
        tags,
        summary: 'Remove a trunk; calls that run go on',
        params,
        response: { 204: z.undefined(), default: errorSchema },
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const change = { object: { kind: 'trunk', id: name } };
      request.changing({ ...change, before: audited(await trunkAdministration.trunk(name)) });
      request.audit({ ...change, before: audited(await trunkAdministration.remove(name)) });
      return reply.code(204).send();
    },
  );
}
