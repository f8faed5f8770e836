import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './peer-process.ts';

/** A file system of a few megabytes that can be filled to its last block. */
export class SmallDisk {
  readonly #directory = temporaryDirectory();

  constructor(megabytes = 16) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', this.path], { stdio: 'pipe' });
  }

  get path(): string {
    return this.#directory.path;
  }

  /** Leaves no room, until what it returns is disposed of. */
  fill(): Disposable {
    const filler = join(this.path, 'filler');
    const file = openSync(filler, 'w');
    const block = Buffer.alloc(4_096, 1);
    try {
      for (;;) writeSync(file, block);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
    return { [Symbol.dispose]: () => rmSync(filler) };
  }

  [Symbol.dispose](): void {
    // Lazily: whoever was using it may still be on its way out.
    execFileSync('umount', ['-l', this.path]);
    this.#directory[Symbol.dispose]();
  }
}

/** Why no small disk can be had here; undefined where it can. For `it.skipIf`. */
export const smallDiskMissing: string | undefined = (() => {
  try {
    new SmallDisk(1)[Symbol.dispose]();
    return undefined;
  } catch {
    return 'only root may mount a tmpfs, and not in every container';
  }
})();
