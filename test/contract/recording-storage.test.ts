import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordingBucket } from '../../src/store/recording-bucket.ts';
import { RecordingFolder } from '../../src/store/recording-folder.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ObjectServerStandIn } from '../support/object-server-stand-in.ts';
import { recordingStorageContract } from './recording-storage.ts';

let directory: string;
let folder: RecordingFolder;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'recording-storage-'));
  folder = new RecordingFolder(directory, 'ovc.test');
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('recordings in a folder', () => {
  recordingStorageContract(async () => ({
    archive: folder,
    pass: async () => {
      const now = Date.now();
      const before = (now - 1_000) / 1_000;
      for (const name of await folder.names()) utimesSync(join(directory, name), before, before);
      return now - 500;
    },
  }));
});

describe('recordings in a bucket', () => {
  let server: ObjectServerStandIn;
  let clock: ManualClock;

  beforeEach(async () => {
    server = await ObjectServerStandIn.start();
    clock = new ManualClock();
  });
  afterEach(() => server.close());

  function bucket(): RecordingBucket {
    return new RecordingBucket({
      endpoint: server.endpoint,
      bucket: 'calls',
      region: 'us-east-1',
      accessKey: 'access',
      secretKey: 'secret',
      folder,
      clock,
    });
  }

  recordingStorageContract(async () => ({
    archive: bucket(),
    pass: async () => (server.now += 1_000),
  }));

  const SESSION = '1200_366_0_20161228102743@ovc.test';
  const OTHER_SESSION = '1200_367_0_20161228102743@ovc.test';

  function written(archive: RecordingBucket): { file: string; objectName: string } {
    const begun = archive.begin(SESSION);
    writeFileSync(begun.file, 'what was said');
    return begun;
  }

  it('leave this machine when they are complete', async () => {
    const archive = bucket();
    const { file, objectName } = written(archive);
    expect(archive.begin(SESSION)).toMatchObject({
      bucketName: 'calls',
      domain: new URL(server.endpoint).host,
    });
    await Promise.all([archive.complete(objectName), archive.complete(objectName)]);
    expect(existsSync(file)).toBe(false);
    expect(server.requests).toEqual([`PUT ${objectName}`]);
    expect(server.objects.get(objectName)?.octets.toString()).toBe('what was said');
  });

  it('are uploaded again after a failure, and stay here until then', async () => {
    const archive = bucket();
    const { file, objectName } = written(archive);
    server.failures = 2;
    const complete = archive.complete(objectName);
    await expect.poll(() => clock.pending).toBe(1);
    expect(existsSync(file)).toBe(true);
    expect(await archive.locate(objectName, 1_000)).toEqual({ kind: 'file', path: file });
    await clock.advance(1_000);
    await expect.poll(() => clock.pending).toBe(1);
    await clock.advance(5_000);
    await complete;
    expect(existsSync(file)).toBe(false);
    expect(server.requests).toHaveLength(3);
  });

  it('that could not be uploaded are later', async () => {
    const { file, objectName } = written(bucket());
    server.failures = 3;
    const first = expect(bucket().resume()).rejects.toThrow('the bucket answered 503 to an upload');
    for (const delay of [1_000, 5_000]) {
      await expect.poll(() => clock.pending).toBe(1);
      await clock.advance(delay);
    }
    await first;
    expect(existsSync(file)).toBe(true);
    await bucket().resume();
    expect(existsSync(file)).toBe(false);
    expect(server.objects.has(objectName)).toBe(true);
  });

  it('that a call is still writing stay until it ends', async () => {
    const archive = bucket();
    const { file, objectName } = written(archive);
    await archive.resume();
    expect(existsSync(file)).toBe(true);
    expect(server.requests).toEqual([]);
    await archive.complete(objectName);
    expect(existsSync(file)).toBe(false);
  });

  it('do not wait for another that cannot be uploaded', async () => {
    const { file } = written(bucket());
    const { file: other } = bucket().begin(OTHER_SESSION);
    writeFileSync(other, 'more');
    server.failures = 3;
    const refused = expect(bucket().resume()).rejects.toThrow('the bucket answered 503');
    for (const delay of [1_000, 5_000]) {
      await expect.poll(() => clock.pending).toBe(1);
      await clock.advance(delay);
    }
    await refused;
    expect([file, other].filter((path) => existsSync(path))).toHaveLength(1);
  });

  it('are all looked through when their time is over, and nobody else’s objects', async () => {
    const names = Array.from({ length: 5 }, (_, index) => `1_${index}_0_20160101000000.wav`);
    for (const name of [...names, 'music.wav', 'notes.txt']) {
      server.objects.set(name, { octets: Buffer.from('x'), at: server.now });
    }
    expect(await bucket().removeBefore(server.now + 1)).toBe(5);
    expect([...server.objects.keys()]).toEqual(['music.wav', 'notes.txt']);
  });

  it('tell when the server does not want us', async () => {
    server.failures = 1;
    await expect(bucket().locate('1_1_0_20160101000000.wav', 1_000)).rejects.toThrow(
      'the bucket answered 503',
    );
    server.failures = 1;
    await expect(bucket().removeBefore(server.now)).rejects.toThrow('the bucket answered 503');
  });
});
