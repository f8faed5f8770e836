import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { type Family, parseExposition, problemsOf, valueOf } from '../support/exposition.ts';
import { eventually, installed } from '../support/peer-process.ts';
import { listened } from '../support/phone-recording.ts';
import { numbers } from '../support/platform-client.ts';
import { TestPlatform } from '../support/platform.ts';
import { Receiver } from '../support/receiver.ts';
import { EXAMPLE_DISPLAY, sweep, VoiceCustomer } from '../support/voice-customer.ts';

const busy = '+8613500000010';
const presses1 = '+8613500000030';

let platform: TestPlatform;
let receiver: Receiver;
let failing: Receiver;
let before: Map<string, Family>;
let during: Map<string, Family>;
let after: Map<string, Family>;
/** Why the call to a busy phone ended, as its events say. */
let busyCause: number | undefined;

const scrape = async (): Promise<Map<string, Family>> => {
  const answer = await fetch(`${platform.access.http}/metrics`);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  return parseExposition(await answer.text());
};

/** How much a series grew from the first look to the last. */
const grown = (name: string, labels: Record<string, string> = {}): number =>
  valueOf(after, name, labels) - valueOf(before, name, labels);

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Two parties who talk and are recorded, and are stopped. */
async function recordedCallback(): Promise<void> {
  const statusUrl = base64(receiver.url('/status'));
  const feeUrl = base64(receiver.url('/fee'));
  const sessionId = await platform.accepted({ statusUrl, feeUrl, recordFlag: 'true' });
  await platform.until(sessionId, 'answer', 'B');
  await listened(platform, sessionId, 'B', 1_000);
  await eventually(async () => {
    during = await scrape();
    return valueOf(during, 'openvoicecall_recordings_open') === 1;
  }, 'the call is recorded');
  await platform.stop(sessionId);
  await platform.ended(sessionId);
}

/** A party who is busy, and a receiver that fails. */
async function unansweredCallback(): Promise<void> {
  const url = base64(failing.url('/'));
  const sessionId = await platform.accepted({ callerNbr: busy, statusUrl: url, feeUrl: url });
  const { events } = await platform.ended(sessionId);
  busyCause = events.at(-1)?.stateCode;
}

/** One phone that hears a spoken template twice and presses a key. */
async function spokenNotification(): Promise<void> {
  const customer = await VoiceCustomer.of(platform, 'notification');
  await customer.upload('test.wav', sweep(400, 2_400, 500));
  const template = { name: 'Parcel', content: '快递${NUM_1}件。', approve: true };
  const { templateId } = (await platform.admin('POST', '/templates', template)) as { templateId: string };
  const body = {
    displayNbr: EXAMPLE_DISPLAY,
    calleeNbr: presses1,
    playInfoList: [{ templateId, templateParas: ['3'], collectInd: 1 }],
  };
  await customer.called(body);
  await customer.called(body);
}

function strangers(): void {
  const socket = createSocket('udp4');
  const port = Number(platform.access.sip.split(':').at(-1));
  const register = [
    'REGISTER sip:127.0.0.1 SIP/2.0',
    'Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKstranger',
    `From: <sip:${numbers.a}@127.0.0.1>;tag=1`,
    'To: <sip:127.0.0.1>',
    'Call-ID: stranger',
    'CSeq: 1 REGISTER',
    '\r\n',
  ].join('\r\n');
  const invented = register.replaceAll('REGISTER', 'X13500000001').replaceAll('stranger', 'inventor');
  for (const text of [register, invented, 'INVITE nonsense\r\n\r\n']) socket.send(text, port, '127.0.0.1');
  socket.unref();
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const textOf = (path: string): string => readFileSync(`${root}${path}`, 'utf8');

/** Series that an expression asks for and that `/metrics` does not have. */
function unknownIn(expression: string): string[] {
  const asked = expression.match(/\b(?:openvoicecall|nodejs|process)_\w+/g) ?? [];
  return asked.filter((name) => {
    const histogram = after.get(name.replace(/_(?:bucket|sum|count)$/, ''));
    return !after.has(name) && histogram?.type !== 'histogram';
  });
}

beforeAll(async () => {
  platform = await TestPlatform.start({}, { ports: 10, recording: true });
  receiver = await Receiver.start();
  failing = await Receiver.start({ behaviour: () => ({ answer: 500 }) });
  before = await scrape();
  const refused = platform.click2Call({ callerNbr: 'nobody' });
  await Promise.all([recordedCallback(), spokenNotification(), unansweredCallback(), refused]);
  strangers();
  await eventually(async () => {
    after = await scrape();
    return (
      grown('openvoicecall_push_attempts_total') === 11 &&
      valueOf(after, 'openvoicecall_media_streams') === 0 &&
      grown('openvoicecall_sip_refusals_total', { reason: 'malformed' }) === 1
    );
  }, 'all that was done is counted');
}, 60_000);
afterAll(async () => {
  await receiver.close();
  await failing.close();
  await platform[Symbol.asyncDispose]();
});

describe('/metrics', () => {
  it('keeps to the conventions of Prometheus, and shows no number', () => {
    for (const families of [before, during, after]) {
      // Names that begin otherwise are those of prom-client.
      const ours = [...families.values()].filter(({ name }) => name.startsWith('openvoicecall_'));
      expect(ours.length).toBeGreaterThan(30);
      expect(problemsOf(ours)).toEqual([]);
    }
  });

  it('counts calls by capability and cause', () => {
    expect(grown('openvoicecall_calls_accepted_total', { capability: 'callback' })).toBe(2);
    expect(grown('openvoicecall_calls_accepted_total', { capability: 'notification' })).toBe(2);
    expect(grown('openvoicecall_calls_ended_total', { capability: 'callback', cause: '8017' })).toBe(1);
    expect(
      grown('openvoicecall_calls_ended_total', { capability: 'callback', cause: String(busyCause) }),
    ).toBe(1);
    expect(grown('openvoicecall_calls_ended_total', { capability: 'notification' })).toBe(2);
    expect(grown('openvoicecall_api_answers_total', { api: 'click2Call', resultcode: '0' })).toBe(2);
    expect(grown('openvoicecall_api_answers_total', { api: 'click2Call' })).toBe(3);
  });

  it('shows what runs while it runs', () => {
    const talking = { capability: 'callback', state: 'answered' };
    expect(valueOf(during, 'openvoicecall_calls', talking)).toBe(1);
    expect(valueOf(during, 'openvoicecall_calls_running')).toBeGreaterThanOrEqual(1);
    expect(valueOf(during, 'openvoicecall_media_streams')).toBeGreaterThanOrEqual(2);
    expect(valueOf(during, 'openvoicecall_recordings_open')).toBe(1);
    expect(valueOf(during, 'openvoicecall_voice_ports', { state: 'in_use' })).toBeGreaterThanOrEqual(2);
    for (const name of [
      'openvoicecall_calls',
      'openvoicecall_calls_running',
      'openvoicecall_recordings_open',
    ])
      expect(valueOf(after, name)).toBe(0);
    expect(valueOf(after, 'openvoicecall_voice_ports', { state: 'in_use' })).toBe(0);
    expect(valueOf(after, 'openvoicecall_voice_ports', { state: 'free' })).toBeGreaterThanOrEqual(60);
    expect(valueOf(after, 'openvoicecall_media_streams_limit')).toBe(100);
  });

  it('counts legs by their ends, and recordings', () => {
    expect(grown('openvoicecall_legs_dialled_total')).toBe(5);
    expect(grown('openvoicecall_legs_answered_total')).toBe(4);
    expect(grown('openvoicecall_legs_ended_total', { outcome: 'rejected', status: '4xx' })).toBe(1);
    expect(grown('openvoicecall_legs_ended_total')).toBe(5);
    expect(grown('openvoicecall_recordings_total', { result: 'completed' })).toBe(1);
    expect(grown('openvoicecall_recordings_total')).toBe(1);
  });

  it('measures media', () => {
    const packets = 'openvoicecall_media_packet_lateness_seconds_count';
    expect(grown(packets)).toBeGreaterThan(100);
    expect(grown('openvoicecall_rtp_packets_total', { direction: 'out' })).toBeGreaterThanOrEqual(
      grown(packets),
    );
    expect(grown('openvoicecall_rtp_packets_total', { direction: 'in' })).toBeGreaterThan(100);
    expect(grown('openvoicecall_rtp_jitter_seconds_count', { direction: 'in' })).toBe(4);
    expect(grown('openvoicecall_media_worker_cpu_seconds_total', { worker: '0' })).toBeGreaterThan(0);
  });

  it('counts pushes by what became of them', () => {
    // Two callouts, two alertings, two answers, a disconnect and a record; then a callout, a disconnect and a record.
    expect(receiver.pushes).toHaveLength(8);
    expect(grown('openvoicecall_push_attempts_total', { outcome: 'delivered' })).toBe(8);
    expect(grown('openvoicecall_push_attempts_total', { kind: 'status', outcome: 'failed' })).toBe(2);
    expect(grown('openvoicecall_push_attempts_total', { kind: 'fee', outcome: 'pending' })).toBe(1);
    expect(grown('openvoicecall_push_duration_seconds_count')).toBe(11);
    // What failed is tried again in an hour: nothing is due.
    expect(valueOf(after, 'openvoicecall_push_lag_seconds')).toBe(0);
  });

  it('counts SIP messages, and what strangers send', () => {
    expect(grown('openvoicecall_sip_requests_total', { direction: 'out', method: 'INVITE' })).toBe(
      5 + grown('openvoicecall_sip_retransmissions_total'),
    );
    const answered = { direction: 'in', method: 'INVITE', class: '2xx' };
    expect(grown('openvoicecall_sip_responses_total', answered)).toBeGreaterThanOrEqual(4);
    expect(grown('openvoicecall_sip_requests_total', { direction: 'in', method: 'REGISTER' })).toBe(1);
    expect(grown('openvoicecall_sip_requests_total', { direction: 'in', method: 'other' })).toBe(1);
    expect(grown('openvoicecall_sip_refusals_total', { reason: 'refused REGISTER' })).toBe(1);
  });

  it('measures the database and speech', () => {
    const units = grown('openvoicecall_database_commit_units_sum');
    expect(units).toBeGreaterThanOrEqual(20);
    expect(grown('openvoicecall_database_commit_units_count')).toBeLessThanOrEqual(units);
    expect(grown('openvoicecall_database_statement_seconds_count', { kind: 'insert' })).toBeGreaterThan(20);
    expect(grown('openvoicecall_database_failures_total')).toBe(0);
    expect(
      grown('openvoicecall_speech_synthesis_seconds_count', { provider: 'espeak' }),
    ).toBeGreaterThanOrEqual(1);
    expect(grown('openvoicecall_speech_cache_hits_total', { provider: 'espeak' })).toBeGreaterThanOrEqual(1);
    expect(grown('openvoicecall_speech_failures_total')).toBe(0);
  });
});

describe('what is made for /metrics', () => {
  it('is a dashboard that asks for nothing that is not there', () => {
    const { panels } = JSON.parse(textOf('deploy/dashboards/openvoicecall.json')) as {
      panels: { targets?: { expr: string }[] }[];
    };
    const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(expressions.length).toBeGreaterThan(30);
    expect(expressions.filter((expression) => !/(?:openvoicecall|nodejs|process)_/.test(expression))).toEqual(
      [],
    );
    expect(expressions.flatMap(unknownIn)).toEqual([]);
  });

  it('are alert rules that ask for nothing that is not there', () => {
    const { groups } = parseYaml(textOf('deploy/prometheus/alerts.yml')) as {
      groups: { rules: { alert: string; expr: string }[] }[];
    };
    const rules = groups.flatMap(({ rules }) => rules);
    expect(rules.length).toBeGreaterThanOrEqual(5);
    for (const { alert, expr } of rules)
      expect({ alert, unknown: unknownIn(expr) }).toEqual({ alert, unknown: [] });
  });

  it.skipIf(!installed('promtool'))('are alert rules that fire when they should', () => {
    const run = (...args: string[]): string => execFileSync('promtool', args, { encoding: 'utf8' });
    expect(run('check', 'rules', `${root}deploy/prometheus/alerts.yml`)).toContain('SUCCESS');
    expect(run('test', 'rules', `${root}deploy/prometheus/alerts.test.yml`)).toContain('SUCCESS');
  });

  it('is documentation of every name', () => {
    const documented = textOf('docs/operations.md');
    const ours = [...after.keys()].filter((name) => name.startsWith('openvoicecall_'));
    const missing = ours.filter((name) => !documented.includes(`\`${name.slice('openvoicecall_'.length)}\``));
    expect(missing).toEqual([]);
  });
});
