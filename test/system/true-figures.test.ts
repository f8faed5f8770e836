import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Family, parseExposition, valueOf } from '../support/exposition.ts';
import { eventually } from '../support/peer-process.ts';
import { Receiver } from '../support/receiver.ts';
import { ServedPlatform } from '../support/served-platform.ts';
import { TwoTalkers } from '../support/two-talkers.ts';

/** Seconds for which something is made to wait, so that a figure must show it. */
const HELD = 0.4;
/** Of A's packets, those from the 30th to the 49th never arrive. */
const LOST = { first: 30, count: 20 };

let talkers: TwoTalkers;
let platform: ServedPlatform;
let receiver: Receiver;
let sessionId: string;
const answered = Promise.withResolvers<void>();

const scrape = async (): Promise<Map<string, Family>> =>
  parseExposition(await (await fetch(`${platform.access.http}/metrics`)).text());

/** Not to wait for something, but to make it late. */
const passes = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, 1_000 * seconds));

beforeAll(async () => {
  talkers = await TwoTalkers.start({
    tones: { A: 500, B: 1_300 },
    losesOfA: (index) => index >= LOST.first && index < LOST.first + LOST.count,
  });
  receiver = await Receiver.start({ behaviour: () => ({ answer: 200, when: answered.promise }) });
  platform = await ServedPlatform.start({ flags: ['--trunk', talkers.trunk, '--private-receivers'] });
  const statusUrl = Buffer.from(receiver.url('/status')).toString('base64');
  sessionId = await platform.accepted({ statusUrl });
  await platform.until(sessionId, 'answer', 'B');
  await talkers.talk();
  // A packet leaves for B each 20 ms, whatever comes from A.
  await talkers.b.until('the gap is over', () => talkers.b.packets > 2 * (LOST.first + LOST.count));
}, 60_000);

afterAll(async () => {
  answered.resolve();
  await platform[Symbol.asyncDispose]();
  await talkers[Symbol.asyncDispose]();
  await receiver.close();
});

describe('what /metrics says is so', { timeout: 60_000 }, () => {
  it('of pushes that a receiver does not take: how long the oldest waits, until it is taken', async () => {
    const start = performance.now();
    const lag = async (): Promise<number> => valueOf(await scrape(), 'openvoicecall_push_lag_seconds');
    const first = await lag();
    await eventually(async () => (await lag()) >= first + HELD, 'the oldest push grows older');
    const grown = (await lag()) - first;
    expect(grown).toBeLessThanOrEqual((performance.now() - start) / 1_000 + 0.1);
    answered.resolve();
    await eventually(async () => (await lag()) === 0, 'all pushes are taken');
  });

  it('of the event loop and of packets, when the process stood still', async () => {
    // The delay of the loop is that since the last look.
    const before = await scrape();
    const lateOf = (families: Map<string, Family>): number => {
      const name = 'openvoicecall_media_packet_lateness_seconds';
      const all = valueOf(families, `${name}_count`);
      const late = all - valueOf(families, `${name}_bucket`, { le: '0.1' });
      return late + valueOf(families, 'openvoicecall_media_slots_skipped_total');
    };
    // The loop measures itself from a timer to the next, 10 ms apart, and a look begins anew: a delay before the first is not seen.
    await passes(0.1);
    process.kill(platform.process.pid, 'SIGSTOP');
    await passes(HELD);
    process.kill(platform.process.pid, 'SIGCONT');
    // A turn of the loop, whose timer measures what went by.
    await fetch(`${platform.access.http}/healthz`);
    const after = await scrape();
    expect(valueOf(after, 'nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(HELD / 2);
    expect(valueOf(after, 'nodejs_eventloop_lag_max_seconds')).toBeLessThan(60);
    // Two legs send a packet each 20 ms; those of the last tenth of a second are not so late.
    expect(lateOf(after) - lateOf(before)).toBeGreaterThan((HELD - 0.1) / 0.02);
  });

  it('of the database: what failed while another program kept it, and how long it took when it was free', async () => {
    const start = performance.now();
    const before = await scrape();
    const grown = (after: Map<string, Family>, name: string): number =>
      valueOf(after, name) - valueOf(before, name);
    const other = new DatabaseSync(join(platform.data, 'openvoicecall.db'), { timeout: 5_000 });
    other.exec('begin immediate');
    const stopped = platform.stop(sessionId);
    await eventually(
      async () => grown(await scrape(), 'openvoicecall_database_failures_total') > 0,
      'something could not be written',
    );
    expect(grown(await scrape(), 'openvoicecall_database_commit_units_sum')).toBe(0);
    other.close();
    // It may have been refused, the database being away.
    if ((await stopped).body.resultcode !== '0') await platform.stop(sessionId);
    await platform.ended(sessionId);
    const after = await scrape();
    expect(grown(after, 'openvoicecall_database_commit_seconds_count')).toBeGreaterThan(0);
    const seconds = grown(after, 'openvoicecall_database_commit_seconds_sum');
    expect(seconds).toBeGreaterThan(0);
    // One group after the other: they cannot have taken longer than all of it.
    expect(seconds).toBeLessThan((performance.now() - start) / 1_000);
  });

  it('of packets lost on their way, and of those that came, and of how unevenly they did', async () => {
    let after = await scrape();
    await eventually(async () => {
      after = await scrape();
      return valueOf(after, 'openvoicecall_rtp_jitter_seconds_count', { direction: 'in' }) === 2;
    }, 'both legs have ended');
    const lost = valueOf(after, 'openvoicecall_rtp_packets_lost_total', { direction: 'in' });
    const came = valueOf(after, 'openvoicecall_rtp_packets_total', { direction: 'in' });
    expect(lost).toBe(LOST.count);
    expect(came).toBeGreaterThan(2 * (LOST.first + LOST.count) - LOST.count);
    expect(valueOf(after, 'openvoicecall_rtp_jitter_seconds_sum', { direction: 'in' })).toBeGreaterThan(0);
  });
});
