/** Listens in on a stream for an answering machine, and for the beep after which it records. */
import { AnsweringMachineDetector, type MachineVerdict } from '../../audio/answering-machine.ts';
import type { TapListener, TappedFrame } from './audio-tap.ts';
import { CLOCK_PERIOD } from './media-clock.ts';
import type { HeardBeep } from './protocol.ts';

export interface MachineWatchOptions {
  /** Milliseconds until there is a verdict in any case; default as the detector's. */
  readonly longest: number | undefined;
  /** Milliseconds for which beeps are told. */
  readonly beepsFor: number;
  readonly onVerdict: (verdict: MachineVerdict) => void;
  readonly onBeep: (beep: HeardBeep) => void;
  /** Nothing more will be told. */
  readonly onOver: () => void;
}

export class MachineWatch implements TapListener {
  readonly #options: MachineWatchOptions;
  readonly #detector: AnsweringMachineDetector;
  #heard = 0;
  #hasVerdict = false;

  constructor(options: MachineWatchOptions) {
    this.#options = options;
    const { longest } = options;
    this.#detector = new AnsweringMachineDetector(longest === undefined ? {} : { longest });
  }

  hear({ samples, due }: TappedFrame): void {
    this.#heard += CLOCK_PERIOD;
    this.#detector.process(samples);
    const { onVerdict, onBeep, onOver, beepsFor } = this.#options;
    const { verdict } = this.#detector;
    if (verdict !== undefined && !this.#hasVerdict) {
      this.#hasVerdict = true;
      onVerdict(verdict);
    }
    const beep = this.#detector.takeBeep();
    if (beep !== undefined) {
      onBeep({
        at: Math.round(due - (this.#heard - beep.until)),
        milliseconds: beep.until - beep.from,
        frequency: beep.frequency,
      });
    }
    if (this.#hasVerdict && this.#heard >= beepsFor) onOver();
  }
}
