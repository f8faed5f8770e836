import { standingOf } from '../../src/accounts/standing.ts';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnterpriseAdministration } from '../../src/accounts/enterprise-administration.ts';
import { Administration } from '../../src/accounts/administration.ts';
import type { App } from '../../src/accounts/account.ts';
import { uncallableAreas } from '../../src/accounts/callable.ts';
import { LegacyAccess } from '../../src/accounts/legacy-access.ts';
import { openPeople, type People } from '../../src/accounts/people.ts';
import type { RandomIntegers } from '../../src/accounts/random-source.ts';
import { TemplateAdministration } from '../../src/accounts/template-administration.ts';
import { TrunkAdministration } from '../../src/accounts/trunk-administration.ts';
import type { Trunk, TrunkFinding, TrunksInForce } from '../../src/accounts/trunk.ts';
import { VoiceFileAdministration } from '../../src/accounts/voice-file-administration.ts';
import { writeWav } from '../../src/audio/wav.ts';
import { CallService } from '../../src/call/call-service.ts';
import type { Logger, PromptLibrary } from '../../src/call/ports.ts';
import type { Deliveries, PushLedger } from '../../src/call/push-ledger.ts';
import type { ReadinessCheck } from '../../src/http/health.ts';
import { legacyFeatures } from '../../src/http/voicecall/legacy-features.ts';
import { BackupFolder } from '../../src/store/backup/backup-folder.ts';
import { createHttpServer, type HttpServer, type HttpSettings } from '../../src/http/server.ts';
import { RecordingDownloads } from '../../src/http/recording-downloads.ts';
import { RecordingLinks } from '../../src/http/recording-links.ts';
import { RecordingFolder } from '../../src/store/recording-folder.ts';
import { numberDigest } from '../../src/store/number-digest.ts';
import { openSqliteStore, type Store } from '../../src/store/store.ts';
import { ThreadedConverter } from '../../src/prompts/voice-file-converter.ts';
import { VoiceFileFolder } from '../../src/prompts/voice-file-folder.ts';
import { createLimits, type CreatedLimits } from '../../src/limits/create-limits.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryLimits, MemoryRefusals } from './memory-limits.ts';
import {
  MemoryAccounts,
  MemoryBus,
  MemoryCalls,
  MemoryTemplates,
  MemoryVoiceFiles,
} from './memory-stores.ts';
import { namedPrompts, type Script, ScriptedTelephony } from './scripted-telephony.ts';

export const ADMIN_TOKEN = 'operator-token';

/** The HTTP surface on a free port, over the real call service, memory stores, a scripted carrier and a manual clock. */
export class HttpPlatform {
  readonly clock = new ManualClock();
  readonly accounts = new MemoryAccounts();
  readonly store = new MemoryCalls();
  readonly templateStore = new MemoryTemplates();
  readonly bus = new MemoryBus();
  /** What the phones do; a test may give them something else to do. */
  readonly phones: Record<'A' | 'B', Script> = {
    A: (leg) => (leg.ring(), leg.answer()),
    B: (leg) => (leg.ring(), leg.answer()),
  };
  readonly telephony = new ScriptedTelephony({
    A: (leg) => this.phones.A(leg),
    B: (leg) => this.phones.B(leg),
  });
  /** What speaks previews of templates; a test may have it speak otherwise. */
  prompts: Pick<PromptLibrary, 'get'> = namedPrompts;
  readonly logged: string[] = [];
  /** SIP messages that were kept of each leg of each call. */
  messages: readonly string[] = [];
  readonly readiness: ReadinessCheck[] = [];
  /** Nothing was ever pushed, until a test says otherwise. */
  pushLedger: PushLedger = {
    list: async () => ({ pushes: [] }),
    push: async () => undefined,
    lastId: async () => 0,
    replay: async () => 0,
  };
  /** What was put in force last. */
  trunksInForce: readonly Trunk[] = [];
  /** Each is up and carries nothing; what an examination finds is a test's to say. */
  readonly trunks: TrunksInForce & { findings: readonly TrunkFinding[] } = {
    findings: [],
    isEmpty: true,
    status: () =>
      this.trunksInForce.map(({ name }) => ({
        name,
        state: 'up',
        running: 0,
        counts: { attempts: 0, answered: 0, failures: 0, full: 0 },
        gateways: [{ gateway: 'udp:203.0.113.7:5060', state: 'up', optionsStatus: 200, roundTrip: 3 }],
      })),
    examine: async (name) =>
      this.trunksInForce.some((trunk) => trunk.name === name) ? this.trunks.findings : undefined,
  };
  deliveries: Deliveries = { wakeForOld: () => {}, receivers: () => [] };
  readonly administration: Administration;
  readonly voiceFiles: VoiceFileAdministration;
  readonly templates: TemplateAdministration;
  readonly calls: CallService;
  readonly limits: CreatedLimits;
  readonly limitStore: MemoryLimits;
  readonly refusalLog = new MemoryRefusals();
  people: People | undefined;
  readonly #random: RandomIntegers;
  url = '';
  /** While set, nothing can be added to the audit trail. */
  auditFailure: Error | undefined;
  readonly #folder = mkdtempSync(join(tmpdir(), 'ovc-http-'));
  readonly recordings = new RecordingFolder(join(this.#folder, 'recordings'), 'ovc.test');
  #server: HttpServer | undefined;
  /** People and what they did are in a database; the rest is in memory. */
  #database: Store | undefined;

  constructor() {
    let drawn = 0;
    const random = { integer: (below: number) => (drawn = (drawn * 31 + 17) % 1_000_003) % below };
    this.#random = random;
    const write = (fields: object, message: string): void => {
      this.logged.push(`${JSON.stringify(fields)} ${message}`);
    };
    const log: Logger = { debug: write, info: write, warn: write, error: write };
    const { clock, store, bus, telephony, accounts } = this;
    const now = (): number => clock.now();
    this.administration = new Administration({ store: accounts, now, random });
    this.voiceFiles = new VoiceFileAdministration({
      store: new MemoryVoiceFiles(),
      archive: new VoiceFileFolder(join(this.#folder, 'voice-files')),
      converter: new ThreadedConverter(),
      now,
      random,
    });
    this.templates = new TemplateAdministration({ store: this.templateStore, now, random });
    const everyCall = async () => [...(await store.list({ limit: 500 })).calls].reverse();
    this.limitStore = new MemoryLimits(everyCall);
    this.limits = createLimits({
      store: this.limitStore,
      refusalLog: this.refusalLog,
      accounts,
      now,
      log,
    });
    this.calls = new CallService({
      telephony,
      prompts: namedPrompts,
      recordings: this.recordings,
      playing: {
        firstKeyTimeout: 5_000,
        interKeyTimeout: 5_000,
        bargeIn: false,
        hashEndsKeys: false,
        answeringMachine: 'off',
        maxReplays: 9,
        repeat: 'code',
      },
      store,
      clock,
      bus,
      random,
      log,
      hostName: 'ovc.test',
      ringTimeout: 60_000,
      standing: ({ owner, order: { bindNbr } }, display) =>
        standingOf({ owner, bindNbr }, display, accounts, { integer: () => 0 }),
      portsPerCallback: 1,
      portsOfApp: async (appKey) => (await accounts.app(appKey))?.ports,
      admission: this.limits.limits,
    });
    this.limits.limitAdministration.changed = () => this.calls.lookAtWaiting();
  }

  async listen(settings: Partial<HttpSettings> = {}): Promise<void> {
    const { clock, store, bus, accounts, administration, voiceFiles, templates, calls, readiness } = this;
    const write = (fields: object, message: string): void => {
      this.logged.push(`${JSON.stringify(fields)} ${message}`);
    };
    this.#database ??= await openSqliteStore({ path: join(this.#folder, 'people.db') });
    const { auditTrail } = this.#database;
    // Its users refer to their account.
    accounts.mirror = this.#database.accounts;
    await accounts.putAccount(await administration.ensureDefaultAccount());
    this.people ??= openPeople({
      people: this.#database.people,
      accounts,
      now: () => clock.now(),
      random: this.#random,
      lifetime: 12 * 3_600_000,
      idle: 3_600_000,
      // As cheap as argon2 can be.
      cost: { memory: 8, passes: 1 },
    });
    this.#server = await createHttpServer({
      settings: {
        adminToken: ADMIN_TOKEN,
        createdWindow: 300_000,
        rejectReplays: false,
        legacy: legacyFeatures,
        keepAlive: false,
        trustedProxies: [],
        commercial: false,
        version: '0.0.0',
        openConsole: false,
        uncallablePrefixes: uncallableAreas,
        callableCountries: [],
        uncallableTypes: [],
        signInLifetime: 12 * 3_600_000,
        signInIdle: 3_600_000,
        ...settings,
      },
      signalling: {
        messages: () =>
          this.messages.map((text) => ({
            at: this.clock.now(),
            direction: 'out',
            transport: 'UDP',
            local: '192.0.2.2:5060',
            remote: '192.0.2.1:5060',
            text,
          })),
        capture: () => new Uint8Array(),
      },
      consoleFolder: join(this.#folder, 'console'),
      calls,
      limits: this.limits.limits,
      limitAdministration: this.limits.limitAdministration,
      poolAdministration: this.limits.poolAdministration,
      enterprises: this.#database.enterprises,
      enterpriseAdministration: new EnterpriseAdministration({
        store: this.#database.enterprises,
        accounts,
        administration,
        now: () => clock.now(),
        random: this.#random,
      }),
      refusalLog: this.refusalLog,
      limitStore: this.limitStore,
      accounts,
      ...this.people,
      legacyAccess: new LegacyAccess({
        store: this.#database.legacyAccess,
        accounts,
        now: () => clock.now(),
        random: this.#random,
        hostName: 'ovc.test',
      }),
      auditTrail: {
        list: (query) => auditTrail.list(query),
        removeBefore: (at) => auditTrail.removeBefore(at),
        accompany: (entry, change) =>
          auditTrail.accompany(entry, (draft) =>
            change({
              complete: async (entries) => {
                if (this.auditFailure && entries.length > 0) throw this.auditFailure;
                await draft.complete(entries);
              },
            }),
          ),
        append: async (entries) => {
          if (this.auditFailure && entries.length > 0) throw this.auditFailure;
          await auditTrail.append(entries);
        },
      },
      administration,
      backups: new BackupFolder(
        {
          data: this.#folder,
          database: { kind: 'sqlite', path: join(this.#folder, 'people.db') },
          version: '0.0.0',
          path: '',
        },
        () => clock.now(),
      ),
      trunks: this.trunks,
      trunkAdministration: new TrunkAdministration({
        store: this.#database.trunks,
        now: () => clock.now(),
        apply: (trunks) => {
          this.trunksInForce = trunks;
        },
      }),
      voiceFiles,
      templates,
      templateStore: this.templateStore,
      speak: async (text, speed, spId) =>
        writeWav((await this.prompts.get({ kind: 'speech', text, speed }, spId)).samples),
      queries: store,
      reconciliation: this.#database.reconciliation,
      callCounts: this.#database.callCounts,
      personalData: this.#database.personalData,
      clearCall: async ({ recording }) => {
        if (recording !== undefined) await this.recordings.remove(recording.objectName);
      },
      digestOfNumber: numberDigest('the key of a platform of tests'),
      requestKeys: store.requestKeys,
      pushLedger: this.pushLedger,
      deliveries: this.deliveries,
      downloads: new RecordingDownloads({
        archive: this.recordings,
        links: new RecordingLinks(new Uint8Array(32)),
        clock,
        lifetime: 600_000,
        keepFor: 3_600_000,
      }),
      bus,
      readiness,
      clock,
      random: { integer: () => 0 },
      log: { debug: write, info: write, warn: write, error: write },
      phones: [{ number: '+8613500000010', behaviour: 'busy', description: 'answers 486' }],
      recordings: (callId) => `/recordings/${callId}.wav`,
    });
    this.url = await this.#server.listen({ host: '127.0.0.1', port: 0 });
  }

  /** Where people are and what they did, and what is reconciled: the calls of this platform are in memory. */
  get database(): Store {
    if (this.#database === undefined) throw new Error('The platform does not listen yet.');
    return this.#database;
  }

  async close(): Promise<void> {
    const closed = this.#server?.close();
    // Requests that are being served end by themselves. A connection that fetch opened and never used does not: it is closed
    // when the last requests have had their time.
    const waited = Promise.withResolvers<void>();
    const timer = setTimeout(waited.resolve, 500);
    await Promise.race([closed, waited.promise]);
    clearTimeout(timer);
    await this.clock.advance(2_000);
    await closed;
    await this.#database?.close();
    this.#database = undefined;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The headers of a request signed by `app` (spec 01). */
  signed(app: App): Record<string, string> {
    const nonce = '66C92B11FF8A425FB8D4CCFE0ED9ED1F';
    const created = `${new Date(this.clock.now()).toISOString().slice(0, 19)}Z`;
    const digest = createHmac('sha256', app.appSecret).update(`${nonce}${created}`).digest('base64');
    return {
      authorization: 'AKSK realm="SDP",profile="UsernameToken",type="Appkey"',
      'x-aksk': `UsernameToken Username="${app.appKey}",PasswordDigest="${digest}",Nonce="${nonce}",Created="${created}"`,
      'content-type': 'application/json;charset=UTF-8',
    };
  }

  post(path: string, headers: Record<string, string>, body: unknown): Promise<Response> {
    const asIs = typeof body === 'string' || body instanceof Uint8Array;
    return fetch(`${this.url}${path}`, { method: 'POST', headers, body: asIs ? body : JSON.stringify(body) });
  }

  /** A request of the operator; a body is sent as JSON. @returns status and JSON of the answer */
  async admin<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${ADMIN_TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as T };
  }
}
