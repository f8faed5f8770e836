/** What tells customers about their calls. */
import type { InProcessEventBus } from '../bus/in-process.ts';
import type { Store } from '../store/store.ts';
import { PushSender } from '../webhooks/deliver.ts';
import { DeliveryLoop } from '../webhooks/delivery-loop.ts';
import { type Base, clock, random } from './base.ts';

/** ms that closing waits for pushes that are due. */
const LAST_PUSHES = 5_000;

/** Nothing is sent before `startPushes`. */
export function pushesOf(base: Base, store: Store, bus: InProcessEventBus): DeliveryLoop {
  const { config, parts } = base;
  const { privateReceivers, receiverNetworks } = config;
  const sender = parts.adopt(new PushSender({ clock, privateReceivers, receiverNetworks }), (opened) =>
    opened.close(),
  );
  const deliveries = parts.adopt(deliveryLoop(base, store, sender), (loop) => loop.stop());
  bus.subscribe(() => deliveries.wake());
  return deliveries;
}

export function startPushes({ parts }: Base, deliveries: DeliveryLoop): void {
  deliveries.start();
  parts.defer(() => deliveries.finish(LAST_PUSHES));
}

const deliveryLoop = (
  { config, metrics, traces, log }: Base,
  store: Store,
  sender: PushSender,
): DeliveryLoop =>
  new DeliveryLoop({
    outbox: store.outbox,
    accounts: store.accounts,
    sender,
    clock,
    random,
    log,
    onAttempt: (push, outcome) => {
      metrics.pushes.attempted(push, outcome);
      traces?.calls.attempted(push, outcome);
    },
    retries: {
      status: { retries: config.statusRetries, interval: config.statusRetryInterval },
      fee: { retries: config.feeRetries, interval: config.feeRetryInterval },
    },
    statusMaxAge: config.statusMaxAge === 0 ? undefined : config.statusMaxAge,
    created: config.pushCreated,
    gatheringWindow: config.feeGatheringWindow,
  });
