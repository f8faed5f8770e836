import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordingStorage } from '../call/ports.ts';

/** What `recordBucketName` says of recordings in the local folder. */
export const LOCAL_BUCKET = 'recordings';

/** Recordings kept where they are written: one folder on this machine, one file a call. */
export class RecordingFolder implements RecordingStorage {
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
    // Spec 06: the session id up to its host, such as 1200_366_0_20161228102743.wav.
    const objectName = `${sessionId.split('@', 1)[0]}.wav`;
    return {
      objectName,
      bucketName: LOCAL_BUCKET,
      domain: this.#domain,
      file: join(this.#folder, objectName),
    };
  }

  /** It is where it is kept already. */
  async complete(): Promise<void> {}
}
