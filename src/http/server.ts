/** The one HTTP server: the compatible API, the operator's API, events, health. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Server as StreamServer, Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { AuditTrail } from '../accounts/audit.ts';
import type { UncallableRules, UncallableType } from '../accounts/callable.ts';
import type { EnterpriseAdministration } from '../accounts/enterprise-administration.ts';
import type { AccountStore, EnterpriseStore, TemplateStore } from '../accounts/ports.ts';
import type { AccountAdministration } from '../accounts/account-administration.ts';
import type { LegacyAccess } from '../accounts/legacy-access.ts';
import { OperatorSignIns } from '../accounts/operator-sign-ins.ts';
import type { SignIns } from '../accounts/sign-ins.ts';
import type { UserAdministration } from '../accounts/user-administration.ts';
import type { TrunkAdministration } from '../accounts/trunk-administration.ts';
import type { Trunk, TrunksInForce } from '../accounts/trunk.ts';
import type { Administration } from '../accounts/administration.ts';
import type { TemplateAdministration } from '../accounts/template-administration.ts';
import type { VoiceFileAdministration } from '../accounts/voice-file-administration.ts';
import type { CallOwner } from '../call/call-record.ts';
import type { CallRecord } from '../call/call-record.ts';
import type { CallService } from '../call/call-service.ts';
import type { Clock, EventBus, Logger, Random } from '../call/ports.ts';
import type { Deliveries, PushLedger } from '../call/push-ledger.ts';
import type { Backups } from './admin/backup-routes.ts';
import type { PersonalData } from '../call/personal-data.ts';
import type { CallQueries } from '../call/queries.ts';
import type { Reconciliation } from '../call/reconciliation.ts';
import type { LimitAdministration } from '../limits/limit-administration.ts';
import type { PoolAdministration } from '../limits/pool-administration.ts';
import type { Limits } from '../limits/limits.ts';
import type { LimitStore } from '../limits/ports.ts';
import type { RefusalLog } from '../limits/refusal.ts';
import { REQUEST_KEY_LIFETIME, type RequestKeys } from '../call/request-key.ts';
import type { CallCounts } from '../call/statistics.ts';
import { Authorization } from './admin/authorize.ts';
import { Certificate, type CertificateFiles } from './certificate.ts';
import { type PhoneEntry, registerAdmin } from './admin/routes.ts';
import type { PhoneRecordings } from './admin/views.ts';
import type { TemplatePreviewOptions } from './admin/template-preview-routes.ts';
import type { Signalling } from './admin/signalling-routes.ts';
import { registerEvents } from './events.ts';
import { registerConsole } from './console/assets.ts';
import { BuiltInReceiver } from './console/built-in-receiver.ts';
import { KnownHosts } from './console/known-hosts.ts';
import type { HoldPhone } from './console/phone-socket.ts';
import { type ReadinessCheck, registerHealth } from './health.ts';
import { HttpMetrics } from './metrics.ts';
import { AddressSet, type ProxyHeader, settleForwarding } from './proxies.ts';
import type { LegacyFeature } from './voicecall/legacy-features.ts';
import { BlockedAddresses } from './voicecall/blocked-addresses.ts';
import { Authenticator } from './voicecall/authenticate.ts';
import type { RecordingDownloads } from './recording-downloads.ts';
import { registerRecordings } from './recordings.ts';
import { RequestsOnce } from './voicecall/request-keys.ts';
import { type OnAnswered, registerVoiceCallRoutes } from './voicecall/routes.ts';

export interface HttpSettings {
  /** The operator's bearer token. */
  readonly adminToken: string;
  /** How far `Created` may be from our clock, ms. */
  readonly createdWindow: number;
  readonly rejectReplays: boolean;
  readonly legacy: readonly LegacyFeature[];
  /** How long an Idempotency-Key stands for its request, ms; a day unless set. */
  readonly requestKeyRetention?: number;
  /** How long other things are kept, ms; 0, and unless set: for ever. */
  readonly callRetention?: number;
  readonly recordingRetention?: number;
  readonly auditRetention?: number;
  /** Leave connections of the compatible API open after an answer. */
  readonly keepAlive: boolean;
  /** Addresses and CIDR blocks of reverse proxies whose word of the client is believed. */
  readonly trustedProxies: readonly string[];
  /** There are no sandbox phones: every call leaves on a trunk. */
  /** Where they say it; default `x-forwarded-for`. */
  readonly proxyHeader?: ProxyHeader;
  /** Serve HTTPS. */
  readonly tls?: CertificateFiles;
  /** Calls can leave on a trunk. */
  readonly commercial: boolean;
  readonly version: string;
  /** Numbers that are not called: their beginnings; all but these countries' (none: no country's); these kinds of them. */
  readonly uncallablePrefixes: readonly string[];
  readonly callableCountries: readonly string[];
  readonly uncallableTypes: readonly UncallableType[];
  /** Whoever opens the console on this very machine is the platform's operator. */
  readonly openConsole: boolean;
  /** Names under which browsers may use the console, beside addresses and localhost. */
  readonly consoleHosts?: readonly string[];
  /** ms that an operator stays signed in at the console at most, and without a request. */
  readonly signInLifetime: number;
  readonly signInIdle: number;
  /** A request must have arrived whole by then, ms; slower clients are answered 408 and closed. Default 15 s. */
  readonly requestTimeout?: number;
  /** Connections at once; more are closed on arrival, so that calls still find sockets. Default 10,000. */
  readonly mostConnections?: number;
}

export interface HttpServerOptions {
  readonly settings: HttpSettings;
  readonly calls: Pick<
    CallService,
    'place' | 'refusalsSettled' | 'stop' | 'queuePlace' | 'quality' | 'portsOf'
  >;
  readonly limits: Pick<Limits, 'companions' | 'noteRefusal' | 'takeRequest' | 'waiting'>;
  readonly limitAdministration: LimitAdministration;
  readonly poolAdministration: PoolAdministration;
  readonly enterprises: EnterpriseStore;
  readonly enterpriseAdministration: EnterpriseAdministration;
  readonly refusalLog: RefusalLog;
  /** Where blocked addresses are kept. */
  readonly limitStore: LimitStore;
  readonly accounts: AccountStore;
  readonly auditTrail: AuditTrail;
  readonly signIns: SignIns;
  readonly legacyAccess: LegacyAccess;
  readonly users: UserAdministration;
  readonly accountAdministration: AccountAdministration;
  readonly administration: Administration;
  readonly trunkAdministration: TrunkAdministration;
  readonly trunks: TrunksInForce;
  /** The trunk of `--trunk`, where there is one. */
  readonly settingsTrunk?: Trunk | undefined;
  readonly voiceFiles: VoiceFileAdministration;
  readonly templates: TemplateAdministration;
  /** Speaks templates that are listened to before they are submitted. */
  readonly speak: TemplatePreviewOptions['speak'];
  /** The templates that calls name. */
  readonly templateStore: Pick<TemplateStore, 'find'>;
  readonly queries: CallQueries;
  readonly reconciliation: Reconciliation;
  readonly callCounts: CallCounts;
  readonly personalData: PersonalData;
  readonly backups: Backups;
  /** Removes what is kept of a call beside the database. */
  readonly clearCall: (call: CallRecord) => Promise<void>;
  /** Stands for a phone number in the audit trail. */
  readonly digestOfNumber: (number: string) => string;
  readonly requestKeys: RequestKeys;
  readonly pushLedger: PushLedger;
  readonly deliveries: Deliveries;
  readonly downloads: RecordingDownloads;
  readonly bus: EventBus;
  readonly readiness: readonly ReadinessCheck[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** The sandbox's numbers; none where calls leave on a trunk. */
  readonly phones?: readonly PhoneEntry[];
  readonly recordings?: PhoneRecordings;
  readonly signalling: Signalling;
  readonly holdPhone?: HoldPhone;
  /** Where the console's build lies. */
  readonly consoleFolder: string;
  /** For others to register their own metrics at. */
  readonly metrics?: HttpMetrics;
  /** Hears of each answered request of the compatible API. */
  readonly onAnswered?: OnAnswered;
}

export interface HttpServer {
  /** Port 0 takes a free one. @returns the base URL */
  listen(address: { readonly host: string; readonly port: number }): Promise<string>;
  /** Reads the certificate anew, where there is one. */
  reload(): void;
  /** Ends event streams, gives running requests two seconds, closes every connection, then resolves. */
  close(): Promise<void>;
}

/** ms. */
const REQUEST_TIMEOUT = 15_000;

/** ms that requests which are being served have when the server closes. */
const LAST_REQUESTS = 2_000;

/** A sessionId has at most 256 characters. */
const LONGEST_PATH_PARAMETER = 300;

/** Requests are read here: with what proxies say of the client in one form, and encrypted where there is a certificate. */
function nodeServer(settings: HttpSettings, certificate: Certificate | undefined, listener: RequestListener) {
  const { trustedProxies, proxyHeader = 'x-forwarded-for', requestTimeout = REQUEST_TIMEOUT } = settings;
  const proxies = new AddressSet(trustedProxies);
  const limits = {
    headersTimeout: requestTimeout,
    requestTimeout,
    keepAliveTimeout: 60_000,
    connectionsCheckingInterval: Math.min(1_000, requestTimeout),
  };
  const settled: RequestListener = (request, response) => {
    settleForwarding(request, proxyHeader, proxies);
    listener(request, response);
  };
  if (certificate === undefined) return createServer(limits, settled);
  const secure = createSecureServer(
    { ...limits, ...certificate.options, handshakeTimeout: requestTimeout },
    settled,
  );
  certificate.add(secure);
  return secure;
}

/** Those that are open at the moment. */
function connectionsOf(server: StreamServer): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  server.on('connection', (connection) => {
    open.add(connection);
    connection.once('close', () => open.delete(connection));
  });
  return open;
}

/** Paths of the compatible API. */
const COMPATIBLE = /^\/(?:sandbox\/)?(?:rest|omp)\//;

function bareServer(settings: HttpSettings, certificate: Certificate | undefined): FastifyInstance {
  const { mostConnections = 10_000 } = settings;
  const notFound = (_path: string, _request: unknown, response: FastifyReply['raw']): void => {
    response.writeHead(404, { 'content-type': 'text/plain', connection: 'close' }).end('Not Found\n');
  };
  const proxies = new AddressSet(settings.trustedProxies);
  const server = fastify({
    logger: false,
    // Whoever still gets through while the server closes is answered in the API's own words: no new calls.
    return503OnClosing: false,
    // What the nearest proxy passes on was settled before: one hop, and that from a trusted one.
    trustProxy: (address, hop) => hop === 0 && proxies.has(address),
    serverFactory: (listener) => nodeServer(settings, certificate, listener) as Server,
    routerOptions: { maxParamLength: LONGEST_PATH_PARAMETER, onBadUrl: notFound, onMaxParamLength: notFound },
  });
  server.server.maxConnections = mostConnections;
  // Spec 00 section 3: a wrong path is a plain 404, without a result code.
  server.setNotFoundHandler((request, reply) => {
    // Spec 10 D: every answer of the compatible API, also where it has no such path.
    if (!settings.keepAlive && COMPATIBLE.test(request.url)) reply.header('connection', 'close');
    reply.code(404).type('text/plain').send('Not Found\n');
  });
  return server;
}

const uncallableOf = (settings: HttpSettings): UncallableRules => ({
  prefixes: settings.uncallablePrefixes,
  countries: settings.callableCountries,
  types: settings.uncallableTypes,
});

/** Builds the server; nothing listens yet. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { settings, calls, accounts, clock, random, log, metrics = new HttpMetrics() } = options;
  const { templateStore: templates, queries, downloads } = options;
  const certificate = settings.tls && new Certificate(settings.tls, clock, log);
  const server = bareServer(settings, certificate);
  const legacy = new Set(settings.legacy);
  const once = new RequestsOnce({
    keys: options.requestKeys,
    now: () => clock.now(),
    lifetime: settings.requestKeyRetention,
    refusalsSettled: () => calls.refusalsSettled(),
  });
  const placing = {
    calls,
    accounts,
    templates,
    random,
    once,
    pools: options.limits,
    refusals: options.limits,
    clock,
    bindNbr: legacy.has('bindNbr'),
    // A trunk that is added to a running sandbox takes its calls.
    get commercial(): boolean {
      return settings.commercial || !options.trunks.isEmpty;
    },
    uncallable: uncallableOf(settings),
  };
  const operatorSignIns = new OperatorSignIns({
    now: () => clock.now(),
    random,
    lifetime: settings.signInLifetime,
    idle: settings.signInIdle,
  });
  const authorization = new Authorization({
    operatorToken: settings.adminToken,
    signIns: options.signIns,
    operatorSignIns,
    accounts,
    hosts: new KnownHosts(settings.consoleHosts ?? []),
  });
  const receiver = settings.commercial
    ? undefined
    : new BuiltInReceiver({ accounts, queries, now: () => clock.now() });
  const blockedAddresses = new BlockedAddresses({ store: options.limitStore, clock, log });
  await blockedAddresses.load();
  const authenticator = new Authenticator({
    accounts,
    clock,
    createdWindow: settings.createdWindow,
    rejectReplays: settings.rejectReplays,
    access: legacy.has('login') ? options.legacyAccess : undefined,
    wsse: legacy.has('wsse'),
    failures: blockedAddresses.guard,
  });
  const { keepAlive } = settings;
  const voiceCall = {
    authenticator,
    access: options.legacyAccess,
    legacy,
    placing,
    takeRequest: (app: CallOwner) => options.limits.takeRequest(app, clock.now()),
    queries,
    downloads,
    metrics,
    log,
    keepAlive,
    onAnswered: options.onAnswered,
  };
  await registerAdmin(server, {
    ...options,
    authorization,
    blockedAddresses,
    operatorSignIns,
    uncallable: uncallableOf(settings),
    retention: {
      calls: settings.callRetention ?? 0,
      recordings: settings.recordingRetention ?? 0,
      audit: settings.auditRetention ?? 0,
      requestKeys: settings.requestKeyRetention ?? REQUEST_KEY_LIFETIME,
    },
    openConsole: settings.openConsole,
    receiver,
    holdPhone: options.holdPhone,
    placing,
    running: calls,
    phones: options.phones ?? [],
    recordings: options.recordings ?? (() => undefined),
    version: settings.version,
  });
  await server.register(async (scope) => registerVoiceCallRoutes(scope, voiceCall, false));
  // With a trunk there are no sandbox phones, and the path leads nowhere.
  if (!settings.commercial && legacy.has('sandbox')) {
    await server.register(async (scope) => registerVoiceCallRoutes(scope, voiceCall, true), {
      prefix: '/sandbox',
    });
  }
  registerEvents(server, { ...options, authorization, placing });
  registerHealth(server, { readiness: options.readiness, metrics });
  registerRecordings(server, downloads);
  receiver?.register(server);
  await registerConsole(server, options.consoleFolder);
  const connections = connectionsOf(server.server);
  return {
    listen: async ({ host, port }) => {
      const url = await server.listen({ host, port });
      return certificate === undefined ? url : url.replace(/^http:/, 'https:');
    },
    reload: () => certificate?.reload(),
    close: async () => {
      certificate?.close();
      // Node times out neither a connection that says nothing nor half a request once the server is closing, and forgets those
      // that asked for another protocol (RFC 9110 7.8), whatever they were answered.
      const stopTimer = clock.after(LAST_REQUESTS, () => {
        for (const connection of connections) connection.destroy();
      });
      await server.close();
      stopTimer();
    },
  };
}
