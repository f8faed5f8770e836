import type { CallService } from '../call/call-service.ts';
import type { HttpMetrics } from '../http/metrics.ts';
import type { Store } from '../store/store.ts';
import type { Limits } from '../limits/limits.ts';
import { registerLimits } from '../telemetry/metrics/limit-metrics.ts';
import { registerMediaGauges } from '../telemetry/metrics/media-metrics.ts';
import { registerVoicePorts } from '../telemetry/metrics/platform-metrics.ts';
import { registerBreakers, registerPushLag } from '../telemetry/metrics/push-metrics.ts';
import { registerSipGauges } from '../telemetry/metrics/sip-metrics.ts';
import type { MediaPool } from '../telephony/media/media-pool.ts';
import { registerTrunks } from '../telemetry/metrics/trunk-metrics.ts';
import type { SipEndpoint } from '../telephony/sip-endpoint.ts';
import type { Trunks } from '../telephony/trunks/trunks.ts';
import type { DeliveryLoop } from '../webhooks/delivery-loop.ts';
import { clock } from './base.ts';

/** What the parts say of themselves whenever somebody looks at `/metrics`. */
export function showFigures(
  registry: HttpMetrics['registry'],
  parts: {
    calls: CallService;
    limits: Limits;
    store: Store;
    media: MediaPool;
    endpoint: SipEndpoint;
    trunks: Trunks;
    deliveries: DeliveryLoop;
  },
): void {
  const { calls, limits, store, media, endpoint, trunks, deliveries } = parts;
  registerVoicePorts(registry, {
    runningCalls: () => calls.runningCalls,
    unrecordedCalls: () => calls.unrecordedCalls,
    unrecordedSteps: () => calls.unrecordedSteps,
    portsInUse: () => calls.portsInUse,
    ports: async () => (await store.accounts.apps()).reduce((sum, { ports }) => sum + ports, 0),
  });
  registerLimits(registry, { waiting: () => limits.waitingCalls, refused: () => limits.refusals });
  registerMediaGauges(registry, {
    streams: () => media.streams,
    capacity: media.capacity,
    lateness: () => media.lateness(),
    packetsByLateness: () => media.packetsByLateness(),
    cpuSeconds: () => media.cpuSeconds(),
  });
  registerSipGauges(registry, {
    load: () => endpoint.load,
    refusals: () => endpoint.counters,
    repeated: () => endpoint.repeated,
  });
  registerTrunks(registry, () => trunks.status());
  registerBreakers(registry, () => deliveries.failingReceivers);
  registerPushLag(registry, store.outbox, clock);
}
