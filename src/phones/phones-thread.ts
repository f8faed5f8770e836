/** The thread of the sandbox's phones: apart from the platform, as phones are. */
import { parentPort, workerData } from 'node:worker_threads';
import type { FromPhones, PhonesSettings, ToPhones } from './protocol.ts';
import { Switchboard } from './switchboard.ts';

const port = parentPort;
if (port === null) throw new Error('phones-thread.ts runs in a worker thread only');

const tell = (message: FromPhones): void => port.postMessage(message);

const { host, recordings, longestCall } = workerData as PhonesSettings;
const switchboard = await Switchboard.start({
  host,
  recordings,
  longestCall,
  onProblem: (error) =>
    tell({ kind: 'problem', error: error instanceof Error ? error : new Error(String(error)) }),
});

port.on('message', (message: ToPhones) => {
  if (message.kind === 'close') void close();
});
tell({ kind: 'ready', address: switchboard.address });

/** With its sockets gone, nothing keeps the thread alive but the port to its owner. */
async function close(): Promise<void> {
  await switchboard.close();
  port?.close();
}
