/** The thread of one conversion: an upload in, a voice file or the reason against it out. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ConvertedVoiceFile } from '../accounts/ports.ts';
import { VoiceFileRefusal, type VoiceFileRefusalReason } from '../accounts/voice-file-refusal.ts';
import { convert } from './convert.ts';

export type ConversionResult =
  | { readonly kind: 'converted'; readonly file: ConvertedVoiceFile }
  | {
      readonly kind: 'refused';
      readonly reason: VoiceFileRefusalReason;
      readonly found: string;
      readonly accepted: string;
    };

async function result(): Promise<ConversionResult> {
  try {
    return { kind: 'converted', file: await convert(workerData as Uint8Array) };
  } catch (error) {
    if (!(error instanceof VoiceFileRefusal)) throw error;
    const { reason, found, accepted } = error;
    return { kind: 'refused', reason, found, accepted };
  }
}

const port = parentPort;
if (port === null) throw new Error('conversion-thread.ts runs in a worker thread only');
const tell = (message: ConversionResult): void => port.postMessage(message);
tell(await result());
