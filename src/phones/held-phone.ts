/** A phone of the sandbox that a person holds: it does what he says instead of what the directory says. */
import type { Handset } from './behaviours.ts';
import { LiveSpeech } from './live-speech.ts';

/** A handset that a person can use. */
export interface UsableHandset extends Handset {
  /** The caller's number; empty where it is hidden. */
  readonly caller: string;
  /** Sends what `speech` holds from now on, and gives `onHeard` what the caller says, 160 samples (20 ms) at a time. */
  talk(speech: LiveSpeech, onHeard: (samples: Int16Array) => void): void;
}

/** What the person does. */
export type ToHeldPhone =
  | { readonly kind: 'answer' }
  | { readonly kind: 'reject' }
  | { readonly kind: 'hang-up' }
  /** 0-9, *, #, A-D. */
  | { readonly kind: 'key'; readonly key: string }
  /** 16 bit, 8000 Hz. */
  | { readonly kind: 'speech'; readonly samples: Int16Array };

/** What the phone shows and lets him hear. */
export type FromHeldPhone =
  | { readonly kind: 'ringing'; readonly caller: string }
  | { readonly kind: 'answered' }
  | { readonly kind: 'over' }
  /** 160 samples (20 ms), 16 bit, 8000 Hz. */
  | { readonly kind: 'heard'; readonly samples: Int16Array };

/** One phone in one pair of hands; it has one call at a time, and is busy to others. */
export class HeldPhone {
  #tell: (message: FromHeldPhone) => void = () => {};
  #call:
    | { readonly handset: UsableHandset; readonly answered: PromiseWithResolvers<void>; talks: boolean }
    | undefined;
  readonly #speech = new LiveSpeech();

  /** Rings or talks. */
  get isInCall(): boolean {
    return this.#call !== undefined;
  }

  /** Shows the phone to its person from now on, beginning with what it does at the moment. */
  show(tell: (message: FromHeldPhone) => void): void {
    this.#tell = tell;
    if (this.#call?.talks) tell({ kind: 'answered' });
    else if (this.#call) tell({ kind: 'ringing', caller: this.#call.handset.caller });
  }

  /** The behaviour of its handsets. */
  async follow(handset: UsableHandset): Promise<void> {
    if (this.#call !== undefined) return handset.refuse(486);
    const answered = Promise.withResolvers<void>();
    const call = { handset, answered, talks: false };
    this.#call = call;
    const end = (): void => {
      this.#call = undefined;
      answered.reject(handset.over.reason as Error);
      this.#tell({ kind: 'over' });
    };
    handset.over.addEventListener('abort', end, { once: true });
    handset.ring();
    this.#tell({ kind: 'ringing', caller: handset.caller });
    await answered.promise;
    await handset.answer();
    call.talks = true;
    handset.talk(this.#speech, (samples) => this.#tell({ kind: 'heard', samples }));
    this.#tell({ kind: 'answered' });
  }

  receive(message: ToHeldPhone): void {
    const call = this.#call;
    if (call === undefined) return;
    switch (message.kind) {
      case 'answer':
        return call.answered.resolve();
      case 'reject':
        return call.handset.refuse(603);
      case 'hang-up':
        return call.handset.hangUp();
      case 'key':
        return call.handset.press(message.key, 'telephone-event');
      case 'speech':
        return this.#speech.push(message.samples);
    }
  }

  /** The person let go of it: what rings is not available, what talks is hung up. */
  letGo(): void {
    this.#call?.handset.refuse(480);
  }
}
