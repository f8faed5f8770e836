/** What goes on beside the calls: what is old is removed. */
import { lockOutLimits } from '../accounts/lock-out.ts';
import type { RecordingArchive } from '../call/recording-archive.ts';
import type { Config } from '../config/config.ts';
import { MOST_REFUSALS, REFUSAL_LIFETIME } from '../limits/refusal-keeper.ts';
import { removeHeardBefore } from '../phones/heard-folder.ts';
import { removeUnblocked } from '../http/voicecall/blocked-addresses.ts';
import { type Expiring, ExpirySweep } from '../store/expiry-sweep.ts';
import { RecordingRetention } from '../store/recording-retention.ts';
import type { Store } from '../store/store.ts';
import { type Base, clock } from './base.ts';
import { heardFolder } from './telephony.ts';

export function startUpkeep({ config, log, parts }: Base, store: Store, archive: RecordingArchive): void {
  const retention = new RecordingRetention({ archive, clock, log, keepFor: config.recordingRetention });
  parts.defer(() => retention.stop());
  retention.start();
  const sweep = new ExpirySweep(expiring(config, store), clock, log);
  parts.defer(() => sweep.stop());
  sweep.start();
}

/** What is kept for a while only. */
function expiring(config: Config, store: Store): Expiring[] {
  const { auditRetention, callRetention, recordingRetention, requestKeyRetention } = config;
  const kinds: Expiring[] = [
    {
      name: 'request keys',
      remove: (now) => store.requestKeys.removeUntil(now - requestKeyRetention),
    },
    {
      name: 'refused calls',
      remove: (now) => store.refusals.trim(MOST_REFUSALS, now - REFUSAL_LIFETIME),
    },
    { name: 'blocked addresses', remove: (now) => removeUnblocked(store.limits, now) },
    {
      name: 'what sandbox phones heard',
      remove: (now) => removeHeardBefore(heardFolder(config), now - recordingRetention),
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
  if (callRetention > 0) {
    kinds.push({
      name: 'calls',
      remove: (now) => store.callRetention.removeEndedBefore(now - callRetention),
    });
  }
  return kinds;
}
