/** Makes one backup in a thread of its own: SQLite copies, and digests are made, without a pause for those who call. */
import { parentPort, workerData } from 'node:worker_threads';
import { backUp, type BackupOptions } from './backup.ts';
import type { Manifest } from './manifest.ts';

export type BackupResult =
  | { readonly kind: 'made'; readonly manifest: Manifest }
  | { readonly kind: 'failed'; readonly reason: string };

const result: BackupResult = await backUp(workerData as BackupOptions).then(
  (manifest) => ({ kind: 'made', manifest }),
  (error: Error) => ({ kind: 'failed', reason: error.message }),
);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage(result);
