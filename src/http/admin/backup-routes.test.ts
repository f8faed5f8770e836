import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HttpPlatform } from '../../../test/support/http-platform.ts';
import { verifiedManifest } from '../../store/backup/manifest.ts';

let platform: HttpPlatform;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
});
afterEach(() => platform.close());

interface Backup {
  readonly name: string;
  readonly folder: string;
  readonly files: number;
}

const make = (body: object = {}) => platform.admin<Backup>('POST', '/admin/v1/backups', body);

it('makes a backup that is whole, one at a time, and lists it', async () => {
  const answers = await Promise.all([make(), make()]);
  const made = answers.find(({ status }) => status === 201)?.body as Backup;
  expect(answers.find(({ status }) => status !== 201)).toMatchObject({
    status: 409,
    body: { error: { code: 'backup-running' } },
  });
  expect(made.name).toBe('2026-01-01T00-00-00-000Z');
  expect((await verifiedManifest(made.folder)).files).toHaveLength(made.files);
  expect(existsSync(join(made.folder, 'openvoicecall.db'))).toBe(true);
  expect((await platform.admin('GET', '/admin/v1/backups')).body).toEqual({ backups: [made] });
  const [entry] = (await platform.admin<{ entries: object[] }>('GET', '/admin/v1/audit')).body.entries;
  expect(entry).toMatchObject({ object: { kind: 'backup', id: made.name }, after: { files: made.files } });
});

it('overwrites none, and refuses what it does not know', async () => {
  expect((await make({ recordings: false })).status).toBe(201);
  expect(await make()).toMatchObject({ status: 500, body: { error: { code: 'backup-failed' } } });
  expect((await platform.admin<{ backups: Backup[] }>('GET', '/admin/v1/backups')).body.backups).toHaveLength(
    1,
  );
  expect((await make({ withKey: true })).status).toBe(400);
});
