/** A media worker's thread: messages in, messages out, and what wakes the worker. */
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { openRecordingFile } from '../recording-file.ts';
import { chooseDriver } from './choose-driver.ts';
import { MediaWorker } from './media-worker.ts';
import type { FromWorker, ToWorker, WorkerSettings } from './protocol.ts';
import { chooseThreadPriority } from './thread-priority.ts';
import { lookingLoop, timerLoop, type WorkerLoop } from './worker-loop.ts';

const port = parentPort;
if (port === null) throw new Error('worker-thread.ts runs in a worker thread only');

const settings = workerData as WorkerSettings;
const { driver, reason } = await chooseDriver(settings.driver, settings.lastPort - settings.firstPort + 1);
const priority = await chooseThreadPriority(settings.priority);
const { timeOrigin } = performance;
const realNow = (): number => timeOrigin + performance.now();
/** While a batch of datagrams is handed over: when it was taken. To read the clock for each would cost more than to read the datagram. */
let batchAt: number | undefined;
const now = (): number => batchAt ?? realNow();
const tell = (message: FromWorker): void => port.postMessage(message);

const worker: MediaWorker = new MediaWorker({
  settings,
  bind: driver.bind,
  together: driver.together,
  openRecording: openRecordingFile,
  random: () => randomBytes(4).readUInt32BE(),
  now,
  tell: (message) => {
    tell(message);
    // A stream was opened or closed: the clock may have begun or ended.
    if (message.kind === 'opened' || message.kind === 'closed') loop.arm();
  },
});
const loop: WorkerLoop =
  driver.receive === undefined
    ? timerLoop(worker, now)
    : lookingLoop(worker, receiveBatch(driver.receive), new Int32Array(settings.calls), now);

function receiveBatch(receive: () => boolean): () => boolean {
  return () => {
    batchAt = realNow();
    try {
      return receive();
    } finally {
      batchAt = undefined;
    }
  };
}

port.on('message', (messages: readonly ToWorker[]) => {
  for (const message of messages) {
    if (message.kind === 'shutDown') void shutDown();
    else worker.receive(message);
  }
});

/** With its ports and its timer gone, nothing keeps the thread alive but the port to its owner. */
async function shutDown(): Promise<void> {
  await worker.shutDown();
  driver.close();
  port?.close();
}

tell({ kind: 'ready', driver: { name: driver.name, reason }, priority });
