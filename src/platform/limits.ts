/** Who may call how often: what is set is read, and what counts is counted, before any call is taken. */
import type { Order } from '../call/call-record.ts';
import { createLimits, type CreatedLimits } from '../limits/create-limits.ts';
import type { Store } from '../store/store.ts';
import type { Trunks } from '../telephony/trunks/trunks.ts';
import { type Base, clock } from './base.ts';

export async function startLimits(
  { log, parts }: Base,
  store: Store,
  trunks: Pick<Trunks, 'preferred' | 'reserve' | 'release' | 'limitBy'>,
): Promise<CreatedLimits> {
  const created = createLimits({
    store: store.limits,
    refusalLog: store.refusals,
    accounts: store.accounts,
    trunksOf: ({ sandbox, order }) =>
      sandbox
        ? []
        : legsOf(order)
            .map(({ to }) => trunks.preferred(to))
            .filter((trunk) => trunk !== undefined),
    trunks: {
      reserve: ({ sessionId, order, sandbox }) => sandbox || trunks.reserve(sessionId, legsOf(order)),
      release: (sessionId) => trunks.release(sessionId),
    },
    now: clock.now,
    log,
  });
  await created.load();
  trunks.limitBy(created.paceOfTrunk);
  parts.defer(() => created.refusals.settled());
  return created;
}

/** Who is dialled, in this order. */
function legsOf(order: Order): { party: 'A' | 'B'; to: string }[] {
  if (order.capability !== 'callback') return [{ party: 'A', to: order.calleeNbr }];
  return [
    { party: 'A', to: order.callerNbr },
    { party: 'B', to: order.calleeNbr },
  ];
}
