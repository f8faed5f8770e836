/** The operator's API below /admin/v1, its description and its pages. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, RouteOptions } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Logger } from '../../call/ports.ts';
import { type AccountRoutesOptions, registerAppRoutes } from './app-routes.ts';
import { type AuditingOptions, authorizeAndAudit } from './authorize.ts';
import { type ApiPasswordRoutesOptions, registerApiPasswordRoutes } from './api-password-routes.ts';
import { registerAuditRoutes } from './audit-routes.ts';
import { type CallRoutesOptions, registerCallRoutes } from './call-routes.ts';
import { AdminRefusal, adminErrorAnswer, errorSchema } from './errors.ts';
import { registerExportRoutes } from './export-routes.ts';
import { type BlockRoutesOptions, registerBlockRoutes } from './block-routes.ts';
import { registerBarredRoutes } from './barred-routes.ts';
import { registerGuardRoutes } from './guard-routes.ts';
import { type LimitRoutesOptions, registerLimitRoutes } from './limit-routes.ts';
import { type QueueRoutesOptions, registerQueueRoutes } from './queue-routes.ts';
import type { BuiltInReceiver } from '../console/built-in-receiver.ts';
import { type HoldPhone, registerPhoneSocket } from '../console/phone-socket.ts';
import { type PoolRoutesOptions, registerPoolRoutes } from './pool-routes.ts';
import { type EnterpriseRoutesOptions, registerEnterpriseRoutes } from './enterprise-routes.ts';
import { registerNumberOrderRoutes } from './number-order-routes.ts';
import { registerNumberRoutes } from './number-routes.ts';
import { type PersonalDataRoutesOptions, registerPersonalDataRoutes } from './personal-data-routes.ts';
import { type PushRoutesOptions, registerPushRoutes } from './push-routes.ts';
import { registerReviewQueueRoutes } from './review-queue-routes.ts';
import { type ReconciliationRoutesOptions, registerReconciliationRoutes } from './reconciliation-routes.ts';
import { type CustomerRoutesOptions, registerCustomerRoutes } from './account-routes.ts';
import { type QualityRoutesOptions, registerQualityRoutes } from './quality-routes.ts';
import { registerSessionRoutes, type SessionRoutesOptions } from './session-routes.ts';
import { registerSettingsRoutes, type SettingsRoutesOptions } from './settings-routes.ts';
import { registerSignInRoutes } from './sign-in-routes.ts';
import { registerStatisticsRoutes, type StatisticsRoutesOptions } from './statistics-routes.ts';
import { type BackupRoutesOptions, registerBackupRoutes } from './backup-routes.ts';
import { RevealedCalls } from './revealed-calls.ts';
import { registerSignallingRoutes, type SignallingRoutesOptions } from './signalling-routes.ts';
import { registerTokenRoutes } from './token-routes.ts';
import { registerUserRoutes } from './user-routes.ts';
import { registerTemplatePreviewRoutes, type TemplatePreviewOptions } from './template-preview-routes.ts';
import { registerTemplateRoutes, type TemplateRoutesOptions } from './template-routes.ts';
import { registerTrunkRoutes, type TrunkRoutesOptions } from './trunk-routes.ts';
import { registerVoicePortRoutes } from './voice-port-routes.ts';
import { accountQuery } from './views.ts';
import { registerVoiceFileRoutes, type VoiceFileRoutesOptions } from './voice-file-routes.ts';

/** One number of the sandbox and what it does. */
export interface PhoneEntry {
  readonly number: string;
  readonly behaviour: string;
  readonly description: string;
}

export interface AdminRoutesOptions
  extends AccountRoutesOptions,
    Omit<CallRoutesOptions, 'revealed'>,
    Omit<SignallingRoutesOptions, 'revealed'>,
    QualityRoutesOptions,
    PushRoutesOptions,
    VoiceFileRoutesOptions,
    TemplateRoutesOptions,
    TemplatePreviewOptions,
    SettingsRoutesOptions,
    AuditingOptions,
    ApiPasswordRoutesOptions,
    SessionRoutesOptions,
    ReconciliationRoutesOptions,
    StatisticsRoutesOptions,
    PersonalDataRoutesOptions,
    BackupRoutesOptions,
    LimitRoutesOptions,
    BlockRoutesOptions,
    PoolRoutesOptions,
    EnterpriseRoutesOptions,
    QueueRoutesOptions,
    TrunkRoutesOptions,
    CustomerRoutesOptions {
  /** The sandbox's numbers; empty where calls leave on a trunk. */
  readonly phones: readonly PhoneEntry[];
  /** Lets a browser have a phone of the sandbox; absent where there is none. */
  readonly holdPhone: HoldPhone | undefined;
  /** Absent where calls leave on a trunk. */
  readonly receiver: BuiltInReceiver | undefined;
  readonly log: Logger;
  readonly version: string;
}

const PREFIX = '/admin/v1';

/** `postAppsAppKeySecret` for `POST /admin/v1/apps/:appKey/secret`: what generated clients call an operation. */
function operationIdOf(method: string, url: string): string {
  const words = url.replace(PREFIX, '').split(/[/:-]+/);
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** Each operation has an id, and says what right it needs, as `x-right`. */
const describeOperation: typeof jsonSchemaTransform = (input) => {
  const { schema, url } = jsonSchemaTransform(input);
  const { config, method } = input.route;
  const operationId = operationIdOf([method].flat()[0] ?? '', input.url);
  const right = config?.right;
  return { schema: { operationId, ...schema, ...(right !== undefined && { 'x-right': right }) }, url };
};

/** A parameter that a route does not know is refused: a misspelt filter must not show everything. */
function refuseUnknownParameters({ schema = {}, config, websocket }: RouteOptions): void {
  if (websocket) return;
  const none = z.object({});
  const known = schema.querystring ?? (config?.right === 'anyone' ? none : accountQuery);
  if (known instanceof z.ZodObject) schema.querystring = known.strict();
}

export async function registerAdmin(server: FastifyInstance, options: AdminRoutesOptions): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: "OpenVoiceCall operator's API",
        version: options.version,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
        description:
          'Accounts and their people, applications, numbers, voice files, templates, calls and pushes. Send a bearer token: of DATA/admin.json, of a sign-in, or a personal access token. x-right is the right that an operation needs.',
      },
      servers: [{ url: '/', description: 'This platform' }],
      components: { securitySchemes: { operator: { type: 'http', scheme: 'bearer' } } },
      security: [{ operator: [] }],
    },
    hideUntagged: true,
    transform: describeOperation,
  });
  await server.register(swaggerUi, { routePrefix: '/docs' });
  server.get(`${PREFIX}/openapi.json`, { schema: { hide: true } }, async () => server.swagger());
  await server.register(
    async (scope) => {
      scope.setValidatorCompiler(validatorCompiler);
      scope.setSerializerCompiler(serializerCompiler);
      scope.setErrorHandler(adminErrorAnswer(options.log));
      scope.setNotFoundHandler(() => {
        throw new AdminRefusal(404, 'path-unknown', 'There is no such path.', 'See /docs.');
      });
      scope.addHook('onRoute', refuseUnknownParameters);
      authorizeAndAudit(scope, options);
      registerAppRoutes(scope, options);
      registerNumberRoutes(scope, options);
      registerPoolRoutes(scope, options);
      registerEnterpriseRoutes(scope, options);
      registerNumberOrderRoutes(scope, options);
      await registerVoiceFileRoutes(scope, options);
      registerTemplateRoutes(scope, options);
      registerReviewQueueRoutes(scope, options);
      registerTemplatePreviewRoutes(scope, options);
      const revealed = new RevealedCalls(options.clock);
      registerCallRoutes(scope, { ...options, revealed });
      registerSignallingRoutes(scope, { ...options, revealed });
      registerQualityRoutes(scope, options);
      registerLimitRoutes(scope, options);
      registerVoicePortRoutes(scope, options);
      registerBarredRoutes(scope, options);
      registerBlockRoutes(scope, options);
      registerGuardRoutes(scope, options);
      registerQueueRoutes(scope, options);
      registerPushRoutes(scope, options);
      registerAuditRoutes(scope, options);
      registerApiPasswordRoutes(scope, options);
      registerSessionRoutes(scope, options);
      registerSettingsRoutes(scope, options);
      registerSignInRoutes(scope, options);
      registerUserRoutes(scope, options);
      registerTokenRoutes(scope, options);
      registerCustomerRoutes(scope, options);
      registerReconciliationRoutes(scope, options);
      registerExportRoutes(scope, options);
      registerStatisticsRoutes(scope, options);
      registerPersonalDataRoutes(scope, options);
      registerBackupRoutes(scope, options);
      registerTrunkRoutes(scope, options);
      registerPhones(scope, options.phones);
      options.receiver?.registerReading(scope);
      if (options.holdPhone) await registerPhoneSocket(scope, options.holdPhone);
    },
    { prefix: PREFIX },
  );
}

function registerPhones(server: FastifyInstance, phones: readonly PhoneEntry[]): void {
  const entry = z.object({ number: z.string(), behaviour: z.string(), description: z.string() });
  server.withTypeProvider<ZodTypeProvider>().get(
    '/phones',
    {
      config: { right: 'read' },
      schema: {
        tags: ['sandbox'],
        summary: 'The numbers of the sandbox and what each does',
        response: { 200: z.object({ phones: z.array(entry) }), default: errorSchema },
      },
    },
    async () => ({ phones: [...phones] }),
  );
}
