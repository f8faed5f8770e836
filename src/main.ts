/** The composition root: puts cores, drivers and surfaces together, and takes them apart again. */
import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Administration } from './accounts/administration.ts';
import { lockOutLimits } from './accounts/lock-out.ts';
import { LegacyAccess } from './accounts/legacy-access.ts';
import { openPeople } from './accounts/people.ts';
import { TemplateAdministration } from './accounts/template-administration.ts';
import { VoiceFileAdministration } from './accounts/voice-file-administration.ts';
import { builtInTones } from './audio/tone.ts';
import { InProcessEventBus } from './bus/in-process.ts';
import type { PlayingRules } from './call/call.ts';
import { CallService } from './call/call-service.ts';
import type { Clock, Logger, Random } from './call/ports.ts';
import type { RecordingArchive } from './call/recording-archive.ts';
import type { Config } from './config.ts';
import { HttpMetrics } from './http/metrics.ts';
import { RecordingDownloads } from './http/recording-downloads.ts';
import { RecordingLinks } from './http/recording-links.ts';
import { createHttpServer, type HttpServer } from './http/server.ts';
import { directory } from './phones/directory.ts';
import { recordingName } from './phones/call-recorder.ts';
import { type Phones, startPhones } from './phones/start-phones.ts';
import { StoredPrompts } from './prompts/prompt-library.ts';
import { ThreadedConverter } from './prompts/voice-file-converter.ts';
import { VoiceFileFolder } from './prompts/voice-file-folder.ts';
import { EspeakProvider } from './speech/espeak/espeak.ts';
import { OpenAiSpeechProvider } from './speech/openai.ts';
import { PromptCache } from './speech/prompt-cache.ts';
import type { SpeechProvider } from './speech/provider.ts';
import { SherpaProvider } from './speech/sherpa.ts';
import { Speech } from './speech/speech.ts';
import { systemPromptText } from './speech/system-prompts.ts';
import { type Expiring, ExpirySweep } from './store/expiry-sweep.ts';
import { REQUEST_KEY_LIFETIME } from './call/request-key.ts';
import { DirectoryLock } from './store/directory-lock.ts';
import { prepareSandbox, type SandboxAccess } from './sandbox.ts';
import { RecordingBucket } from './store/recording-bucket.ts';
import { RecordingFolder } from './store/recording-folder.ts';
import { recordingKey } from './store/recording-key.ts';
import { RecordingRetention } from './store/recording-retention.ts';
import { secretKeys } from './store/secret-key.ts';
import { openPostgresStore, openSqliteStore, type Store } from './store/store.ts';
import { type DriverName, MediaPool } from './telephony/media/media-pool.ts';
import { SipEndpoint } from './telephony/sip-endpoint.ts';
import { strangerLimits } from './telephony/stranger-gate.ts';
import { SipTelephony } from './telephony/sip-telephony.ts';
import type { Trunk } from './telephony/trunk.ts';
import { registerMediaGauges } from './telemetry/metrics/media-metrics.ts';
import { PlatformMetrics, registerVoicePorts } from './telemetry/metrics/platform-metrics.ts';
import { registerBreakers, registerPushLag } from './telemetry/metrics/push-metrics.ts';
import { registerSipGauges } from './telemetry/metrics/sip-metrics.ts';
import type { Traces } from './telemetry/traces/start-traces.ts';
import { PushSender } from './webhooks/deliver.ts';
import { DeliveryLoop } from './webhooks/delivery-loop.ts';

/** For `doctor`: which driver media would use here. */
export { probeDriver } from './telephony/media/media-pool.ts';

/** A running platform. */
export interface Platform {
  /** Base URL of the API, the console and the operator's API. */
  readonly http: string;
  /** `HOST:PORT` of SIP. */
  readonly sip: string;
  /** How media reach the network. */
  readonly mediaDriver: DriverName;
  /** The operator's bearer token. */
  readonly adminToken: string;
  /** The ready-made apps of the sandbox; absent where calls leave on a trunk. */
  readonly sandbox: SandboxAccess | undefined;
  /** No new calls; running ones end in their own time, up to `milliseconds`; then everything is closed. */
  drain(milliseconds: number): Promise<void>;
  /** Releases running calls and closes everything. */
  close(): Promise<void>;
}

export interface Surroundings {
  readonly log: Logger;
  readonly version: string;
  /** The operator's bearer token. */
  readonly adminToken: string;
}

/** ms that closing waits for pushes that are due. */
const LAST_PUSHES = 5_000;

/** ms that closing waits for the answers to BYEs and CANCELs: time for three copies of each. */
const LAST_RESPONSES = 2_000;

const clock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};

const random: Random & { bytes(count: number): Uint8Array } = {
  integer: (below) => randomInt(below),
  bytes: (count) => randomBytes(count),
};

/** Starts everything, in the order in which the parts need each other. What was started is closed again when a part fails. */
export async function startPlatform(config: Config, surroundings: Surroundings): Promise<Platform> {
  const { log, version, adminToken } = surroundings;
  await using parts = new AsyncDisposableStack();
  parts.adopt(DirectoryLock.take(config.data), (lock) => lock.release());
  const http = new HttpMetrics();
  const metrics = new PlatformMetrics(http.registry, version);
  const traces = await tracesOf(config, version, log);
  if (traces) parts.defer(() => traces.calls.close());
  const store = parts.adopt(await openStore(config, metrics), (opened) => opened.close());
  const bus = new InProcessEventBus(log);
  const media = parts.adopt(await startMedia(config, metrics, log), (pool) => pool.close());
  const recordings = join(config.data, 'phones');
  const phones = config.trunk ? undefined : await startSandbox(recordings, log);
  if (phones) parts.adopt(phones, (started) => started.close());
  const endpoint = parts.adopt(await startSip(config, version, metrics, log), (started) =>
    started.close({ linger: LAST_RESPONSES }),
  );

  const archive = new VoiceFileFolder(join(config.data, 'voice-files'));
  await archive.sweep(new Set((await store.voiceFiles.voiceFiles()).map(({ revision }) => revision)));
  const speech = parts.adopt(speechOf(config, metrics, log), (opened) => opened.close());
  const prompts = promptsOf(config, store, archive, speech);
  const recordingArchive = recordingArchiveOf(config);
  const telephony = new SipTelephony({
    ...trunksOf(config, phones),
    endpoint,
    media,
    recordingLayout: config.recordingLayout,
    random,
    log,
  });
  const metered = metrics.legs.metered(telephony);
  const meteredStore = metrics.calls.metered(store.calls);
  const calls = new CallService({
    telephony: traces ? traces.media.tracedTelephony(metered) : metered,
    prompts: traces ? traces.media.traced(prompts) : prompts,
    recordings: recordingArchive,
    playing: playingRules(config),
    store: traces ? traces.calls.traced(meteredStore) : meteredStore,
    bus,
    clock,
    random,
    log,
    hostName: config.hostName,
    ringTimeout: config.ringTimeout,
    isAccountActive: async (spId) => (await store.accounts.account(spId))?.state === 'active',
    portsPerCallback: config.portsPerCallback,
  });
  const { privateReceivers } = config;
  const sender = parts.adopt(new PushSender({ clock, privateReceivers }), (opened) => opened.close());
  const deliveries = parts.adopt(deliveryLoop(config, { store, sender, metrics, traces, log }), (loop) =>
    loop.stop(),
  );
  bus.subscribe(() => deliveries.wake());
  const recovery = await calls.recover();
  if (recovery.calls > 0) {
    const fields = { calls: recovery.calls };
    void recovery.finished.then(() =>
      log.warn(fields, 'calls that a crash cut off were given their records'),
    );
  }
  deliveries.start();
  parts.defer(() => deliveries.finish(LAST_PUSHES));
  parts.defer(calls.noteLife());

  const { recordingRetention: keepFor, recordingUrlLifetime: lifetime, publicUrl } = config;
  const retention = new RecordingRetention({ archive: recordingArchive, clock, log, keepFor });
  parts.defer(() => retention.stop());
  retention.start();
  const downloads = new RecordingDownloads({
    archive: recordingArchive,
    links: new RecordingLinks(recordingKey(config.data, random)),
    clock,
    lifetime,
    keepFor,
    publicUrl,
  });

  const sweep = new ExpirySweep(expiring(config, store), clock, log);
  parts.defer(() => sweep.stop());
  sweep.start();

  const people = openPeople({
    people: store.people,
    accounts: store.accounts,
    now: clock.now,
    random,
    lifetime: config.signInLifetime,
    idle: config.signInIdle,
  });
  const administration = new Administration({ store: store.accounts, now: clock.now, random });
  const voiceFiles = new VoiceFileAdministration({
    store: store.voiceFiles,
    archive,
    converter: new ThreadedConverter(),
    now: clock.now,
    random,
  });
  await administration.ensureDefaultAccount();
  const sandbox = config.trunk ? undefined : await prepareSandbox(administration, voiceFiles);
  showFigures(http.registry, { calls, store, media, endpoint, deliveries });
  const server = parts.adopt(
    await createHttpServer({
      settings: { ...config, adminToken, commercial: config.trunk !== undefined, version },
      calls,
      accounts: store.accounts,
      auditTrail: store.auditTrail,
      ...people,
      legacyAccess: new LegacyAccess({
        store: store.legacyAccess,
        accounts: store.accounts,
        now: clock.now,
        random,
        hostName: config.hostName,
      }),
      administration,
      voiceFiles,
      templates: new TemplateAdministration({ store: store.templates, now: clock.now, random }),
      templateStore: store.templates,
      queries: store.queries,
      requestKeys: store.requestKeys,
      pushLedger: store.pushLedger,
      deliveries,
      downloads,
      bus,
      clock,
      random,
      log,
      metrics: http,
      onAnswered: traces && ((request) => traces.calls.answered(request)),
      readiness: [
        { name: 'calls', check: async () => (calls.accepting ? undefined : 'draining: no new calls') },
        { name: 'database', check: async () => void (await store.check()) },
      ],
      phones: phones ? directory.map(({ shows, ...entry }) => ({ ...entry, description: shows })) : undefined,
      recordings: phones ? (callId) => heardBy(recordings, callId) : undefined,
    }),
    (started: HttpServer) => started.close(),
  );
  const url = await server.listen(config.http);
  const running = parts.move();
  let closed: Promise<void> | undefined;
  const drain = async (milliseconds: number): Promise<void> => {
    await calls.drain(milliseconds);
    // Once for all who wait: a stack that is being disposed of calls itself disposed of.
    closed ??= running.disposeAsync();
    await closed;
  };
  return {
    http: url,
    sip: `${endpoint.address.host}:${endpoint.address.port}`,
    mediaDriver: media.driver.name,
    adminToken,
    sandbox,
    drain,
    close: () => drain(0),
  };
}

/** What is kept for a while only. */
function expiring({ auditRetention }: Config, store: Store): Expiring[] {
  const kinds: Expiring[] = [
    {
      name: 'request keys',
      remove: (now) => store.requestKeys.removeUntil(now - REQUEST_KEY_LIFETIME),
    },
    { name: 'access tokens', remove: (now) => store.legacyAccess.removeGrantsUntil(now) },
  ];
  kinds.push({
    name: 'sign-ins',
    remove: (now) => store.people.removeExpired(now, now - lockOutLimits.name.window),
  });
  if (auditRetention > 0) {
    kinds.push({ name: 'audit trail', remove: (now) => store.auditTrail.removeBefore(now - auditRetention) });
  }
  return kinds;
}

/** What the parts say of themselves whenever somebody looks at `/metrics`. */
function showFigures(
  registry: HttpMetrics['registry'],
  parts: {
    calls: CallService;
    store: Store;
    media: MediaPool;
    endpoint: SipEndpoint;
    deliveries: DeliveryLoop;
  },
): void {
  const { calls, store, media, endpoint, deliveries } = parts;
  registerVoicePorts(registry, {
    runningCalls: () => calls.runningCalls,
    portsInUse: () => calls.portsInUse,
    ports: async () => (await store.accounts.apps()).reduce((sum, { ports }) => sum + ports, 0),
  });
  registerMediaGauges(registry, {
    streams: () => media.streams,
    capacity: media.capacity,
    lateness: () => media.lateness(),
    packetsByLateness: () => media.packetsByLateness(),
    cpuSeconds: () => media.cpuSeconds(),
  });
  registerSipGauges(registry, {
    load: () => endpoint.load,
    refusals: () => endpoint.counters,
    repeated: () => endpoint.repeated,
  });
  registerBreakers(registry, () => deliveries.failingReceivers);
  registerPushLag(registry, store.outbox, clock);
}

function openStore(config: Config, metrics: PlatformMetrics): Promise<Store> {
  const { database, data, secretKey: current, previousSecretKey: previous } = config;
  const observer = metrics.store;
  const keys = secretKeys(data, { current, previous });
  return database.kind === 'sqlite'
    ? openSqliteStore({ path: database.path, observer, secretKeys: keys })
    : openPostgresStore({ url: database.url, observer, secretKeys: keys });
}

/** Traces where there is somewhere to send them; else what makes them is not even loaded. */
async function tracesOf(
  { otlpEndpoint: endpoint, otlpPercentage, hostName }: Config,
  version: string,
  log: Logger,
): Promise<Traces | undefined> {
  if (endpoint === undefined) return undefined;
  const { startTraces } = await import('./telemetry/traces/start-traces.ts');
  return startTraces({ endpoint, ratio: otlpPercentage / 100, version, hostName, clock, log });
}

async function startMedia(
  { rtp, publicAddress, mediaWorkers, mediaTimeout, mediaDriver }: Config,
  metrics: PlatformMetrics,
  log: Logger,
): Promise<MediaPool> {
  const media = await MediaPool.start({
    host: rtp.host,
    firstPort: rtp.first,
    lastPort: rtp.last,
    publicHost: publicAddress,
    workers: mediaWorkers,
    silentAfter: mediaTimeout,
    onStreamClosed: (statistics) => metrics.media.streamEnded(statistics),
    driver: mediaDriver,
    onWorkerCrash: (error) => log.error({ err: error }, 'a media worker crashed and was started again'),
  });
  log.info(media.driver, 'media reach the network');
  return media;
}

const startSip = (
  config: Config,
  version: string,
  metrics: PlatformMetrics,
  log: Logger,
): Promise<SipEndpoint> =>
  SipEndpoint.start({
    listen: config.sip,
    publicAddress: config.publicAddress,
    strangers: strangerLimits(config.strangerRate),
    userAgent: {
      product: `OpenVoiceCall/${version}`,
      inbound: 'refuse',
      redirects: config.followRedirects ? 'follow' : 'refuse',
      sessionTimer: { expires: config.sessionExpires, minimum: 90 },
    },
    trace: ({ direction, message }) => metrics.sip.seen(direction, message),
    log,
  });

const playingRules = (config: Config): PlayingRules => ({
  firstKeyTimeout: config.firstKeyTimeout,
  interKeyTimeout: config.interKeyTimeout,
  bargeIn: config.bargeIn,
  hashEndsKeys: config.hashEndsKeys,
  answeringMachine: config.answeringMachine,
  maxReplays: config.maxReplays,
  repeat: config.verificationRepeats,
});

/** Calls leave on the operator's trunk; without one, and always for `/sandbox`, they ring the sandbox's phones. */
function trunksOf(config: Config, phones: Phones | undefined): { trunk: Trunk; sandbox?: Trunk } {
  if (phones) {
    const sandbox: Trunk = { ...phones.address, transport: 'UDP', assertIdentity: false, privacy: false };
    return { trunk: sandbox, sandbox };
  }
  if (config.trunk === undefined) throw new Error('neither a trunk nor sandbox phones');
  return {
    trunk: {
      host: config.trunk.host,
      port: config.trunk.port ?? 5060,
      transport: config.trunk.transport,
      credentials: config.trunkCredentials,
      assertIdentity: config.trunkAssertIdentity,
      privacy: config.trunkPrivacy,
    },
  };
}

const startSandbox = (recordings: string, log: Logger): Promise<Phones> => {
  mkdirSync(recordings, { recursive: true });
  const onProblem = (error: Error): void => log.error({ err: error }, 'the sandbox phones report a problem');
  return startPhones({ host: '127.0.0.1', recordings, onProblem });
};

/** The file of what a sandbox phone heard; none where it was never answered. */
function heardBy(recordings: string, callId: string): string | undefined {
  const file = join(recordings, `${recordingName(callId)}.wav`);
  return existsSync(file) ? file : undefined;
}

/** The voices, best first; the built-in one is always there. Throws where a model's folder or package is missing. */
export function speechProviders(config: Config): SpeechProvider[] {
  const { speechModels, speechUrl, speechModel, speechVoice, speechKey } = config;
  return [
    ...(speechModels === undefined ? [] : [new SherpaProvider({ folder: speechModels })]),
    ...(speechUrl === undefined
      ? []
      : [
          new OpenAiSpeechProvider({
            url: speechUrl,
            model: speechModel,
            voice: speechVoice,
            apiKey: speechKey,
          }),
        ]),
    new EspeakProvider({ clock }),
  ];
}

function speechOf(config: Config, metrics: PlatformMetrics, log: Logger): Speech {
  const cache = new PromptCache({ folder: join(config.data, 'speech-cache'), log, clock });
  return new Speech({ providers: speechProviders(config), cache, log, clock, observer: metrics.speech });
}

function promptsOf(config: Config, store: Store, archive: VoiceFileFolder, speech: Speech): StoredPrompts {
  const tones = builtInTones();
  return new StoredPrompts({
    files: store.voiceFiles,
    archive,
    speech,
    tones: { waiting: tones.waiting, 'ring-back': tones['ring-back'] },
    language: config.promptLanguage,
    systemText: systemPromptText,
  });
}

/** A bucket where one is configured, else the folder. */
function recordingArchiveOf({ data, hostName, recordingBucket }: Config): RecordingArchive {
  const folder = new RecordingFolder(join(data, 'recordings'), hostName);
  if (recordingBucket === undefined) return folder;
  return new RecordingBucket({ ...recordingBucket, folder, clock });
}

const deliveryLoop = (
  config: Config,
  parts: { store: Store; sender: PushSender; metrics: PlatformMetrics; traces?: Traces; log: Logger },
): DeliveryLoop =>
  new DeliveryLoop({
    outbox: parts.store.outbox,
    accounts: parts.store.accounts,
    sender: parts.sender,
    clock,
    random,
    log: parts.log,
    onAttempt: (push, outcome) => {
      parts.metrics.pushes.attempted(push, outcome);
      parts.traces?.calls.attempted(push, outcome);
    },
    retries: {
      status: { retries: config.statusRetries, interval: config.statusRetryInterval },
      fee: { retries: config.feeRetries, interval: config.feeRetryInterval },
    },
    statusMaxAge: config.statusMaxAge === 0 ? undefined : config.statusMaxAge,
    created: config.pushCreated,
    gatheringWindow: config.feeGatheringWindow,
  });
