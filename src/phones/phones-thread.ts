/** The thread of the sandbox's phones: apart from the platform, as phones are. */
import { parentPort, workerData } from 'node:worker_threads';
import type { FromHeldPhone, ToHeldPhone } from './held-phone.ts';
import type { FromPhones, HoldAnswer, PhonesSettings, ToPhones } from './protocol.ts';
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
  else hold(message);
});
tell({ kind: 'ready', address: switchboard.address });

function hold({ number, holder, port: held }: ToPhones & { kind: 'hold' }): void {
  const say = (message: FromHeldPhone | HoldAnswer): void => held.postMessage(message, []);
  // Whether he has it is told before what it does.
  const early: FromHeldPhone[] = [];
  let tell = (message: FromHeldPhone): void => void early.push(message);
  const own = switchboard.hold(number, holder, (message) => tell(message));
  say({ kind: own ? 'held' : 'taken' });
  if (own === undefined) return held.close();
  tell = say;
  for (const message of early) say(message);
  held.on('message', (message: ToHeldPhone) => own.phone.receive(message));
  held.on('close', own.putBack);
  // A phone that somebody holds keeps no thread alive.
  held.unref();
}

/** With its sockets gone, nothing keeps the thread alive but the port to its owner. */
async function close(): Promise<void> {
  await switchboard.close();
  port?.close();
}
