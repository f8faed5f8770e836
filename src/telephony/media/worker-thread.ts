/** A media worker's thread: messages in, messages out, and the timer of its clock. */
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { openRecordingFile } from '../recording-file.ts';
import { bindDatagramPort } from './datagram-port.ts';
import { MediaWorker } from './media-worker.ts';
import type { FromWorker, ToWorker, WorkerSettings } from './protocol.ts';

const port = parentPort;
if (port === null) throw new Error('worker-thread.ts runs in a worker thread only');

const now = (): number => performance.timeOrigin + performance.now();
const tell = (message: FromWorker): void => port.postMessage(message);

const worker = new MediaWorker({
  settings: workerData as WorkerSettings,
  bind: bindDatagramPort,
  openRecording: openRecordingFile,
  random: () => randomBytes(4).readUInt32BE(),
  now,
  tell: (message) => {
    tell(message);
    // A stream was opened or closed: the clock may have begun or ended.
    if (message.kind === 'opened' || message.kind === 'closed') arm();
  },
});

let timer: NodeJS.Timeout | undefined;
let armedFor = Infinity;

function arm(): void {
  if (worker.deadline === armedFor) return;
  clearTimeout(timer);
  armedFor = worker.deadline;
  if (armedFor === Infinity) return;
  timer = setTimeout(
    () => {
      armedFor = Infinity;
      worker.wake();
      arm();
    },
    Math.max(0, armedFor - now()),
  );
}

port.on('message', (message: ToWorker) => {
  if (message.kind === 'shutDown') void shutDown();
  else worker.receive(message);
});

/** With its ports and its timer gone, nothing keeps the thread alive but the port to its owner. */
async function shutDown(): Promise<void> {
  await worker.shutDown();
  port?.close();
}

tell({ kind: 'ready' });
