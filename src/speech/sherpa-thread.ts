/** The thread in which sherpa-onnx works: its calls take as long as the speech does. */
import { parentPort, workerData } from 'node:worker_threads';
import type { SherpaConfiguration } from './sherpa-models.ts';

export interface SherpaOrder {
  readonly text: string;
  /** Of the model's speakers. */
  readonly speaker: number;
  /** 1 is normal. */
  readonly speed: number;
}

export type SherpaAnswer =
  | { readonly kind: 'samples'; readonly samples: Float32Array; readonly rate: number }
  | { readonly kind: 'failed'; readonly message: string };

/** The part of the package that we use; it is the operator's to install. */
interface OfflineTts {
  generate(order: { text: string; sid: number; speed: number; enableExternalBuffer: boolean }): {
    readonly samples: Float32Array;
    readonly sampleRate: number;
  };
}

const { packageName, configuration } = workerData as {
  readonly packageName: string;
  readonly configuration: SherpaConfiguration;
};
const sherpa = (await import(packageName)) as {
  readonly default: { readonly OfflineTts: new (configuration: SherpaConfiguration) => OfflineTts };
};
const engine = new sherpa.default.OfflineTts(configuration);

function answer({ text, speaker, speed }: SherpaOrder): SherpaAnswer {
  try {
    const { samples, sampleRate } = engine.generate({
      text,
      sid: speaker,
      speed,
      enableExternalBuffer: false,
    });
    return { kind: 'samples', samples, rate: sampleRate };
  } catch {
    // Its words may repeat the text.
    return { kind: 'failed', message: 'sherpa-onnx failed' };
  }
}

const port = parentPort;
if (port === null) throw new Error('sherpa-thread.ts runs in a worker thread only');
const tell = (message: SherpaAnswer): void => port.postMessage(message);
port.on('message', (order: SherpaOrder) => tell(answer(order)));
