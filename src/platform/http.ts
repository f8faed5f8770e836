/** The API, the operator's API and the console, and the administration behind them. */
import { isIP } from 'node:net';
import { fileURLToPath } from 'node:url';
import { EnterpriseAdministration } from '../accounts/enterprise-administration.ts';
import { Administration } from '../accounts/administration.ts';
import { LegacyAccess } from '../accounts/legacy-access.ts';
import { openPeople } from '../accounts/people.ts';
import { TemplateAdministration } from '../accounts/template-administration.ts';
import { TrunkAdministration } from '../accounts/trunk-administration.ts';
import { VoiceFileAdministration } from '../accounts/voice-file-administration.ts';
import { writeWav } from '../audio/wav.ts';
import type { CallRecord } from '../call/call-record.ts';
import type { CallService } from '../call/call-service.ts';
import { spokenTexts } from '../call/personal-data.ts';
import type { EventBus } from '../call/ports.ts';
import type { RecordingArchive } from '../call/recording-archive.ts';
import type { Config } from '../config/config.ts';
import { RecordingDownloads } from '../http/recording-downloads.ts';
import { RecordingLinks } from '../http/recording-links.ts';
import type { SignallingMessage } from '../http/admin/signalling-routes.ts';
import { createHttpServer, type HttpServer } from '../http/server.ts';
import { directory } from '../phones/directory.ts';
import type { Phones } from '../phones/start-phones.ts';
import type { CreatedLimits } from '../limits/create-limits.ts';
import type { StoredPrompts } from '../prompts/prompt-library.ts';
import { ThreadedConverter } from '../prompts/voice-file-converter.ts';
import type { VoiceFileFolder } from '../prompts/voice-file-folder.ts';
import { reachable } from '../webhooks/private-addresses.ts';
import { prepareSandbox, type SandboxAccess } from '../sandbox.ts';
import { datagramOf, pcapOf } from '../telephony/pcap.ts';
import type { RtpLog } from '../telephony/rtp-log.ts';
import type { LoggedMessage, SipLog } from '../telephony/sip-log.ts';
import { numberDigest } from '../store/number-digest.ts';
import { recordingKey } from '../store/recording-key.ts';
import { secretKeys } from '../store/secret-key.ts';
import { BackupFolder } from '../store/backup/backup-folder.ts';
import { programPath } from '../config/environment.ts';
import type { Store } from '../store/store.ts';
import type { DeliveryLoop } from '../webhooks/delivery-loop.ts';
import type { Trunks } from '../telephony/trunks/trunks.ts';
import { type Base, clock, random } from './base.ts';
import { settingsTrunk, trunkInForce } from './trunks.ts';
import { heardBy } from './telephony.ts';

const addressText = ({ host, port }: LoggedMessage['remote']): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

function shownMessage({ at, direction, transport, local, remote, bytes }: LoggedMessage): SignallingMessage {
  const text = Buffer.from(bytes).toString();
  return { at, direction, transport, local: addressText(local), remote: addressText(remote), text };
}

/** Where the console's build lies, beside the program. */
const CONSOLE = fileURLToPath(new URL('../../console/dist', import.meta.url));

interface HttpParts {
  readonly store: Store;
  readonly bus: EventBus;
  readonly calls: CallService;
  readonly limits: CreatedLimits;
  readonly deliveries: DeliveryLoop;
  readonly recordings: RecordingArchive;
  readonly voiceFileFolder: VoiceFileFolder;
  readonly prompts: StoredPrompts;
  readonly phones: Phones | undefined;
  readonly trunks: Trunks;
  readonly sipLog: SipLog;
  readonly rtpLog: RtpLog;
}

/** @returns the base URL, and the ready-made apps where there is a sandbox */
export async function startHttp(
  base: Base,
  parts: HttpParts,
): Promise<{ url: string; sandbox: SandboxAccess | undefined; reload: () => void }> {
  const { config, traces } = base;
  const { store, calls, phones } = parts;
  const { administration, voiceFiles, enterpriseAdministration } = administrationOf(config, parts);
  await administration.ensureDefaultAccount();
  const sandbox = phones === undefined ? undefined : await prepareSandbox(administration, voiceFiles);
  const server = base.parts.adopt(
    await createHttpServer({
      settings: {
        ...config,
        adminToken: base.adminToken,
        consoleHosts: consoleHostsOf(config),
        commercial: phones === undefined,
        version: base.version,
      },
      ...accessOf(config, store),
      calls,
      limits: parts.limits.limits,
      limitAdministration: parts.limits.limitAdministration,
      poolAdministration: parts.limits.poolAdministration,
      enterprises: store.enterprises,
      enterpriseAdministration,
      refusalLog: store.refusals,
      limitStore: store.limits,
      accounts: store.accounts,
      auditTrail: store.auditTrail,
      administration,
      ...trunksOf(config, parts),
      voiceFiles,
      templates: new TemplateAdministration({
        store: store.templates,
        now: clock.now,
        random,
        approvesAll: config.autoApprove,
      }),
      templateStore: store.templates,
      speak: async (text, speed, spId) =>
        writeWav((await parts.prompts.get({ kind: 'speech', text, speed }, spId)).samples),
      queries: store.queries,
      reconciliation: store.reconciliation,
      callCounts: store.callCounts,
      personalData: store.personalData,
      backups: new BackupFolder({ ...config, version: base.version, path: programPath() }, () => clock.now()),
      clearCall: clearingOf(parts),
      digestOfNumber: digestOf(config),
      requestKeys: store.requestKeys,
      pushLedger: store.pushLedger,
      deliveries: parts.deliveries,
      downloads: downloadsOf(config, parts.recordings),
      bus: parts.bus,
      clock,
      random,
      log: base.log,
      metrics: base.httpMetrics,
      onAnswered: traces && ((request) => traces.calls.answered(request)),
      readiness: [
        { name: 'calls', check: async () => (calls.accepting ? undefined : 'draining: no new calls') },
        { name: 'database', check: async () => void (await store.check()) },
      ],
      phones: phones ? directory.map(({ shows, ...entry }) => ({ ...entry, description: shows })) : undefined,
      recordings: phones ? (callId) => heardBy(config, callId) : undefined,
      signalling: {
        messages: (callId) => parts.sipLog.of(callId).map(shownMessage),
        capture: (sessionId, callIds) => {
          const messages = callIds.flatMap((callId) => parts.sipLog.of(callId));
          const datagrams = [...messages.map(datagramOf), ...parts.rtpLog.of(sessionId)];
          return datagrams.length === 0 ? undefined : pcapOf(datagrams);
        },
      },
      holdPhone: phones && ((number, holder) => phones.hold(number, holder)),
      consoleFolder: CONSOLE,
    }),
    (started: HttpServer) => started.close(),
  );
  return { url: await server.listen(config.http), sandbox, reload: () => server.reload() };
}

/** Names that belong to whoever runs the platform. */
const consoleHostsOf = ({ consoleHosts, http, publicUrl }: Config): readonly string[] => [
  ...consoleHosts,
  http.host,
  ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname]),
];

function administrationOf(
  { secretGrace, appsPerAccount, privateReceivers, receiverNetworks, autoApprove: approvesAll }: Config,
  { store, voiceFileFolder: archive }: HttpParts,
) {
  const common = { now: clock.now, random };
  const mayReach = reachable(receiverNetworks);
  const administration = new Administration({
    store: store.accounts,
    secretGrace,
    appsPerAccount,
    mayPushTo: (host) => privateReceivers || isIP(host) === 0 || mayReach(host),
    ...common,
  });
  const converter = new ThreadedConverter();
  const voiceFiles = new VoiceFileAdministration({
    store: store.voiceFiles,
    archive,
    converter,
    approvesAll,
    ...common,
  });
  const enterpriseAdministration = new EnterpriseAdministration({
    store: store.enterprises,
    accounts: store.accounts,
    administration,
    ...common,
  });
  return { administration, voiceFiles, enterpriseAdministration };
}

/** What is set in the database counts with what the settings name. */
function trunksOf(config: Config, { store, trunks }: HttpParts) {
  const configured = settingsTrunk(config);
  const trunkAdministration = new TrunkAdministration({
    store: store.trunks,
    now: clock.now,
    apply: (stored) => trunks.apply([...configured, ...stored].map(trunkInForce)),
  });
  return { trunks, trunkAdministration, settingsTrunk: configured[0] };
}

/** Who may come in, by the doors of today and of earlier years. */
function accessOf(config: Config, store: Store) {
  const common = { accounts: store.accounts, now: clock.now, random };
  const { signInLifetime: lifetime, signInIdle: idle, hostName } = config;
  return {
    ...openPeople({ people: store.people, lifetime, idle, ...common }),
    legacyAccess: new LegacyAccess({ store: store.legacyAccess, hostName, ...common }),
  };
}

/** What is kept of a call beside the database: its recording, and what was spoken in it. */
const clearingOf =
  ({ recordings, prompts }: HttpParts) =>
  async (call: CallRecord): Promise<void> => {
    if (call.recording !== undefined) await recordings.remove(call.recording.objectName);
    for (const prompt of spokenTexts(call)) await prompts.forget(prompt);
  };

const digestOf = ({ data, secretKey: current, previousSecretKey: previous }: Config) =>
  numberDigest(secretKeys(data, { current, previous }).current);

const downloadsOf = (config: Config, archive: RecordingArchive): RecordingDownloads =>
  new RecordingDownloads({
    archive,
    links: new RecordingLinks(recordingKey(config.data, random)),
    clock,
    lifetime: config.recordingUrlLifetime,
    keepFor: config.recordingRetention,
    publicUrl: config.publicUrl,
  });
