/** Everything between the platform and the phones: media, SIP, the trunk, and the sandbox's phones. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Telephony } from '../call/ports.ts';
import type { Config } from '../config/config.ts';
import { recordingName } from '../phones/call-recorder.ts';
import { openHeardFolder } from '../phones/heard-folder.ts';
import { type Phones, startPhones } from '../phones/start-phones.ts';
import { MediaPool } from '../telephony/media/media-pool.ts';
import { RtpLog } from '../telephony/rtp-log.ts';
import { SipLog } from '../telephony/sip-log.ts';
import { SipEndpoint } from '../telephony/sip-endpoint.ts';
import { SipTelephony } from '../telephony/sip-telephony.ts';
import { strangerLimits } from '../telephony/stranger-gate.ts';
import { plainTrunk, type Trunk } from '../telephony/trunk.ts';
import { Trunks } from '../telephony/trunks/trunks.ts';
import type { Store } from '../store/store.ts';
import { type Base, clock, random } from './base.ts';
import { authoritiesOf, namesOf, settingsTrunk, trunkInForce } from './trunks.ts';

/** ms that closing waits for the answers to BYEs and CANCELs: time for three copies of each. */
const LAST_RESPONSES = 2_000;

/** Legs whose RTP headers are kept where nothing else is set and calls ring the sandbox's phones. */
const SANDBOX_RTP_LOG = 50;

export interface TelephonyParts {
  readonly telephony: Telephony;
  readonly media: MediaPool;
  readonly endpoint: SipEndpoint;
  readonly sipLog: SipLog;
  readonly rtpLog: RtpLog;
  readonly trunks: Trunks;
  /** Absent where there was a trunk at the start. */
  readonly phones: Phones | undefined;
}

export async function startTelephony(base: Base, store: Store): Promise<TelephonyParts> {
  const { config, log, parts } = base;
  const stored = await store.trunks.trunks();
  const isSandbox = config.trunk === undefined && stored.length === 0;
  const rtpLog = new RtpLog(config.rtpLogLegs ?? (isSandbox ? SANDBOX_RTP_LOG : 0));
  const media = parts.adopt(await startMedia(base, rtpLog), (pool) => pool.close());
  const phones = isSandbox ? await startSandboxPhones(base) : undefined;
  if (phones) parts.adopt(phones, (started) => started.close());
  const sipLog = new SipLog({ legs: config.sipLogLegs, now: clock.now });
  const endpoint = parts.adopt(await startSip(base, sipLog), (started) =>
    started.close({ linger: LAST_RESPONSES }),
  );
  const { names } = namesOf(config);
  const trunksWith = (kept: readonly Trunk[]): Trunks => {
    const trunks = parts.adopt(new Trunks({ endpoint, names, clock, random, log }), (opened) =>
      opened.close(),
    );
    trunks.apply(kept);
    return trunks;
  };
  const trunks = trunksWith([...settingsTrunk(config), ...stored].map(trunkInForce));
  const telephony = new SipTelephony({
    trunks,
    sandbox: phones && trunksWith([plainTrunk('sandbox', phones.address, { transport: 'UDP' })]),
    endpoint,
    media,
    recordingLayout: config.recordingLayout,
    random,
    log,
  });
  return { telephony, media, endpoint, trunks, sipLog, rtpLog, phones };
}

async function startMedia({ config, metrics, log }: Base, headerLog: RtpLog): Promise<MediaPool> {
  const { rtp, publicAddress, mediaWorkers, mediaTimeout, mediaDriver, mediaPriority } = config;
  const media = await MediaPool.start({
    host: rtp.host,
    firstPort: rtp.first,
    lastPort: rtp.last,
    publicHost: publicAddress,
    workers: mediaWorkers,
    silentAfter: mediaTimeout,
    onStreamClosed: (statistics) => metrics.media.streamEnded(statistics),
    driver: mediaDriver,
    priority: mediaPriority,
    headerLog,
    onWorkerCrash: (error) => log.error({ err: error }, 'a media worker crashed and was started again'),
  });
  log.info({ ...media.driver, priority: media.priority }, 'media reach the network');
  return media;
}

async function startSip({ config, version, metrics, log }: Base, sipLog: SipLog): Promise<SipEndpoint> {
  const local = (): SipEndpoint['publicAddress'] => endpoint.publicAddress;
  const endpoint: SipEndpoint = await SipEndpoint.start({
    listen: config.sip,
    publicAddress: config.publicAddress,
    authorities: authoritiesOf(config),
    resolve: namesOf(config).resolve,
    strangers: strangerLimits(config.strangerRate),
    userAgent: {
      product: `OpenVoiceCall/${version}`,
      inbound: 'refuse',
      redirects: config.followRedirects ? 'follow' : 'refuse',
      sessionTimer: { expires: config.sessionExpires, minimum: 90 },
    },
    trace: (entry) => {
      metrics.sip.seen(entry.direction, entry.message);
      sipLog.seen(entry, local());
    },
    log,
  });
  return endpoint;
}

/** Where is kept what the sandbox's phones heard. */
export const heardFolder = ({ data }: Config): string => join(data, 'phones');

async function startSandboxPhones({ config, log }: Base): Promise<Phones> {
  const recordings = heardFolder(config);
  await openHeardFolder(recordings);
  const onProblem = (error: Error): void => log.error({ err: error }, 'the sandbox phones report a problem');
  const { sandboxLongestCall: longestCall } = config;
  return startPhones({ host: '127.0.0.1', recordings, longestCall, onProblem });
}

/** The file of what a sandbox phone heard; none where it was never answered. */
export function heardBy(config: Config, callId: string): string | undefined {
  const file = join(heardFolder(config), `${recordingName(callId)}.wav`);
  return existsSync(file) ? file : undefined;
}
