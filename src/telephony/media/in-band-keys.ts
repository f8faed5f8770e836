/** Listens in on a stream for keys that the far end sends as tones. */
import { DtmfDetector } from '../../audio/dtmf.ts';
import type { Key } from '../../rtp/telephone-event.ts';
import type { TapListener, TappedFrame } from './audio-tap.ts';

export class InBandListener implements TapListener {
  readonly #detector = new DtmfDetector();
  readonly #pressed: (key: Key) => void;

  constructor(pressed: (key: Key) => void) {
    this.#pressed = pressed;
  }

  hear({ received, samples }: TappedFrame): void {
    if (!received) {
      this.#detector.missing(samples.length);
      return;
    }
    for (const key of this.#detector.process(samples)) this.#pressed(key);
  }
}
