/** The calls themselves: their rules, their records, and what becomes of those that a crash cut off. */
import { join } from 'node:path';
import { standingOf } from '../accounts/standing.ts';
import type { PlayingRules } from '../call/call.ts';
import { CallService } from '../call/call-service.ts';
import type { EventBus, PromptLibrary, Telephony } from '../call/ports.ts';
import type { RecordingArchive } from '../call/recording-archive.ts';
import type { Config } from '../config/config.ts';
import type { CreatedLimits } from '../limits/create-limits.ts';
import { RecordingBucket } from '../store/recording-bucket.ts';
import { RecordingFolder } from '../store/recording-folder.ts';
import type { Store } from '../store/store.ts';
import { type Base, clock, random } from './base.ts';

interface CallParts {
  readonly telephony: Telephony;
  readonly prompts: PromptLibrary;
  readonly recordings: RecordingArchive;
  readonly store: Store;
  readonly bus: EventBus;
  readonly limits: CreatedLimits;
}

/** Nothing runs yet: `recoverCalls` comes first. */
export function callServiceOf(base: Base, parts: CallParts): CallService {
  const { config, metrics, traces, log } = base;
  const { prompts, recordings, store, bus, limits } = parts;
  const telephony = metrics.legs.metered(parts.telephony);
  const callStore = metrics.calls.metered(store.calls);
  const calls = new CallService({
    telephony: traces ? traces.media.tracedTelephony(telephony) : telephony,
    prompts: traces ? traces.media.traced(prompts) : prompts,
    recordings,
    playing: playingRules(config),
    store: traces ? traces.calls.traced(callStore) : callStore,
    bus,
    clock,
    random,
    log,
    hostName: config.hostName,
    ringTimeout: config.ringTimeout,
    standing: ({ owner, order: { bindNbr } }, display) =>
      standingOf({ owner, bindNbr }, display, store.accounts, random),
    portsPerCallback: config.portsPerCallback,
    portsOfApp: async (appKey) => (await store.accounts.app(appKey))?.ports,
    admission: limits.limits,
  });
  limits.limitAdministration.changed = () => calls.lookAtWaiting();
  return calls;
}

/** Gives the calls that a crash cut off their records; told when all of them have one. */
export async function recoverCalls({ log }: Base, calls: CallService): Promise<void> {
  const recovery = await calls.recover();
  if (recovery.calls === 0) return;
  const fields = { calls: recovery.calls };
  void recovery.finished.then(() => log.warn(fields, 'calls that a crash cut off were given their records'));
}

const playingRules = (config: Config): PlayingRules => ({
  firstKeyTimeout: config.firstKeyTimeout,
  interKeyTimeout: config.interKeyTimeout,
  bargeIn: config.bargeIn,
  hashEndsKeys: config.hashEndsKeys,
  answeringMachine: config.answeringMachine,
  maxReplays: config.maxReplays,
  repeat: config.verificationRepeats,
});

/** A bucket where one is configured, else the folder. */
export function recordingArchiveOf({ data, hostName, recordingBucket }: Config): RecordingArchive {
  const folder = new RecordingFolder(join(data, 'recordings'), hostName);
  if (recordingBucket === undefined) return folder;
  return new RecordingBucket({ ...recordingBucket, folder, clock });
}
