/** Everything between the platform and the phones: media, SIP, the trunk, and the sandbox's phones. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Telephony } from '../call/ports.ts';
import type { Config } from '../config/config.ts';
import { recordingName } from '../phones/call-recorder.ts';
import { type Phones, startPhones } from '../phones/start-phones.ts';
import { MediaPool } from '../telephony/media/media-pool.ts';
import { SipEndpoint } from '../telephony/sip-endpoint.ts';
import { SipTelephony } from '../telephony/sip-telephony.ts';
import { strangerLimits } from '../telephony/stranger-gate.ts';
import type { Trunk } from '../telephony/trunk.ts';
import { type Base, random } from './base.ts';

/** ms that closing waits for the answers to BYEs and CANCELs: time for three copies of each. */
const LAST_RESPONSES = 2_000;

export interface TelephonyParts {
  readonly telephony: Telephony;
  readonly media: MediaPool;
  readonly endpoint: SipEndpoint;
  /** Absent where calls leave on a trunk. */
  readonly phones: Phones | undefined;
}

export async function startTelephony(base: Base): Promise<TelephonyParts> {
  const { config, log, parts } = base;
  const media = parts.adopt(await startMedia(base), (pool) => pool.close());
  const phones = config.trunk ? undefined : await startSandboxPhones(base);
  if (phones) parts.adopt(phones, (started) => started.close());
  const endpoint = parts.adopt(await startSip(base), (started) => started.close({ linger: LAST_RESPONSES }));
  const telephony = new SipTelephony({
    ...trunksOf(config, phones),
    endpoint,
    media,
    recordingLayout: config.recordingLayout,
    random,
    log,
  });
  return { telephony, media, endpoint, phones };
}

async function startMedia({ config, metrics, log }: Base): Promise<MediaPool> {
  const { rtp, publicAddress, mediaWorkers, mediaTimeout, mediaDriver } = config;
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

const startSip = ({ config, version, metrics, log }: Base): Promise<SipEndpoint> =>
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

const heardFolder = ({ data }: Config): string => join(data, 'phones');

function startSandboxPhones({ config, log }: Base): Promise<Phones> {
  const recordings = heardFolder(config);
  mkdirSync(recordings, { recursive: true });
  const onProblem = (error: Error): void => log.error({ err: error }, 'the sandbox phones report a problem');
  const { sandboxLongestCall: longestCall } = config;
  return startPhones({ host: '127.0.0.1', recordings, longestCall, onProblem });
}

/** The file of what a sandbox phone heard; none where it was never answered. */
export function heardBy(config: Config, callId: string): string | undefined {
  const file = join(heardFolder(config), `${recordingName(callId)}.wav`);
  return existsSync(file) ? file : undefined;
}
