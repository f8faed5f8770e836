import { mkdirSync } from 'node:fs';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordingStorage } from '../call/ports.ts';
import type { KeptRecording, RecordingArchive } from '../call/recording-archive.ts';

/** What `recordBucketName` says of recordings in the local folder. */
export const LOCAL_BUCKET = 'recordings';

/** Spec 06: the session id up to its host, such as 1200_366_0_20161228102743.wav. */
export const objectNameOf = (sessionId: string): string => `${sessionId.split('@', 1)[0]}.wav`;

/** A recording's file: RIFF, a `fmt ` of 18 octets, `fact`, and `data`, whose samples begin after so many octets. */
const HEADER = 58;
/** Where it says how many octets are a second of sound, and where the samples' chunk has its name. */
const OCTETS_A_SECOND = 28;
const DATA = 50;

/** No name leads out of the folder, or to a file that is no recording. */
const isObjectName = (name: string): boolean => /^[\w-][\w.-]*\.wav$/.test(name);

/** Recordings kept where they are written: one folder on this machine, one file a call. */
export class RecordingFolder implements RecordingArchive {
  readonly #folder: string;
  readonly #domain: string;

  /**
   * @param folder created when it is missing, readable by its owner only
   * @param domain what `recordDomain` says: our host name
   */
  constructor(folder: string, domain: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
    this.#domain = domain;
  }

  begin(sessionId: string): ReturnType<RecordingStorage['begin']> {
    const objectName = objectNameOf(sessionId);
    return {
      objectName,
      bucketName: LOCAL_BUCKET,
      domain: this.#domain,
      file: join(this.#folder, objectName),
    };
  }

  /** It is where it is kept already. */
  async complete(): Promise<void> {}

  async resume(): Promise<void> {}

  async lengthOf(objectName: string): Promise<number | undefined> {
    const kept = await this.locate(objectName);
    if (kept === undefined) return undefined;
    await using file = await open(kept.path);
    const header = Buffer.alloc(HEADER);
    const { bytesRead } = await file.read(header, 0, HEADER, 0);
    if (bytesRead < HEADER || header.toString('latin1', DATA, DATA + 4) !== 'data') return undefined;
    // Not what the header says of its length: that is told when the file is complete.
    const { size } = await file.stat();
    return Math.floor(((size - HEADER) * 1_000) / header.readUInt32LE(OCTETS_A_SECOND));
  }

  async locate(objectName: string): Promise<(KeptRecording & { kind: 'file' }) | undefined> {
    if (!isObjectName(objectName)) return undefined;
    const path = join(this.#folder, objectName);
    return (await writtenAt(path)) === undefined ? undefined : { kind: 'file', path };
  }

  /** A recording is written until its call ends, so its file tells when that was, also after a crash. */
  async removeBefore(time: number): Promise<number> {
    let removed = 0;
    for (const name of await this.names()) {
      const path = join(this.#folder, name);
      const at = await writtenAt(path);
      if (at === undefined || at >= time) continue;
      await rm(path, { force: true });
      removed += 1;
    }
    return removed;
  }

  async remove(objectName: string): Promise<void> {
    if (isObjectName(objectName)) await rm(join(this.#folder, objectName), { force: true });
  }

  /** The recordings that are in the folder. */
  async names(): Promise<string[]> {
    return (await readdir(this.#folder)).filter(isObjectName);
  }
}

/** When a file was last written; undefined when there is none. */
async function writtenAt(path: string): Promise<number | undefined> {
  try {
    const { mtimeMs } = await stat(path);
    return mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
