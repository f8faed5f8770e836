import {
  type Attributes,
  type Context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { CallRecord, LegRecord } from '../../call/call-record.ts';
import type { AttemptOutcome, OutboxPush } from '../../call/outbox.ts';
import type { CallChange, CallStore, Clock } from '../../call/ports.ts';
import { idsOf, legSpanId, parseTraceparent, SteeredIds } from './ids.ts';

export interface CallTracesOptions {
  readonly exporter: SpanExporter;
  readonly version: string;
  /** The platform's name, as in session ids. */
  readonly hostName: string;
  /** Share of calls that are traced, 0-1. */
  readonly ratio: number;
  readonly clock: Pick<Clock, 'now'>;
}

/** A request of the compatible API that was answered just now. */
export interface AnsweredRequest {
  readonly api: string;
  readonly resultcode: string;
  /** The call it placed or stopped. */
  readonly sessionId: string | undefined;
  /** Milliseconds since it began to arrive. */
  readonly duration: number;
  /** The header of that name. */
  readonly traceparent: string | undefined;
}

/** What is remembered of a call until it ends. */
interface Progress {
  readonly links: Link[];
  readonly events: { readonly type: string; readonly party: string | undefined; readonly at: number }[];
}

/** Milliseconds until spans leave, and how many may wait. */
const EXPORT_DELAY = 1_000;
const LONGEST_QUEUE = 16_384;

/** As a Date: OpenTelemetry takes a number before the process began for one counted from there. */
const time = (milliseconds: number): Date => new Date(milliseconds);

/**
 * One trace for each call: its own span, made of its record when that is durable, and below it the API request, the legs
 * with what they heard, and every attempt to deliver a push. No attribute holds a number, a digit, a text or a URL.
 */
export class CallTraces {
  readonly #provider: TracerProvider;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #ids = new SteeredIds();
  readonly #sampler: Sampler;
  readonly #running = new Map<string, Progress>();

  constructor({ exporter, version, hostName, ratio, clock }: CallTracesOptions) {
    this.#clock = clock;
    this.#sampler = new TraceIdRatioBasedSampler(ratio);
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({
        'service.name': 'openvoicecall',
        'service.version': version,
        'service.instance.id': hostName,
      }),
      idGenerator: this.#ids,
      sampler: new ParentBasedSampler({ root: this.#sampler }),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter,
          scheduledDelayMillis: EXPORT_DELAY,
          maxQueueSize: LONGEST_QUEUE,
        }),
      ],
    });
  }

  /** Sends what waits to be sent. */
  async close(): Promise<void> {
    await this.#provider.shutdown();
  }

  /** The same store; what is committed to it is traced. */
  traced(store: CallStore): CallStore {
    return {
      create: async (call, keyed) => {
        const startedAt = this.#clock.now();
        await store.create(call, keyed);
        this.#running.set(call.sessionId, { links: [], events: [] });
        this.spanOf(call.sessionId, 'store the call', { startedAt }).end(time(this.#clock.now()));
      },
      commit: async (...changes) => {
        await store.commit(...changes);
        for (const change of changes) this.#committed(change);
      },
      withdraw: (creations) => store.withdraw(creations),
      unfinished: () => store.unfinished(),
      seenAlive: (at) => store.seenAlive(at),
      lastSeenAlive: () => store.lastSeenAlive(),
    };
  }

  /** In the trace of the client where it has one, linked with the call's; else in the call's. */
  answered({ api, resultcode, sessionId, duration, traceparent }: AnsweredRequest): void {
    const endedAt = this.#clock.now();
    const client = parseTraceparent(traceparent);
    const call = sessionId === undefined ? undefined : this.#contextOf(sessionId);
    const parent = client ?? call;
    const span = this.#tracer.startSpan(
      `API ${api}`,
      {
        kind: SpanKind.SERVER,
        startTime: time(endedAt - duration),
        root: parent === undefined,
        attributes: { 'ovc.api': api, 'ovc.resultcode': resultcode, ...sessionAttribute(sessionId) },
        links: client !== undefined && call !== undefined ? [{ context: call }] : [],
      },
      contextOf(parent),
    );
    if (client !== undefined && sessionId !== undefined)
      this.#running.get(sessionId)?.links.push({ context: span.spanContext() });
    span.end(time(endedAt));
  }

  attempted({ id, kind, sessionId }: OutboxPush, outcome: AttemptOutcome): void {
    const { at, duration, attempt, httpStatus, error, next } = outcome;
    const span = this.spanOf(sessionId, `push ${kind}`, {
      startedAt: at,
      kind: SpanKind.CLIENT,
      attributes: {
        'ovc.push.id': id,
        'ovc.push.attempt': attempt,
        'ovc.push.outcome': next.state,
        'http.response.status_code': httpStatus,
      },
    });
    if (next.state !== 'delivered' || error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(time(at + duration));
  }

  /** A span below a call's own, or below one of its legs; whoever starts it ends it. */
  spanOf(
    sessionId: string,
    name: string,
    options: {
      readonly startedAt: number;
      readonly party?: string;
      readonly kind?: SpanKind;
      readonly attributes?: Attributes;
    },
  ): Span {
    const { startedAt, party, kind, attributes } = options;
    const call = this.#contextOf(sessionId);
    const parent = party === undefined ? call : { ...call, spanId: legSpanId(sessionId, party) };
    const all = { ...attributes, ...sessionAttribute(sessionId) };
    return this.#tracer.startSpan(
      name,
      { kind, startTime: time(startedAt), attributes: all },
      contextOf(parent),
    );
  }

  get #tracer() {
    return this.#provider.getTracer('openvoicecall');
  }

  #contextOf(sessionId: string): SpanContext {
    const ids = idsOf(sessionId);
    const { decision } = this.#sampler.shouldSample(ROOT_CONTEXT, ids.traceId, '', SpanKind.INTERNAL, {}, []);
    const sampled = decision === SamplingDecision.RECORD_AND_SAMPLED;
    return { ...ids, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE };
  }

  #committed({ call, event }: CallChange): void {
    const progress = this.#running.get(call.sessionId) ?? { links: [], events: [] };
    if (event !== undefined) progress.events.push({ type: event.type, party: event.party, at: event.at });
    if (call.state !== 'ended') return;
    this.#running.delete(call.sessionId);
    for (const leg of call.legs) this.#leg(call, leg);
    this.#call(call, progress);
  }

  #call(call: CallRecord, { links, events }: Progress): void {
    const { sessionId, order, verdict, acceptedAt, endedAt = acceptedAt, played } = call;
    const span = this.#ids.with(idsOf(sessionId), () =>
      this.#tracer.startSpan(
        order.capability,
        {
          root: true,
          startTime: time(acceptedAt),
          links,
          attributes: {
            ...sessionAttribute(sessionId),
            'ovc.capability': order.capability,
            'ovc.sandbox': call.sandbox,
            'ovc.release_cause': verdict.releaseCause,
            'ovc.teardown_point': verdict.teardownPoint,
            'ovc.released_by': verdict.releasedBy,
            'ovc.speech.milliseconds': played?.ttsMilliseconds,
          },
        },
        ROOT_CONTEXT,
      ),
    );
    for (const { type, party, at } of events) span.addEvent(type, { 'ovc.party': party }, time(at));
    if (verdict.releaseCause !== 0) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(time(endedAt));
  }

  #leg({ sessionId, endedAt }: CallRecord, leg: LegRecord): void {
    const { party, startedAt, alertingAt, answeredAt } = leg;
    if (startedAt === undefined) return;
    const span = this.#ids.with({ spanId: legSpanId(sessionId, party) }, () =>
      this.spanOf(sessionId, `leg ${party}`, {
        startedAt,
        kind: SpanKind.CLIENT,
        attributes: {
          'ovc.party': party,
          'sip.call_id': leg.callId,
          'sip.status': leg.sipStatus,
          'q850.cause': leg.q850,
          'ovc.answered_by': leg.answeredBy?.verdict,
        },
      }),
    );
    if (alertingAt !== undefined) span.addEvent('alerting', {}, time(alertingAt));
    if (answeredAt !== undefined) span.addEvent('answered', {}, time(answeredAt));
    else span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(time(leg.endedAt ?? leg.failedAt ?? endedAt ?? startedAt));
  }
}

const sessionAttribute = (sessionId: string | undefined): Attributes => ({ 'session.id': sessionId });

const contextOf = (parent: SpanContext | undefined): Context =>
  parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
