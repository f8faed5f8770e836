/**
 * Every setting of the platform, in one schema: flags win over the environment, the environment over the YAML file, the
 * file over the default. `--help` is made of the same schema. The only place that reads `process.env`.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import {
  isLoopback,
  isUnspecified,
  parseBaseUrl,
  parseDatabase,
  parseDuration,
  parseHostPort,
  parsePortRange,
  parseTrunk,
} from './config-forms.ts';
import { type LegacyFeature, legacyFeatures } from './http/voicecall/legacy-features.ts';
import type { BucketAddress } from './store/recording-bucket.ts';

export type { DatabaseAddress, HostPort, PortRange, TrunkAddress } from './config-forms.ts';

/** What `--help` says of a key. */
interface Notes {
  readonly help: string;
  /** Stands for the value; a key without one is a switch. */
  readonly placeholder?: string;
  /** Where the default is worked out instead of fixed. */
  readonly fallback?: string;
  readonly secret?: true;
}

const notes = z.registry<Notes>();

/** A value in a form of its own; `form` ends the sentence "must be ...". Numbers of the YAML file count as text. */
function inForm<T>(form: string, parse: (text: string) => T | undefined) {
  return z.union([z.string(), z.number()], `must be ${form}`).transform((value, context): T => {
    const result = parse(String(value));
    if (result !== undefined) return result;
    context.addIssue({ code: 'custom', message: `must be ${form}` });
    return z.NEVER;
  });
}

const text = inForm('text', (value) => (value.trim() === '' ? undefined : value));

const toggle = z.union([z.boolean(), z.stringbool()], 'must be true or false');

const whole = (least: number, most: number) =>
  inForm(`a whole number from ${least} to ${most}`, (value) => {
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    return number >= least && number <= most ? number : undefined;
  });

/** Milliseconds. */
const duration = inForm(
  'a number of seconds, or one with a unit such as 200ms, 60s, 10min, 1h',
  parseDuration,
);

const address = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

const ADDRESSES = 'must be IP addresses or CIDR blocks, separated by commas, such as 10.0.0.0/8';

const addresses = z
  .union([
    z.string().transform((value) => value.split(',').map((entry) => entry.trim())),
    z.array(z.string()),
  ])
  .refine((entries) => entries.every((entry) => address.safeParse(entry).success), ADDRESSES);

const LEGACY = `none, or some of ${legacyFeatures.join(', ')}, separated by commas`;

const legacyList = inForm(LEGACY, (value): readonly LegacyFeature[] | undefined => {
  if (value.trim() === 'none') return [];
  const named = value.split(',').map((entry) => entry.trim());
  const known = legacyFeatures.filter((feature) => named.includes(feature));
  return known.length === new Set(named).size ? known : undefined;
});

const hostPort = (example: string) => inForm(`HOST:PORT, for example ${example}`, parseHostPort);

const schema = z.object({
  data: text.default('./data').register(notes, {
    placeholder: 'DIR',
    help: 'database, voice files, recordings, admin.json (0600: url and token)',
  }),
  http: hostPort('127.0.0.1:8080').prefault('127.0.0.1:8080').register(notes, {
    placeholder: 'HOST:PORT',
    help: 'API, console, admin; port 0 takes a free one',
  }),
  sip: hostPort('127.0.0.1:5060').prefault('127.0.0.1:5060').register(notes, {
    placeholder: 'HOST:PORT',
    help: 'SIP over UDP and TCP; port 0 takes a free one',
  }),
  publicAddress: text.optional().register(notes, {
    placeholder: 'HOST',
    help: 'what Contact, Via and SDP tell the far end (NAT, cloud, containers)',
    fallback: 'the bound address',
  }),
  rtp: inForm('HOST:FIRST-LAST, for example 127.0.0.1:20000-29999', parsePortRange)
    .prefault('127.0.0.1:20000-29999')
    .register(notes, { placeholder: 'HOST:FIRST-LAST', help: 'media' }),
  trunk: inForm('a SIP URI such as sip:203.0.113.7:5060;transport=udp (transport: udp or tcp)', parseTrunk)
    .optional()
    .register(notes, {
      placeholder: 'URI',
      help: 'default route; without one every number rings a sandbox phone',
    }),
  trunkUser: text.optional().register(notes, { placeholder: 'NAME', help: 'digest user name for the trunk' }),
  trunkPassword: text.optional().register(notes, {
    placeholder: 'SECRET',
    help: 'digest password for the trunk (better in the environment or the file than in a flag)',
    secret: true,
  }),
  trunkAssertIdentity: toggle.default(true).register(notes, {
    help: 'name the display number in P-Asserted-Identity (RFC 3325)',
  }),
  trunkPrivacy: toggle.default(false).register(notes, {
    help: 'ask the trunk to keep the display number from the callee (Privacy: id, anonymous From)',
  }),
  database: inForm('sqlite:PATH or postgres://USER@HOST/NAME', parseDatabase).optional().register(notes, {
    placeholder: 'URL',
    help: 'sqlite:PATH or postgres://USER@HOST/NAME',
    fallback: 'sqlite:DATA/openvoicecall.db',
    secret: true,
  }),
  secretKey: inForm('text of at least 32 characters', (value) => (value.length >= 32 ? value : undefined))
    .optional()
    .register(notes, {
      placeholder: 'SECRET',
      help: 'what secrets are encrypted with in the database (better in the environment or the file than in a flag)',
      fallback: 'DATA/secret.key, made at the first start',
      secret: true,
    }),
  previousSecretKey: text.optional().register(notes, {
    placeholder: 'SECRET',
    help: 'the key before it: what was encrypted with it is encrypted anew at the start',
    fallback: 'DATA/secret.key.previous where it is there',
    secret: true,
  }),
  auditRetention: duration.prefault('168h').register(notes, {
    placeholder: 'TIME',
    help: 'how long the audit trail is kept; 0 for ever',
  }),
  signInLifetime: duration.prefault('12h').register(notes, {
    placeholder: 'TIME',
    help: 'how long somebody who signed in stays so at most',
  }),
  signInIdle: duration.prefault('1h').register(notes, {
    placeholder: 'TIME',
    help: 'how long he stays so without doing anything',
  }),
  privateReceivers: toggle.optional().register(notes, {
    help: 'allow pushes to loopback and private addresses',
    fallback: 'on when --http is a loopback address',
  }),
  drainSeconds: whole(0, 86_400).prefault('300').register(notes, {
    placeholder: 'N',
    help: 'how long running calls may go on after SIGTERM',
  }),
  logLevel: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be fatal, error, warn, info, debug, trace or silent',
    })
    .default('info')
    .register(notes, { placeholder: 'LEVEL', help: 'what is written to standard error' }),
  hostName: inForm('text of at most 128 characters', (value) => (value.length <= 128 ? value : undefined))
    .default(hostname())
    .register(notes, {
      placeholder: 'NAME',
      help: 'the name in session ids and call records',
      fallback: "the machine's name",
    }),
  ringTimeout: duration.prefault('60s').register(notes, {
    placeholder: 'TIME',
    help: 'how long a phone rings before its call ends with 8003',
  }),
  mediaTimeout: duration.prefault('120s').register(notes, {
    placeholder: 'TIME',
    help: 'silence on the wire after which a leg counts as lost',
  }),
  mediaWorkers: whole(1, 64)
    .default(Math.max(1, availableParallelism() - 1))
    .register(notes, {
      placeholder: 'N',
      help: 'threads that carry media',
      fallback: 'processors less one',
    }),
  mediaDriver: z
    .enum(['auto', 'direct', 'dgram'], { error: 'must be auto, direct or dgram' })
    .default('auto')
    .register(notes, {
      placeholder: 'WHICH',
      help: "how media reach the network: direct (the system's calls, Linux), dgram (Node's), or auto: direct where it can be had",
    }),
  sessionExpires: whole(90, 86_400).prefault('1800').register(notes, {
    placeholder: 'SECONDS',
    help: 'session timer offered in every INVITE (RFC 4028)',
  }),
  strangerRate: whole(1, 1_000_000).prefault('100').register(notes, {
    placeholder: 'N',
    help: 'SIP messages a second read from an address we have not called; from all such together 20 times that',
  }),
  followRedirects: toggle.default(true).register(notes, { help: 'follow 3xx answers to an INVITE' }),
  firstKeyTimeout: duration.prefault('5s').register(notes, {
    placeholder: 'TIME',
    help: 'from the end of a prompt to the first key; then nothing was collected (8008)',
  }),
  interKeyTimeout: duration.prefault('5s').register(notes, { placeholder: 'TIME', help: 'from key to key' }),
  bargeIn: toggle.default(false).register(notes, {
    help: 'a key stops the prompt that plays, instead of being counted after it',
  }),
  hashEndsKeys: toggle.default(false).register(notes, {
    help: '# ends what is collected, and is not part of it',
  }),
  answeringMachine: z
    .enum(['off', 'note', 'hang-up', 'wait-for-beep'], {
      error: 'must be off, note, hang-up or wait-for-beep',
    })
    .default('off')
    .register(notes, {
      placeholder: 'WHAT',
      help: 'when a machine answers a notification or verification: off, note, hang-up or wait-for-beep',
    }),
  maxReplays: whole(0, 100).prefault('9').register(notes, {
    placeholder: 'N',
    help: 'how often a segment of a notification is replayed at most',
  }),
  verificationRepeats: z
    .enum(['code', 'everything'], { error: 'must be code or everything' })
    .default('code')
    .register(notes, {
      placeholder: 'WHAT',
      help: 'what a verification repeats: code, or everything around it too',
    }),
  promptLanguage: z
    .enum(['zh', 'en'], { error: 'must be zh or en' })
    .default('zh')
    .register(notes, { placeholder: 'LANGUAGE', help: "of the platform's own prompts: zh or en" }),
  speechModels: text.optional().register(notes, {
    placeholder: 'DIR',
    help: 'folder of a sherpa-onnx voice, tried first (needs the package sherpa-onnx-node)',
  }),
  speechUrl: text.optional().register(notes, {
    placeholder: 'URL',
    help: "a server with OpenAI's /v1/audio/speech, tried before the built-in voice",
  }),
  speechModel: text.default('tts-1').register(notes, { placeholder: 'NAME', help: 'its model' }),
  speechVoice: text.default('alloy').register(notes, { placeholder: 'NAME', help: 'its voice' }),
  speechKey: text.optional().register(notes, {
    placeholder: 'SECRET',
    help: 'its API key (better in the environment or the file than in a flag)',
    secret: true,
  }),
  recordingLayout: z
    .enum(['mixed', 'stereo'], { error: 'must be mixed or stereo' })
    .default('mixed')
    .register(notes, {
      placeholder: 'LAYOUT',
      help: 'recordings: mixed as the service does, or stereo (A left, B right)',
    }),
  recordingRetention: duration.prefault('168h').register(notes, {
    placeholder: 'TIME',
    help: 'how long a recording is kept after its call ended',
  }),
  recordingBucketEndpoint: inForm('an http(s) URL such as https://s3.example.com', parseBaseUrl)
    .optional()
    .register(notes, {
      placeholder: 'URL',
      help: 'S3-compatible server that keeps recordings',
      fallback: 'none: they stay in DATA/recordings',
    }),
  recordingBucketName: text
    .optional()
    .register(notes, { placeholder: 'NAME', help: 'bucket for recordings' }),
  recordingBucketRegion: text
    .default('us-east-1')
    .register(notes, { placeholder: 'NAME', help: 'its region' }),
  recordingBucketAccessKey: text
    .optional()
    .register(notes, { placeholder: 'KEY', help: 'access key for it' }),
  recordingBucketSecretKey: text.optional().register(notes, {
    placeholder: 'SECRET',
    help: 'its secret (better in the environment or the file than in a flag)',
    secret: true,
  }),
  recordingUrlLifetime: duration.prefault('168h').register(notes, {
    placeholder: 'TIME',
    help: 'how long the download address of a recording may be used',
  }),
  publicUrl: inForm('an http(s) URL such as https://voice.example.com', parseBaseUrl)
    .optional()
    .register(notes, {
      placeholder: 'URL',
      help: 'where clients reach the API, for download addresses',
      fallback: 'the Host of the request',
    }),
  portsPerCallback: whole(1, 2).prefault('1').register(notes, {
    placeholder: 'N',
    help: 'voice ports a callback takes of its app',
  }),
  createdWindow: duration.prefault('300s').register(notes, {
    placeholder: 'TIME',
    help: 'how far Created of a request may be from our clock',
  }),
  rejectReplays: toggle.default(false).register(notes, {
    help: 'refuse a repeated Nonce and Created within the window',
  }),
  legacy: legacyList.prefault(legacyFeatures.join(',')).register(notes, {
    placeholder: 'FEATURES',
    help: "what of the service's earlier years is answered: none, or some of login, wsse, sandbox, bindNbr, v1.0",
  }),
  trustedProxies: addresses.default([]).register(notes, {
    placeholder: 'ADDRESSES',
    help: 'reverse proxies whose X-Forwarded-For tells the client address',
  }),
  keepAlive: toggle.default(false).register(notes, {
    help: 'keep connections of the compatible API open after the answer (the service closes them)',
  }),
  pushCreated: z
    .enum(['utc', 'utc+8'], { error: 'must be utc or utc+8' })
    .default('utc')
    .register(notes, { placeholder: 'ZONE', help: 'the clock that Created of a push shows: utc or utc+8' }),
  statusRetries: whole(0, 100).prefault('0').register(notes, {
    placeholder: 'N',
    help: 'repetitions of a status push that failed',
  }),
  statusRetryInterval: duration
    .prefault('60s')
    .register(notes, { placeholder: 'TIME', help: 'time between them' }),
  statusMaxAge: duration.prefault('1h').register(notes, {
    placeholder: 'TIME',
    help: 'how long a status push may wait for its receiver before it is given up; 0 for ever',
  }),
  feeRetries: whole(0, 100).prefault('6').register(notes, {
    placeholder: 'N',
    help: 'repetitions of a CDR push that failed',
  }),
  feeRetryInterval: duration
    .prefault('1h')
    .register(notes, { placeholder: 'TIME', help: 'time between them' }),
  feeGatheringWindow: duration.prefault('200ms').register(notes, {
    placeholder: 'TIME',
    help: 'how long a CDR waits for others to share its push; 0 for none',
  }),
  otlpEndpoint: inForm('an http(s) URL such as http://127.0.0.1:4318', parseBaseUrl)
    .optional()
    .register(notes, {
      placeholder: 'URL',
      help: 'OTLP/HTTP collector for a trace of each call; OTEL_EXPORTER_OTLP_ENDPOINT counts too',
      fallback: 'none: no traces',
    }),
  otlpPercentage: whole(0, 100).prefault('100').register(notes, {
    placeholder: 'N',
    help: 'how many of a hundred calls are traced',
  }),
});

type Key = keyof typeof schema.shape & string;

/** The settings as the platform uses them. Durations are milliseconds, except where the name says seconds. */
export type Config = Readonly<
  Omit<z.output<typeof schema>, 'database' | 'privateReceivers'> & {
    /** Absolute. */
    data: string;
    database: NonNullable<z.output<typeof schema>['database']>;
    privateReceivers: boolean;
    /** Where recordings are kept; absent where they stay in the data directory. */
    recordingBucket?: BucketAddress;
    /** Both or neither are configured. */
    trunkCredentials?: { readonly username: string; readonly password: string };
  }
>;

const keys = Object.keys(schema.shape) as Key[];
const kebab = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const variable = (key: string): string => `OVC_${kebab(key).replaceAll('-', '_').toUpperCase()}`;

/** What is wrong with the settings, one sentence each: which key, where it came from, what to do. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** One flag for `--help`. */
export interface SettingOption {
  /** `--rtp <HOST:FIRST-LAST>`, `--[no-]keep-alive`. */
  readonly flags: string;
  /** The key under which `loadConfig` expects the flag's value. */
  readonly name: Key;
  readonly switch: boolean;
  readonly description: string;
}

function defaultText(key: Key): string | undefined {
  const { fallback } = notes.get(schema.shape[key]) ?? {};
  if (fallback !== undefined) return fallback;
  const { def } = schema.shape[key];
  if (!('defaultValue' in def)) return undefined;
  const value: unknown = def.defaultValue;
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return Array.isArray(value) ? undefined : String(value);
}

/** Every key as a flag, in the order of the schema. */
export function settingOptions(): SettingOption[] {
  return keys.map((key) => {
    const { help = '', placeholder } = notes.get(schema.shape[key]) ?? {};
    const standard = defaultText(key);
    return {
      name: key,
      switch: placeholder === undefined,
      flags: placeholder === undefined ? `--${kebab(key)}` : `--${kebab(key)} <${placeholder}>`,
      description: `${help} [${variable(key)}${standard === undefined ? '' : `; ${standard}`}]`,
    };
  });
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigSources {
  /** By key (`publicAddress`), and `config` for the file. */
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly env?: Environment;
}

interface Sourced {
  readonly value: unknown;
  /** For the error message: a flag, a variable, or a file. */
  readonly source: string;
}

const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

/** Variables that other programs use for the same thing; ours come first. */
const alsoKnownAs: Partial<Record<Key, readonly string[]>> = {
  otlpEndpoint: ['OTEL_EXPORTER_OTLP_ENDPOINT'],
};

/** @throws {ConfigError} with everything that is wrong, not only the first thing */
export function loadConfig({ flags = {}, env = process.env }: ConfigSources = {}): Config {
  const path = flags.config ?? env.OVC_CONFIG;
  const file = typeof path === 'string' && path !== '' ? readConfigFile(path) : {};
  const found = new Map<Key, Sourced>();
  for (const key of keys) {
    const candidates: Sourced[] = [
      { value: flags[key], source: `flag --${kebab(key)}` },
      ...[variable(key), ...(alsoKnownAs[key] ?? [])].map((name) => ({
        value: env[name],
        source: `environment ${name}`,
      })),
      { value: file[kebab(key)], source: `file ${String(path)}` },
    ];
    const first = candidates.find(({ value }) => isSet(value));
    if (first !== undefined) found.set(key, first);
  }
  const result = schema.safeParse(Object.fromEntries([...found].map(([key, { value }]) => [key, value])));
  if (!result.success) throw new ConfigError(result.error.issues.map((issue) => problemOf(issue, found)));
  return completed(result.data);
}

function problemOf(issue: z.core.$ZodIssue, found: ReadonlyMap<Key, Sourced>): string {
  const key = issue.path[0] as Key;
  const { value, source } = found.get(key) ?? { value: undefined, source: 'default' };
  const shown = notes.get(schema.shape[key])?.secret ? 'its value' : JSON.stringify(value);
  return `${kebab(key)} (${source}): ${shown} ${issue.message}.`;
}

function readConfigFile(path: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = parseYaml(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new ConfigError([`config: ${path} cannot be read: ${why}`]);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new ConfigError([`config: ${path} must hold keys and values, such as "http: 127.0.0.1:8080".`]);
  }
  const known = new Set(keys.map(kebab));
  const unknown = Object.keys(content).filter((key) => !known.has(key));
  if (unknown.length > 0) {
    const remedy = 'remove it, or see openvoicecall serve --help for the keys there are';
    throw new ConfigError(unknown.map((key) => `${key} (file ${path}): there is no such key; ${remedy}.`));
  }
  return { ...content };
}

/** The bucket of recordings; undefined where there is none. */
function bucketOf(settings: z.output<typeof schema>): BucketAddress | 'incomplete' | undefined {
  const {
    recordingBucketEndpoint: endpoint,
    recordingBucketName: bucket,
    recordingBucketRegion: region,
  } = settings;
  const { recordingBucketAccessKey: accessKey, recordingBucketSecretKey: secretKey } = settings;
  if ([endpoint, bucket, accessKey, secretKey].every((value) => value === undefined)) return undefined;
  if (!endpoint || !bucket || !accessKey || !secretKey) return 'incomplete';
  return { endpoint, bucket, region, accessKey, secretKey };
}

/** What one key alone does not decide. */
function completed(settings: z.output<typeof schema>): Config {
  const problems: string[] = [];
  const { sip, rtp, publicAddress, trunkUser, trunkPassword } = settings;
  for (const [key, host] of [
    ['sip', sip.host],
    ['rtp', rtp.host],
  ] as const) {
    if (isUnspecified(host) && publicAddress === undefined) {
      problems.push(
        `public-address: must be set because ${key} listens on ${host}, which no far end can answer to.`,
      );
    }
  }
  if (publicAddress !== undefined && isUnspecified(publicAddress)) {
    problems.push(`public-address: ${publicAddress} is no address that a far end can answer to.`);
  }
  if ((trunkUser === undefined) !== (trunkPassword === undefined)) {
    const missing = trunkUser === undefined ? 'trunk-user' : 'trunk-password';
    problems.push(
      `${missing}: must be set too; digest needs user name and password (or remove the other one).`,
    );
  }
  const bucket = bucketOf(settings);
  if (bucket === 'incomplete') {
    problems.push(
      'recording-bucket-endpoint, recording-bucket-name, recording-bucket-access-key, recording-bucket-secret-key: give all of them, or none.',
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const data = resolve(settings.data);
  return {
    ...settings,
    data,
    database: settings.database ?? { kind: 'sqlite', path: join(data, 'openvoicecall.db') },
    privateReceivers: settings.privateReceivers ?? isLoopback(settings.http.host),
    recordingBucket: bucket === 'incomplete' ? undefined : bucket,
    trunkCredentials:
      trunkUser === undefined || trunkPassword === undefined
        ? undefined
        : { username: trunkUser, password: trunkPassword },
  };
}

/** Where a command finds the running server. */
export interface ClientSettings {
  /** Absolute; its `admin.json` tells url and token. */
  readonly data: string;
  readonly url?: string;
  readonly token?: string;
}

/** The settings of the commands that talk to a running server: `--data`, else `OVC_DATA`; `OVC_URL` and `OVC_TOKEN`. */
export function clientSettings(
  flags: { readonly data?: string },
  env: Environment = process.env,
): ClientSettings {
  return {
    data: resolve(flags.data ?? (env.OVC_DATA || './data')),
    url: env.OVC_URL || undefined,
    token: env.OVC_TOKEN || undefined,
  };
}
