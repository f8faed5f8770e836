import { extname } from 'node:path';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { FromPhones, PhonesSettings, ToPhones } from './protocol.ts';

/** Milliseconds in which the thread must have ended by itself. */
const CLOSE_PATIENCE = 3000;

export interface PhonesOptions {
  /** The address to bind for SIP and media: 127.0.0.1. */
  readonly host: string;
  /** Folder for what each handset hears, `CALL-ID.wav`; nothing is recorded without it. */
  readonly recordings?: string | undefined;
  /** ms from the answer, after which a phone hangs up by itself; never without one. */
  readonly longestCall?: number | undefined;
  /** Hears of faults: a recording that could not be written, and the end of the thread if it ends by itself. */
  readonly onProblem: (error: Error) => void;
}

/** The sandbox's phones, running. */
export interface Phones {
  /** Where their numbers are called by SIP, over UDP and TCP: `sip:+8613500000001@HOST:PORT`. */
  readonly address: { readonly host: string; readonly port: number };
  /**
   * Takes the phone of `number` into somebody's hands until the port is closed; `holder` is a secret by which he has it again. The port gives a HoldAnswer, then
   * FromHeldPhone, and takes ToHeldPhone.
   */
  hold(number: string, holder: string): MessagePort;
  /** Ends their calls and resolves when their recordings are complete. */
  close(): Promise<void>;
}

/**
 * Starts the sandbox's phones in a thread of their own, on a free port. What they do is in `directory.ts`.
 *
 * @throws what the thread died of before it was ready, e.g. EADDRNOTAVAIL
 */
export async function startPhones(options: PhonesOptions): Promise<Phones> {
  const settings: PhonesSettings = {
    host: options.host,
    recordings: options.recordings,
    longestCall: options.longestCall,
  };
  const script = new URL(`./phones-thread${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(script, { workerData: settings, name: 'phones', execArgv: [] });
  const tell = (message: ToPhones, transfer: MessagePort[] = []): void =>
    worker.postMessage(message, transfer);
  const ready = Promise.withResolvers<Phones['address']>();
  const exited = Promise.withResolvers<void>();
  let isReady = false;
  let closing = false;

  worker.on('message', (message: FromPhones) => {
    if (message.kind === 'problem') return options.onProblem(message.error);
    isReady = true;
    ready.resolve(message.address);
  });
  worker.on('error', (error: Error) => {
    if (isReady) options.onProblem(error);
    else ready.reject(error);
  });
  worker.on('exit', (code) => {
    exited.resolve();
    const error = new Error(`the thread of the sandbox phones ended (exit code ${code})`);
    ready.reject(error);
    if (isReady && !closing) options.onProblem(error);
  });

  const address = await ready.promise;
  return {
    address,
    hold: (number, holder) => {
      const { port1, port2 } = new MessageChannel();
      tell({ kind: 'hold', number, holder, port: port2 }, [port2]);
      return port1;
    },
    close: async () => {
      closing = true;
      tell({ kind: 'close' });
      const patience = setTimeout(() => void worker.terminate(), CLOSE_PATIENCE);
      await exited.promise;
      clearTimeout(patience);
    },
  };
}
