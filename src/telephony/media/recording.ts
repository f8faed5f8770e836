/** A recording, as the signalling thread sees it. */
import { stat } from 'node:fs/promises';
import { type RecordingLayout, type RecordingResult, recordingResult } from '../recording-wav.ts';
import type { RecorderEvent } from './recorder.ts';

export type { RecordingLayout, RecordingResult } from '../recording-wav.ts';

/** The recording goes no further. What was written before stays, and can be played. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
  /**
   * The system's error code (`ENOSPC`: the disk is full, `ENOENT`, `EACCES`, `EEXIST`, ...); `TOO_SLOW`: the disk hung for
   * half a minute; `WORKER`: the media worker crashed.
   */
  readonly code: string;

  constructor(path: string, code: string) {
    super(`the recording ${path} broke off: ${code}`);
    this.code = code;
  }
}

export class Recording {
  readonly path: string;
  /** At most once, and never before `record` returned. The call goes on. */
  onFailure: ((error: RecordingError) => void) | undefined = undefined;
  readonly #layout: RecordingLayout;
  readonly #askToStop: () => void;
  readonly #started = Promise.withResolvers<number | undefined>();
  readonly #stopped = Promise.withResolvers<RecordingResult>();
  #over = false;

  /** @internal */
  constructor(path: string, layout: RecordingLayout, askToStop: () => void) {
    this.path = path;
    this.#layout = layout;
    this.#askToStop = askToStop;
  }

  /**
   * The first instant in the file, in milliseconds since 1970-01-01T00:00:00Z; undefined when no file could be begun, of
   * which `onFailure` tells. Never rejects.
   */
  get started(): Promise<number | undefined> {
    return this.#started.promise;
  }

  /**
   * Completes the file. A recording also ends by itself when both its streams are closed, or when it fails; then this tells
   * what is in the file. Never rejects; safe to repeat.
   */
  stop(): Promise<RecordingResult> {
    if (!this.#over) this.#askToStop();
    return this.#stopped.promise;
  }

  /** @internal what the worker says of this recording */
  receive(event: RecorderEvent): void {
    switch (event.kind) {
      case 'started':
        this.#started.resolve(event.at);
        return;
      case 'failed':
        this.#started.resolve(undefined);
        this.onFailure?.(new RecordingError(this.path, event.code));
        return;
      case 'stopped':
        this.#over = true;
        this.#stopped.resolve(event.result);
    }
  }

  /** @internal the worker is gone: what it wrote is still there */
  async fail(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#started.resolve(undefined);
    this.#stopped.resolve(recordingResult(this.#layout, await this.#size()));
    this.onFailure?.(new RecordingError(this.path, 'WORKER'));
  }

  async #size(): Promise<number> {
    try {
      return (await stat(this.path)).size;
    } catch {
      // There is no file: the worker was gone before it made one.
      return 0;
    }
  }
}
