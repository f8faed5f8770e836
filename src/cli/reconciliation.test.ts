import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleCall, sampleChange } from '../../test/contract/samples.ts';
import { ADMIN_TOKEN, HttpPlatform } from '../../test/support/http-platform.ts';
import { temporaryDirectory } from '../../test/support/peer-process.ts';
import { type CliResult, runCli } from '../../test/support/run-cli.ts';

let platform: HttpPlatform;
let directory: ReturnType<typeof temporaryDirectory>;

beforeEach(async () => {
  directory = temporaryDirectory();
  platform = new HttpPlatform();
  await platform.listen();
  const { calls } = platform.database;
  const owner = { appKey: 'app-1', spId: 'openvoicecall' };
  await Promise.all(
    Array.from({ length: 450 }, async (_, index) => {
      const call = sampleCall(`s${index}`, { owner, feeUrl: undefined });
      await calls.create(call);
      await calls.commit(sampleChange(call, { sequence: 1, ends: true }));
    }),
  );
});
afterEach(async () => {
  await platform.close();
  directory[Symbol.dispose]();
});

const run = (...args: string[]): Promise<CliResult> =>
  runCli(args, { OVC_URL: platform.url, OVC_TOKEN: ADMIN_TOKEN });

describe('export', () => {
  it('writes a SQLite file', async () => {
    const out = join(directory.path, 'calls.db');
    const { code, stdout } = await run('export', 'records', '--format', 'sqlite', '--out', out, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ kind: 'records', format: 'sqlite', exported: 450, file: out });
    const database = new DatabaseSync(out, { readOnly: true });
    const counted = database.prepare(
      'select count(distinct icid) as calls, min(releaseCause) as cause from records',
    );
    expect(counted.get()).toMatchObject({ calls: 450, cause: 8000 });
    database.close();
    expect(statSync(out).mode & 0o077).toBe(0);
    expect(existsSync(`${out}.part`)).toBe(false);
  });

  it('writes a table to standard output, and says on standard error how much', async () => {
    const { code, stdout, stderr } = await run('export', 'events');
    expect(code).toBe(0);
    expect(stdout.split('\r\n')).toHaveLength(450 + 2);
    expect(stderr).toBe('450 events\n');
  });

  it('leaves a file that was there as it is where it cannot be complete', async () => {
    const out = join(directory.path, 'calls.jsonl');
    await run('export', 'records', '--format', 'jsonl', '--out', out);
    const whole = readFileSync(out, 'utf8');
    expect(whole.trimEnd().split('\n')).toHaveLength(450);
    // The database fails in the middle of the stream.
    const { reconciliation } = platform.database;
    const read = reconciliation.records.bind(reconciliation);
    reconciliation.records = (query) =>
      query.after === undefined ? read(query) : Promise.reject(new Error('away'));
    const { code, stderr } = await run('export', 'records', '--format', 'jsonl', '--out', out);
    expect([code, stderr]).toEqual([1, expect.stringContaining('The export is not complete')]);
    expect(readFileSync(out, 'utf8')).toBe(whole);
    expect(existsSync(`${out}.part`)).toBe(false);
  });

  it('wants a file for what is no text', async () => {
    const { code, stderr } = await run('export', 'records', '--format', 'sqlite');
    expect([code, stderr]).toEqual([1, expect.stringContaining('--out')]);
  });
});

describe('calls records, statistics and pushes resend', () => {
  it('go on from a cursor', async () => {
    const first = await run('calls', 'records', '--limit', '449', '--json');
    const { records, nextCursor } = JSON.parse(first.stdout) as { records: object[]; nextCursor: string };
    expect(records).toHaveLength(449);
    const rest = await run('calls', 'records', '--cursor', nextCursor);
    expect(rest.stdout).toMatch(/ENDED \(UTC\).*\n2026-01-01 00:00:01 .*8000 .*\n\nNext: --cursor 450\n$/);
    const events = await run('calls', 'events', '--limit', '1');
    expect(events.stdout).toMatch(/call ended/);
  });

  it('count', async () => {
    const { stdout } = await run('statistics', '--from', '2026-01-01', '--to', '2026-01-01', '--by', 'day');
    expect(stdout).toMatch(/^2026-01-01 to 2026-01-01, days of UTC\n\nACCOUNT +DAY +CALLS +CONNECTED/);
    expect(stdout).toMatch(/openvoicecall +2026-01-01 +450 +0 +0.0% +0:00:00 +8000: 450\n$/);
  });

  it('send again', async () => {
    const range = ['--since', '2026-01-01T00:00:00Z', '--until', '2026-01-02T00:00:00Z'];
    const none = await run('pushes', 'resend', ...range);
    expect(none.stdout).toBe('0 on their way again, 0 were on their way, 450 have no address\n');
    const refused = await run('pushes', 'resend');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('Name a call')]);
  });
});
