/**
 * The program in which sherpa-onnx works, started by `engine-process.ts`. A model that it cannot read may end the whole
 * process (onnxruntime calls terminate(), sherpa-onnx exit()), so none of it is loaded in the platform's own.
 */
import type { SherpaConfiguration } from './sherpa-models.ts';

export type SherpaOrder =
  /** The first order. */
  | { readonly wanted: 'load'; readonly packageName: string; readonly configuration: SherpaConfiguration }
  | {
      readonly wanted: 'samples';
      readonly text: string;
      /** Of the model's speakers, from 0. */
      readonly speaker: number;
      /** 1 is normal. */
      readonly speed: number;
    };

export type SherpaAnswer =
  | { readonly kind: 'loaded'; readonly speakers: number }
  | { readonly kind: 'samples'; readonly samples: Float32Array; readonly rate: number }
  /** `message` holds no part of a text. */
  | { readonly kind: 'failed'; readonly message: string };

/** The part of the package that we use; it is the operator's to install. */
interface OfflineTts {
  readonly numSpeakers: number;
  generate(order: { text: string; sid: number; speed: number; enableExternalBuffer: boolean }): {
    readonly samples: Float32Array;
    readonly sampleRate: number;
  };
}
interface Sherpa {
  readonly default: { readonly OfflineTts: new (configuration: SherpaConfiguration) => OfflineTts };
}

let engine: OfflineTts | undefined;

async function load(packageName: string, configuration: SherpaConfiguration): Promise<SherpaAnswer> {
  try {
    const sherpa = (await import(packageName)) as Sherpa;
    engine = new sherpa.default.OfflineTts(configuration);
    // Models of one voice say 0.
    return { kind: 'loaded', speakers: Math.max(1, engine.numSpeakers) };
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : 'unknown' };
  }
}

function speak(text: string, speaker: number, speed: number): SherpaAnswer {
  if (engine === undefined) return { kind: 'failed', message: 'no model was loaded' };
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
    return { kind: 'failed', message: 'it could not speak the text' };
  }
}

process.on('message', async (order: SherpaOrder) => {
  process.send?.(
    order.wanted === 'load'
      ? await load(order.packageName, order.configuration)
      : speak(order.text, order.speaker, order.speed),
  );
});
process.on('disconnect', () => process.exit());
