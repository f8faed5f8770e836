/** Who may call how often: what is set is read, and what counts is counted, before any call is taken. */
import { SETTINGS_TRUNK } from '../accounts/trunk.ts';
import { createLimits, type CreatedLimits } from '../limits/create-limits.ts';
import type { Store } from '../store/store.ts';
import { type Base, clock } from './base.ts';

export async function startLimits({ config, log, parts }: Base, store: Store): Promise<CreatedLimits> {
  const created = createLimits({
    store: store.limits,
    refusalLog: store.refusals,
    accounts: store.accounts,
    trunkOf: ({ sandbox }) => (config.trunk === undefined || sandbox ? undefined : SETTINGS_TRUNK),
    now: clock.now,
    log,
  });
  await created.load();
  parts.defer(() => created.refusals.settled());
  return created;
}
