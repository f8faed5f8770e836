import { existsSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BucketAddress, RecordingBucket } from '../../src/store/recording-bucket.ts';
import { RecordingFolder } from '../../src/store/recording-folder.ts';
import { recordingStorageContract } from '../contract/recording-storage.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { eventually, temporaryDirectory } from '../support/peer-process.ts';
import { askBucket, Swift, swiftInstalled } from '../support/swift.ts';

const reason = swiftInstalled() ? '' : ' (skipped: python3-swift is not installed)';
const SESSION = '1200_366_0_20161228102743@ovc.test';

describe.skipIf(reason !== '')(`recordings in a bucket of OpenStack Swift${reason}`, () => {
  let swift: Swift;
  const directories: Disposable[] = [];
  beforeAll(async () => {
    swift = await Swift.start();
  });
  afterAll(async () => {
    await swift?.[Symbol.asyncDispose]();
    for (const directory of directories) directory[Symbol.dispose]();
  });

  function open(address: BucketAddress): { archive: RecordingBucket; clock: ManualClock } {
    const directory = temporaryDirectory();
    directories.push(directory);
    const folder = new RecordingFolder(directory.path, 'ovc.test');
    // Signatures are of this minute.
    const clock = new ManualClock(Date.now());
    return { archive: new RecordingBucket({ ...address, folder, clock }), clock };
  }

  /** The server's clock, to the second as its listings are, ms. */
  const timeOf = async (address: BucketAddress): Promise<number> =>
    Date.parse((await askBucket(address, 'HEAD')).headers.get('date') ?? '');

  recordingStorageContract(async () => {
    const address = await swift.bucket();
    const pass = async (): Promise<number> => {
      const later = (await timeOf(address)) + 2_000;
      await eventually(async () => (await timeOf(address)) >= later, 'two seconds pass at the server');
      return later;
    };
    return { archive: open(address).archive, pass };
  });

  it('leave this machine, and are found there under their name as audio', async () => {
    const address = await swift.bucket();
    const { archive } = open(address);
    const { file, objectName } = archive.begin(SESSION);
    writeFileSync(file, 'what was said');
    await archive.complete(objectName);
    expect(existsSync(file)).toBe(false);
    const object = await askBucket(address, 'GET', objectName);
    expect(object.headers.get('content-type')).toBe('audio/wav');
    expect(await object.text()).toBe('what was said');
  });

  it('are fetched by an address that holds for this recording alone, byte ranges too', async () => {
    const { archive } = open(await swift.bucket());
    const { file, objectName } = archive.begin(SESSION);
    writeFileSync(file, 'what was said');
    await archive.complete(objectName);
    const kept = await archive.locate(objectName, 60_000);
    if (kept?.kind !== 'url') throw new Error('it is not in the bucket');
    const part = await fetch(kept.url, { headers: { range: 'bytes=5-7' } });
    expect([part.status, await part.text()]).toEqual([206, 'was']);
    const longer = kept.url.replace('X-Amz-Expires=60', 'X-Amz-Expires=6000');
    const other = kept.url.replace(objectName, 'other.wav');
    for (const forged of [longer, other]) {
      expect(forged).not.toBe(kept.url);
      expect((await fetch(forged)).status).toBe(403);
    }
    expect((await fetch(kept.url, { method: 'DELETE' })).status).toBe(403);
  });

  it('are removed from every page of a listing', async () => {
    const address = await swift.bucket();
    const { archive } = open(address);
    for (let number = 0; number < 5; number += 1) {
      const { file, objectName } = archive.begin(`1_${number}_0_20160101000000@ovc.test`);
      writeFileSync(file, 'x');
      await archive.complete(objectName);
    }
    expect(await archive.removeBefore(Date.now() + 3_600_000)).toBe(5);
    expect(await (await askBucket(address, 'GET')).text()).not.toContain('<Key>');
  });

  it('stay here, with the reason told, where the secret is wrong or the bucket missing', async () => {
    const address = await swift.bucket();
    for (const [wrong, status] of [
      [{ ...address, secretKey: 'guessed' }, 403],
      [{ ...address, bucket: 'nobody-made-it' }, 404],
    ] as const) {
      const { archive, clock } = open(wrong);
      const { file, objectName } = archive.begin(SESSION);
      writeFileSync(file, 'what was said');
      const refused = expect(archive.complete(objectName)).rejects.toThrow(
        `the bucket answered ${status} to an upload`,
      );
      for (const delay of [1_000, 5_000]) {
        await expect.poll(() => clock.pending).toBe(1);
        await clock.advance(delay);
      }
      await refused;
      expect(existsSync(file)).toBe(true);
    }
  });
});
