/** Microphone and ear of the phones in this page: one audio context at the telephone's own rate. */
import processorUrl from './phone-processor.js?url';

const SAMPLE_RATE = 8_000;

/** The sound of one call. */
export interface CallAudio {
  /** 16 bit, 8000 Hz, from the far end. */
  hear(samples: Int16Array): void;
  close(): void;
}

let shared: AudioContext | undefined;

/** Browsers let a page make a sound only after somebody used it: call first within a click. */
export function wakeAudio(): AudioContext {
  shared ??= new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: 'interactive' });
  if (shared.state === 'suspended') void shared.resume();
  return shared;
}

let processorLoaded: Promise<void> | undefined;

async function microphoneInto(context: AudioContext, node: AudioNode): Promise<() => void> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  });
  const source = context.createMediaStreamSource(stream);
  source.connect(node);
  return () => {
    source.disconnect();
    for (const track of stream.getTracks()) track.stop();
  };
}

/**
 * Opens ear and microphone. Without a microphone (none there, not allowed) one listens only.
 * @param onSpoken takes what the person says, 160 samples (20 ms) at a time
 */
export async function openCallAudio(
  onSpoken: (samples: Int16Array) => void,
): Promise<CallAudio & { readonly microphone: boolean }> {
  const context = wakeAudio();
  processorLoaded ??= context.audioWorklet.addModule(processorUrl);
  await processorLoaded;
  const node = new AudioWorkletNode(context, 'phone', {
    numberOfInputs: 1,
    numberOfOutputs: 1,
    channelCount: 1,
  });
  node.port.addEventListener('message', ({ data }: MessageEvent<Int16Array>) => onSpoken(data));
  node.port.start();
  node.connect(context.destination);
  const release = await microphoneInto(context, node).catch(() => undefined);
  return {
    microphone: release !== undefined,
    hear: (samples) => node.port.postMessage(samples, [samples.buffer]),
    close: () => {
      release?.();
      node.port.close();
      node.disconnect();
    },
  };
}

/** A telephone bell: two notes, one second in four. @returns stops it */
export function ringBell(): () => void {
  const context = wakeAudio();
  const loudness = context.createGain();
  loudness.gain.value = 0;
  loudness.connect(context.destination);
  const notes = [660, 880].map((frequency) => {
    const note = new OscillatorNode(context, { frequency, type: 'triangle' });
    note.connect(loudness);
    note.start();
    return note;
  });
  const ring = (): void => {
    const now = context.currentTime;
    for (let beat = 0; beat < 10; beat += 1)
      loudness.gain.setValueAtTime(beat % 2 ? 0.02 : 0.12, now + beat / 10);
    loudness.gain.setValueAtTime(0, now + 1);
  };
  ring();
  const timer = setInterval(ring, 4_000);
  return () => {
    clearInterval(timer);
    for (const note of notes) note.stop();
    loudness.disconnect();
  };
}
