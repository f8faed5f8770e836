import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/peer-process.ts';
import { listened } from '../support/phone-recording.ts';
import { numbers } from '../support/platform-client.ts';
import { TestPlatform } from '../support/platform.ts';
import { Receiver } from '../support/receiver.ts';
import { ServedPlatform } from '../support/served-platform.ts';
import { signedHeaders } from '../support/signed-request.ts';
import { type CollectedSpan, TraceCollector } from '../support/trace-collector.ts';
import { EXAMPLE_DISPLAY, VoiceCustomer } from '../support/voice-customer.ts';

const presses37 = '+8613500000031';
const words = 'private-words';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** What whoever knows the session can work out (docs/operations.md). */
const traceIdOf = (sessionId: string): string =>
  createHash('sha256').update(sessionId).digest('hex').slice(0, 32);

const named = (spans: readonly CollectedSpan[], name: string): CollectedSpan[] =>
  spans.filter((span) => span.name === name);

const one = (spans: readonly CollectedSpan[], name: string): CollectedSpan => {
  const [span, ...others] = named(spans, name);
  expect({ name, others: others.length, found: span !== undefined }).toEqual({
    name,
    others: 0,
    found: true,
  });
  return span!;
};

/** Two parties who talk and are stopped; first they are recorded where that is asked for. */
async function talk(platform: TestPlatform, body: Record<string, string>): Promise<string> {
  const sessionId = await platform.accepted({ ...body, userData: words });
  await platform.until(sessionId, 'answer', 'B');
  await listened(platform, sessionId, 'B', 500);
  if (body.recordFlag === 'true') {
    const open = 'openvoicecall_recordings_open';
    await eventually(async () => (await platform.metric(open)) === 1, 'the call is recorded');
  }
  await platform.stop(sessionId);
  await platform.ended(sessionId);
  return sessionId;
}

/** So long that no id and no time of a trace holds it by chance. */
const PARCEL = '9137538624';

describe('traces', { timeout: 120_000 }, () => {
  it('show a call from the API request to the last push, in one trace that its session id leads to', async () => {
    await using collector = await TraceCollector.start();
    const receiver = await Receiver.start();
    const failing = await Receiver.start({ behaviour: () => ({ answer: 500 }) });
    let sessionId = '';
    {
      await using platform = await TestPlatform.start({ otlpEndpoint: collector.url });
      const urls = { statusUrl: base64(receiver.url('/secret')), feeUrl: base64(failing.url('/secret')) };
      sessionId = await talk(platform, urls);
      await eventually(() => failing.pushes.length === 1, 'the record was pushed');
    }
    await receiver.close();
    await failing.close();
    expect([...collector.paths]).toEqual(['POST /v1/traces']);
    const spans = collector.of(sessionId);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([traceIdOf(sessionId)]));
    const call = one(spans, 'callback');
    expect(call.parentSpanId).toBeUndefined();
    expect(call.events).toEqual(receiver.pushes.map(({ eventType }) => eventType));
    expect(call.attributes).toMatchObject({ 'ovc.release_cause': 8017, 'ovc.released_by': 'platform' });
    for (const name of ['API click2Call', 'API callStop', 'store the call', 'leg A', 'leg B', 'push fee'])
      expect(one(spans, name).parentSpanId).toBe(call.spanId);
    expect(named(spans, 'push status')).toHaveLength(receiver.pushes.length);
    expect(named(spans, 'push status').every(({ failed }) => !failed)).toBe(true);
    expect(one(spans, 'push fee')).toMatchObject({
      failed: true,
      attributes: { 'ovc.push.attempt': 1, 'ovc.push.outcome': 'pending', 'http.response.status_code': 500 },
    });
    for (const party of ['A', 'B']) {
      const leg = one(spans, `leg ${party}`);
      expect(leg.events).toEqual(['alerting', 'answered']);
      expect(leg.startedAt).toBeGreaterThanOrEqual(call.startedAt);
      expect(leg.endedAt).toBeLessThanOrEqual(call.endedAt + 1);
      const bridge = one(
        spans.filter(({ parentSpanId }) => parentSpanId === leg.spanId),
        'bridge',
      );
      expect(bridge.endedAt - bridge.startedAt).toBeGreaterThan(400);
    }
    const heardByA = spans.filter(({ parentSpanId }) => parentSpanId === one(spans, 'leg A').spanId);
    expect(named(heardByA, 'prompt').map(({ attributes }) => attributes['ovc.prompt.kind'])).toContain(
      'tone',
    );
  });

  it('tell no number, digit, text or address', async () => {
    await using collector = await TraceCollector.start();
    const receiver = await Receiver.start();
    const secrets = [...Object.values(numbers), EXAMPLE_DISPLAY, presses37].map((number) => number.slice(3));
    {
      await using platform = await TestPlatform.start({ otlpEndpoint: collector.url }, { recording: true });
      secrets.push(platform.app.appKey, platform.app.appSecret, platform.access.token);
      const customer = await VoiceCustomer.of(platform, 'notification');
      const template = { name: words, content: `快递${'$'}{NUM_10}件。`, approve: true };
      const { templateId } = (await platform.admin('POST', '/templates', template)) as { templateId: string };
      const url = base64(receiver.url('/secret-path?secret-query'));
      const playInfoList = [{ templateId, templateParas: [PARCEL], collectInd: 2 }];
      const order = { displayNbr: EXAMPLE_DISPLAY, calleeNbr: presses37, playInfoList, statusUrl: url };
      await customer.called(order);
      await talk(platform, { statusUrl: url, feeUrl: url, recordFlag: 'true' });
      await platform.click2Call({ callerNbr: `${numbers.a}x` });
      await platform.stop(`${numbers.a}@${words}`);
      await eventually(
        () => receiver.pushes.some(({ text }) => text.includes('"digitInfo":"37"')),
        'keys told',
      );
    }
    await receiver.close();
    expect(collector.spans.some(({ events }) => events.includes('collectInfo'))).toBe(true);
    expect(named(collector.spans, 'recording')).toHaveLength(1);
    const told = collector.bodies.join('\n');
    const found = [...secrets, words, '快递', PARCEL, '"37"', 'secret-path', 'secret-query'].filter(
      (secret) => told.includes(secret),
    );
    expect(found).toEqual([]);
  });

  it('honour the trace of the client, and link it with that of the call', async () => {
    await using collector = await TraceCollector.start();
    const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
    const sessions: string[] = [];
    {
      await using platform = await TestPlatform.start({ otlpEndpoint: collector.url });
      const { app, access } = platform;
      for (const traceparent of [
        `00-${traceId}-${spanId}-01`,
        `00-${traceId}-${spanId}-00`,
        `00-${'0'.repeat(32)}-x`,
      ]) {
        const answer = await fetch(`${access.http}/rest/httpsessions/click2Call/v2.0`, {
          method: 'POST',
          headers: {
            ...signedHeaders(app.appKey, app.appSecret),
            'content-type': 'application/json',
            traceparent,
          },
          body: JSON.stringify({
            displayNbr: numbers.display,
            callerNbr: '+8613500000010',
            displayCalleeNbr: numbers.displayCallee,
            calleeNbr: numbers.b,
          }),
        });
        const { sessionId } = (await answer.json()) as { sessionId: string };
        await platform.ended(sessionId);
        sessions.push(sessionId);
      }
    }
    const [sampled = '', unsampled = '', malformed = ''] = sessions;
    const request = one(collector.of(sampled), 'API click2Call');
    const call = one(collector.of(sampled), 'callback');
    expect(request).toMatchObject({ traceId, parentSpanId: spanId });
    expect(request.links).toEqual([{ traceId: traceIdOf(sampled), spanId: call.spanId }]);
    expect(call.traceId).toBe(traceIdOf(sampled));
    expect(call.links).toEqual([{ traceId, spanId: request.spanId }]);
    // The client decided that its trace is not kept; the call's is ours.
    expect(named(collector.of(unsampled), 'API click2Call')).toEqual([]);
    expect(one(collector.of(unsampled), 'callback').traceId).toBe(traceIdOf(unsampled));
    expect(one(collector.of(malformed), 'API click2Call').traceId).toBe(traceIdOf(malformed));
  });

  it('go on after a crash: what the next start writes and pushes is in the trace of the call', async () => {
    await using collector = await TraceCollector.start();
    const receiver = await Receiver.start();
    const flags = ['--private-receivers'];
    await using first = await ServedPlatform.start({
      flags,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/` },
    });
    const url = base64(receiver.url('/'));
    const sessionId = await first.accepted({ statusUrl: url, feeUrl: url });
    await first.until(sessionId, 'answer', 'B');
    await first.kill();
    await using second = await first.restarted();
    await second.ended(sessionId);
    await eventually(() => named(collector.of(sessionId), 'push fee').length === 1, 'the record was pushed');
    await eventually(() => named(collector.of(sessionId), 'callback').length === 1, 'the call was traced');
    const spans = collector.of(sessionId);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([traceIdOf(sessionId)]));
    const call = one(spans, 'callback');
    expect(call.attributes['ovc.release_cause']).toBe(8000);
    expect(one(spans, 'push fee').parentSpanId).toBe(call.spanId);
    expect(one(spans, 'leg A').startedAt).toBeLessThan(call.endedAt);
    await receiver.close();
  });

  it('are of the share of calls that is wanted, whole or not at all', async () => {
    await using collector = await TraceCollector.start();
    {
      await using platform = await TestPlatform.start({ otlpEndpoint: collector.url, otlpPercentage: '0' });
      const sessionId = await platform.accepted({ callerNbr: '+8613500000010' });
      await platform.ended(sessionId);
    }
    expect(collector.spans).toEqual([]);
  });

  it('that nobody takes cost a warning and no call', async () => {
    await using collector = await TraceCollector.start();
    collector.status = 400;
    await using platform = await TestPlatform.start({ otlpEndpoint: collector.url });
    await platform.ended(await platform.accepted({ callerNbr: '+8613500000010' }));
    await eventually(
      () => platform.logged.some((line) => line.includes('traces could not be exported and are lost')),
      'the log says so',
    );
  });
});
