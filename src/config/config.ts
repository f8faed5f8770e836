/** The settings as the platform uses them, and what one key alone does not decide. */
import { join, resolve } from 'node:path';
import type { BucketAddress } from '../store/recording-bucket.ts';
import { isLoopback, isUnspecified } from './forms.ts';
import type { Settings } from './schema.ts';

/** The settings as the platform uses them. Durations are milliseconds, except where the name says seconds. */
export type Config = Readonly<
  Omit<Settings, 'database' | 'privateReceivers' | 'openConsole'> & {
    /** Absolute. */
    data: string;
    database: NonNullable<Settings['database']>;
    privateReceivers: boolean;
    openConsole: boolean;
    /** Where recordings are kept; absent where they stay in the data directory. */
    recordingBucket?: BucketAddress;
    /** Absolute paths; absent where the API is plain HTTP. */
    tls?: { readonly cert: string; readonly key: string };
    /** Both or neither are configured. */
    trunkCredentials?: { readonly username: string; readonly password: string };
  }
>;

/** What is wrong with the settings, one sentence each: which key, where it came from, what to do. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** The bucket of recordings; undefined where there is none. */
function bucketOf(settings: Settings): BucketAddress | 'incomplete' | undefined {
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
export function completed(settings: Settings): Config {
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
  const { tlsCert: cert, tlsKey: key } = settings;
  if ((cert === undefined) !== (key === undefined)) {
    problems.push(`${cert === undefined ? 'tls-cert' : 'tls-key'}: must be set too; HTTPS needs both files.`);
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
    // Who names some networks does not mean all.
    privateReceivers:
      settings.privateReceivers ?? (settings.receiverNetworks.length === 0 && isLoopback(settings.http.host)),
    openConsole: settings.openConsole ?? (settings.trunk === undefined && isLoopback(settings.http.host)),
    tls: cert === undefined || key === undefined ? undefined : { cert: resolve(cert), key: resolve(key) },
    recordingBucket: bucket === 'incomplete' ? undefined : bucket,
    trunkCredentials:
      trunkUser === undefined || trunkPassword === undefined
        ? undefined
        : { username: trunkUser, password: trunkPassword },
  };
}
