/** The composition root: puts cores, drivers and surfaces together, and takes them apart again. */
import { InProcessEventBus } from './bus/in-process.ts';
import type { Config } from './config/config.ts';
import { startBase, type Surroundings } from './platform/base.ts';
import { callServiceOf, recordingArchiveOf, recoverCalls } from './platform/calls.ts';
import { showFigures } from './platform/figures.ts';
import { startHttp } from './platform/http.ts';
import { startLimits } from './platform/limits.ts';
import { pushesOf, startPushes } from './platform/pushes.ts';
import { startSpeech } from './platform/speech.ts';
import { startStore } from './platform/store.ts';
import { startTelephony } from './platform/telephony.ts';
import { startUpkeep } from './platform/upkeep.ts';
import type { SandboxAccess } from './sandbox.ts';
import type { DriverName } from './telephony/media/media-pool.ts';

/** For `backup` and `restore`. */
export { rotateSecretKey } from './store/rotate-key.ts';
export { backUp } from './store/backup/backup.ts';
export { restoreBackup } from './store/backup/restore.ts';
/** For `doctor`: the voices there are here. */
export { speechProviders } from './platform/speech.ts';
/** For `doctor`: what calls by the trunk of the settings depend on. */
export { examineSettingsTrunk } from './platform/trunks.ts';
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
  /** Reads the files anew that may change while it runs: the certificate. */
  reload(): void;
  /**
   * No new calls; running ones end in their own time, up to `milliseconds`; then everything is closed. Resolves with the number of
   * calls that could not be recorded: the database is away, and the next start gives them their records.
   */
  drain(milliseconds: number): Promise<number>;
  /** Releases running calls and closes everything. */
  close(): Promise<number>;
}

/** Starts everything, in the order in which the parts need each other. What was started is closed again when a part fails. */
export async function startPlatform(config: Config, surroundings: Surroundings): Promise<Platform> {
  await using parts = new AsyncDisposableStack();
  const base = await startBase(config, surroundings, parts);
  const { log, adminToken } = base;
  const store = await startStore(base);
  const bus = new InProcessEventBus(log);
  const { telephony, media, endpoint, trunks, sipLog, rtpLog, phones } = await startTelephony(base, store);
  const { prompts, voiceFileFolder } = await startSpeech(base, store);
  const recordings = recordingArchiveOf(config);
  const limits = await startLimits(base, store, trunks);
  const calls = callServiceOf(base, { telephony, prompts, recordings, store, bus, limits });
  const deliveries = pushesOf(base, store, bus);
  await recoverCalls(base, calls);
  startPushes(base, deliveries);
  parts.defer(calls.noteLife());
  startUpkeep(base, store, recordings);
  showFigures(base.httpMetrics.registry, {
    calls,
    limits: limits.limits,
    store,
    media,
    endpoint,
    trunks,
    deliveries,
  });
  const http = await startHttp(base, {
    store,
    bus,
    calls,
    limits,
    deliveries,
    recordings,
    voiceFileFolder,
    prompts,
    phones,
    trunks,
    sipLog,
    rtpLog,
  });
  const running = parts.move();
  let closed: Promise<void> | undefined;
  const drain = async (milliseconds: number): Promise<number> => {
    const unrecorded = await calls.drain(milliseconds);
    // Once for all who wait: a stack that is being disposed of calls itself disposed of.
    closed ??= running.disposeAsync();
    await closed;
    return unrecorded;
  };
  return {
    http: http.url,
    sip: `${endpoint.address.host}:${endpoint.address.port}`,
    mediaDriver: media.driver.name,
    adminToken,
    sandbox: http.sandbox,
    reload: http.reload,
    drain,
    close: () => drain(0),
  };
}
