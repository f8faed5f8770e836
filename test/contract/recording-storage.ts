import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { wavHeader } from '../../src/audio/wav.ts';
import type { RecordingArchive } from '../../src/call/recording-archive.ts';

export interface OpenedArchive {
  readonly archive: RecordingArchive;
  /** Lets time pass. @returns ms: everything so far was written before, everything from now on will be later or then */
  pass(): Promise<number>;
}

const SESSION = '1200_366_0_20161228102743@ovc.test';
const OTHER = '1200_367_0_20161228102743@ovc.test';
const AN_HOUR = 3_600_000;

async function soundOf(archive: RecordingArchive, objectName: string): Promise<string | undefined> {
  const kept = await archive.locate(objectName, AN_HOUR);
  if (kept === undefined) return undefined;
  return kept.kind === 'file' ? readFileSync(kept.path, 'utf8') : (await fetch(kept.url)).text();
}

async function keep(archive: RecordingArchive, sessionId: string, sound: string): Promise<string> {
  const { file, objectName } = archive.begin(sessionId);
  writeFileSync(file, sound);
  await archive.complete(objectName);
  return objectName;
}

/** What every place for recordings does. */
export function recordingStorageContract(open: () => Promise<OpenedArchive>): void {
  it('names a recording after its session', async () => {
    const { archive } = await open();
    expect(archive.begin(SESSION)).toMatchObject({
      objectName: '1200_366_0_20161228102743.wav',
      bucketName: expect.stringMatching(/./),
      domain: expect.stringMatching(/./),
    });
  });

  it('gives a recording back once it is complete, and again when it is completed twice', async () => {
    const { archive } = await open();
    const name = await keep(archive, SESSION, 'what was said');
    await archive.complete(name);
    expect(await soundOf(archive, name)).toBe('what was said');
  });

  it('gives a recording back that was never completed', async () => {
    const { archive } = await open();
    const { file, objectName } = archive.begin(SESSION);
    writeFileSync(file, 'what was said');
    expect(await soundOf(archive, objectName)).toBe('what was said');
  });

  it('reads how long a recording is that was cut off, and says nothing of what is none', async () => {
    const { archive } = await open();
    const { file, objectName } = archive.begin(SESSION);
    expect(await archive.lengthOf(objectName)).toBeUndefined();
    writeFileSync(file, 'what was said');
    expect(await archive.lengthOf(objectName)).toBeUndefined();
    for (const tracks of [1, 2]) {
      // The header is the one a recording begins with: it tells no length yet.
      const header = wavHeader({ encoding: 'PCMA', sampleRate: 8000, tracks }, 0);
      writeFileSync(file, Buffer.concat([header, Buffer.alloc(8 * 2_400 * tracks)]));
      expect(await archive.lengthOf(objectName)).toBe(2_400);
    }
  });

  it('has nothing under another name', async () => {
    const { archive } = await open();
    await keep(archive, SESSION, 'what was said');
    expect(await soundOf(archive, archive.begin(OTHER).objectName)).toBeUndefined();
  });

  it('removes one recording, and is content where there is none', async () => {
    const { archive } = await open();
    const name = await keep(archive, SESSION, 'one');
    const other = await keep(archive, OTHER, 'other');
    await archive.remove(name);
    await archive.remove(name);
    expect(await soundOf(archive, name)).toBeUndefined();
    expect(await soundOf(archive, other)).toBe('other');
  });

  it('removes what was written before a time, and nothing else', async () => {
    const { archive, pass } = await open();
    const old = await keep(archive, SESSION, 'old');
    const time = await pass();
    const young = await keep(archive, OTHER, 'young');
    expect(await archive.removeBefore(time)).toBe(1);
    expect(await soundOf(archive, old)).toBeUndefined();
    expect(await soundOf(archive, young)).toBe('young');
    expect(await archive.removeBefore(time)).toBe(0);
  });
}
