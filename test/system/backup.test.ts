import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, temporaryDirectory } from '../support/peer-process.ts';
import type { PlatformClient } from '../support/platform-client.ts';
import { postgresMissing, PostgresServer } from '../support/postgres.ts';
import { type CliResult, runCli } from '../support/run-cli.ts';
import { ServedPlatform } from '../support/served-platform.ts';

const opened: AsyncDisposable[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

function directory(): string {
  const made = temporaryDirectory();
  opened.push({ [Symbol.asyncDispose]: async () => made[Symbol.dispose]() });
  return made.path;
}

const run = (...args: string[]): Promise<CliResult> => runCli(args, { PATH: process.env.PATH ?? '' });

async function served(flags: string[] = []): Promise<ServedPlatform> {
  const platform = await ServedPlatform.start({ flags, app: { recording: true } });
  opened.push(platform);
  return platform;
}

/** Everything that a platform says of what it keeps. */
async function answersOf(client: PlatformClient, sessions: readonly string[]): Promise<unknown[]> {
  const paths = ['/apps', '/numbers', '/voice-files', '/templates', '/records', '/events?limit=500'];
  const calls = sessions.map((id) => `/calls/${encodeURIComponent(id)}`);
  const answers: unknown[] = [];
  for (const path of [...paths, ...calls]) answers.push(await client.admin('GET', path));
  // Addresses of recordings are signed anew for each who asks; what sandbox phones heard is not kept.
  const unlike = /,"(url":"http:\/\/127|recording":"\/)[^"]*"/g;
  return JSON.parse(JSON.stringify(answers).replaceAll(unlike, '')) as unknown[];
}

describe('a backup', { timeout: 120_000 }, () => {
  it('is made while calls run, and a platform restored from it answers the same', async () => {
    const platform = await served();
    const session = await platform.accepted({ recordFlag: 'true', calleeNbr: '+8613500000001' });
    await platform.until(session, 'answer', 'B');
    const recorded = (): string[] => readdirSync(join(platform.data, 'recordings'));
    await eventually(() => recorded().length === 1, 'the call is recorded');
    await platform.stop(session);
    await platform.ended(session);
    const running = await platform.accepted();
    const backup = join(directory(), 'backup');
    const made = await run('backup', backup, '--data', platform.data, '--json');
    expect(made.stderr).toContain('secret.key');
    expect([made.code, JSON.parse(made.stdout)]).toEqual([
      0,
      expect.objectContaining({ database: 'sqlite' }),
    ]);
    expect(existsSync(join(backup, 'secret.key'))).toBe(false);
    const own = await run('backup', '--data', platform.data, '--json');
    const { folder } = JSON.parse(own.stdout) as { folder: string };
    expect([own.code, folder.startsWith(join(platform.data, 'backups'))]).toEqual([0, true]);
    expect(readdirSync(folder).sort()).toEqual(readdirSync(backup).sort());
    for (const name of readdirSync(backup, { recursive: true, encoding: 'utf8' })) {
      expect(statSync(join(backup, name)).mode & 0o077).toBe(0);
    }
    const before = await answersOf(platform, [session]);
    await platform.stop(running);
    await platform.ended(running);

    const data = directory();
    const restored = await run('restore', backup, '--data', data, '--json');
    expect(restored.stderr).toContain('secret.key');
    expect(JSON.parse(restored.stdout)).toMatchObject({ keyMissing: true });
    cpSync(join(platform.data, 'secret.key'), join(data, 'secret.key'));
    const second = await platform.restored(data);
    opened.push(second);
    const after = await answersOf(second, [session]);
    // The call that ran while the backup was made was cut off there, and has got its record since.
    await second.ended(running);
    expect(after.slice(0, 4)).toEqual(before.slice(0, 4));
    expect(after.at(-1)).toEqual(before.at(-1));
    const [name = ''] = recorded();
    const [original, copy] = [platform.data, data].map((folder) => join(folder, 'recordings', name));
    expect(readFileSync(copy ?? '').equals(readFileSync(original ?? ''))).toBe(true);
  });

  it('is restored neither where a platform runs, nor over what is there, unless it is asked for', async () => {
    const platform = await served();
    const backup = join(directory(), 'backup');
    await run('backup', backup, '--data', platform.data);
    const running = await run('restore', backup, '--data', platform.data, '--replace');
    expect([running.code, running.stderr]).toEqual([1, expect.stringContaining('A platform runs with')]);
    await platform.terminated();
    const there = await run('restore', backup, '--data', platform.data);
    expect([there.code, there.stderr]).toEqual([1, expect.stringContaining('--replace')]);
    const replaced = await run('restore', backup, '--data', platform.data, '--replace', '--json');
    const { aside } = JSON.parse(replaced.stdout) as { aside: string };
    expect(existsSync(join(aside, 'openvoicecall.db'))).toBe(true);
    opened.push(await platform.restarted());
  });

  it('is not restored when it is damaged, not complete, newer, or none', async () => {
    const platform = await served();
    const backup = join(directory(), 'backup');
    expect((await run('backup', backup, '--data', platform.data)).code).toBe(0);
    const again = await run('backup', backup, '--data', platform.data);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('is not empty')]);
    const refusal = async (): Promise<string> => {
      const data = join(directory(), 'data');
      const { code, stderr } = await run('restore', backup, '--data', data);
      expect(code).toBe(1);
      expect(existsSync(join(data, 'openvoicecall.db'))).toBe(false);
      return stderr;
    };
    const file = join(backup, 'openvoicecall.db');
    const whole = readFileSync(file);
    const broken = Buffer.from(whole);
    broken[whole.length - 1]! ^= 1;
    writeFileSync(file, broken);
    expect(await refusal()).toContain('damaged: openvoicecall.db');
    writeFileSync(file, whole);
    const database = new DatabaseSync(file);
    database.exec('update schema_version set version = 999');
    database.close();
    const { size } = statSync(file);
    const manifestFile = join(backup, 'backup.json');
    const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as { files: { path: string }[] };
    const { createHash } = await import('node:crypto');
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
    manifest.files = manifest.files.map((entry) =>
      entry.path === 'openvoicecall.db' ? { ...entry, size, sha256 } : entry,
    );
    writeFileSync(manifestFile, JSON.stringify(manifest));
    expect(await refusal()).toContain('schema version 999');
    writeFileSync(manifestFile, '{');
    expect(await refusal()).toContain('is no backup');
  });

  it.skipIf(postgresMissing)('of PostgreSQL is made and restored by its own programs', async () => {
    const server = await PostgresServer.start({ settings: { fsync: 'off' } });
    opened.push(server);
    const url = await server.createDatabase();
    const platform = await served(['--database', url]);
    const session = await platform.accepted();
    await platform.stop(session);
    await platform.ended(session);
    const backup = join(directory(), 'backup');
    const made = await run('backup', backup, '--data', platform.data, '--database', url, '--with-key');
    expect([made.code, made.stderr]).toEqual([0, '']);
    const before = await answersOf(platform, [session]);
    const busy = await run('restore', backup, '--data', directory(), '--database', url, '--replace');
    expect([busy.code, busy.stderr]).toEqual([1, expect.stringContaining('A platform uses this database')]);
    const data = directory();
    const wrong = await run('restore', backup, '--data', data);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('--database postgres://')]);
    const other = await server.createDatabase();
    const restored = await run('restore', backup, '--data', data, '--database', other, '--json');
    expect([restored.code, restored.stderr]).toEqual([0, '']);
    await platform.terminated();
    const second = await platform.restored(data, ['--database', other]);
    opened.push(second);
    expect(await answersOf(second, [session])).toEqual(before);
    await second.terminated();
    const full = await run('restore', backup, '--data', directory(), '--database', other);
    expect([full.code, full.stderr]).toEqual([1, expect.stringContaining('--replace')]);
    const fresh = directory();
    const over = await run('restore', backup, '--data', fresh, '--database', other, '--replace');
    expect([over.code, over.stderr]).toEqual([0, '']);
    const third = await platform.restored(fresh, ['--database', other]);
    opened.push(third);
    expect(await answersOf(third, [session])).toEqual(before);
  });
});
