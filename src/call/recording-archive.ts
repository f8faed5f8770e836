/** What becomes of recordings once they are complete: they can be fetched, and are removed when their time is over. */
import type { RecordingStorage } from './ports.ts';

/** Where a recording is: a file of this machine, or an address that anybody may fetch for a while. */
export type KeptRecording =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'url'; readonly url: string };

export interface RecordingArchive extends RecordingStorage {
  /**
   * @param validFor of an address, ms
   * @returns undefined when there is no such recording, or none any more
   */
  locate(objectName: string, validFor: number): Promise<KeptRecording | undefined>;
  /**
   * Moves the recordings that are complete and not yet where they are kept: those that a crash cut off, or that could not be
   * moved before. Rejects when it cannot; they stay where they are then.
   */
  resume(): Promise<void>;
  /** Removes the recordings that were last written before `time`. @returns how many */
  removeBefore(time: number): Promise<number>;
  /** Removes one recording, wherever it is; harmless when there is none. */
  remove(objectName: string): Promise<void>;
}
