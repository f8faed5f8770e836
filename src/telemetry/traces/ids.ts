import { createHash } from 'node:crypto';
import { type SpanContext, TraceFlags } from '@opentelemetry/api';
import { type IdGenerator, RandomIdGenerator } from '@opentelemetry/sdk-trace';

/** The ids of a call's trace: the first 16 octets of the session id's SHA-256, and the next 8 for the call's own span. */
export function idsOf(sessionId: string): { readonly traceId: string; readonly spanId: string } {
  const digest = createHash('sha256').update(sessionId).digest('hex');
  return { traceId: digest.slice(0, 32), spanId: digest.slice(32, 48) };
}

/** The id of the span of one of a call's legs, the first or a later one of that party. */
export function legSpanId(sessionId: string, party: string): string {
  return createHash('sha256').update(`${sessionId} ${party}`).digest('hex').slice(0, 16);
}

/** Random ids, but for those that are set for the next span. */
export class SteeredIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  #traceId: string | undefined;
  #spanId: string | undefined;

  /** Runs `start`, which starts one span; that one gets these ids. */
  with<Result>(
    { traceId, spanId }: { readonly traceId?: string; readonly spanId: string },
    start: () => Result,
  ): Result {
    this.#traceId = traceId;
    this.#spanId = spanId;
    try {
      return start();
    } finally {
      this.#traceId = undefined;
      this.#spanId = undefined;
    }
  }

  generateTraceId(): string {
    return this.#traceId ?? this.#random.generateTraceId();
  }

  generateSpanId(): string {
    return this.#spanId ?? this.#random.generateSpanId();
  }
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROES = /^0+$/;

/** What a `traceparent` header says (https://www.w3.org/TR/trace-context/); undefined where it is none. */
export function parseTraceparent(header: string | undefined): SpanContext | undefined {
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(header ?? '') ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (ZEROES.test(traceId) || ZEROES.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
}
