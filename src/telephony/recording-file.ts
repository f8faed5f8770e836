/** The file that a recording grows in. */
import { open, type FileHandle } from 'node:fs/promises';

export interface RecordingFile {
  /** Writes all of `bytes`. @throws the system's error, with its `code` (`ENOSPC`, `EIO`, ...) */
  write(bytes: Uint8Array, position: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Creates a file; its folder exists.
 *
 * @throws the system's error, with its `code` (`EEXIST`: recordings never overwrite, `ENOENT`, `EACCES`, ...)
 */
export type OpenRecordingFile = (path: string) => Promise<RecordingFile>;

/** `OpenRecordingFile` on node:fs, whose writes happen on threads of their own. Only the owner may read what was said. */
export async function openRecordingFile(path: string): Promise<RecordingFile> {
  return new NodeRecordingFile(await open(path, 'wx', 0o600));
}

class NodeRecordingFile implements RecordingFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const result = await this.#handle.write(bytes, written, bytes.length - written, position + written);
      written += result.bytesWritten;
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
