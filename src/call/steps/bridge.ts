import type { Call } from '../call.ts';
import type { CallbackOrder } from '../call-record.ts';
import type { Leg } from '../leg.ts';
import { verdicts } from '../release-cause.ts';
import { cancellable } from '../cancellable.ts';
import type { ReadyPrompt } from './play.ts';

const MINUTE = 60_000;

/** The media join of two legs: each hears the other. */
export class Bridge {
  readonly #a: Leg;
  readonly #b: Leg;

  constructor(a: Leg, b: Leg) {
    this.#a = a;
    this.#b = b;
    this.#join(a);
    this.#join(b);
  }

  /** Plays to one or both parties over the conversation, which they hear again afterwards. */
  async interrupt(legs: readonly Leg[], prompt: ReadyPrompt): Promise<void> {
    await Promise.all(
      legs.map(async (leg) => {
        await leg.connection.play(prompt.audio).finished;
        this.#join(leg);
      }),
    );
  }

  #join(leg: Leg): void {
    const other = leg === this.#a ? this.#b : this.#a;
    if (!leg.end && !other.end) leg.connection.hear(other.connection);
  }
}

/** Ends a call `maxDuration` minutes after B's answer (cause 8010), whatever is played or said; 0 means no limit. */
export function limitTalk(call: Call, maxDuration: number): Disposable {
  const stop =
    maxDuration > 0
      ? call.surroundings.clock.after(maxDuration * MINUTE, () => call.release(verdicts.maxDurationExceeded))
      : () => {};
  return { [Symbol.dispose]: stop };
}

/** Who is told a minute before the end. */
export interface LastMinute {
  /** Minutes from B's answer; 0 means no limit. */
  readonly maxDuration: number;
  readonly lastMinute: ReadyPrompt | undefined;
  readonly lastMinToUE: CallbackOrder['lastMinToUE'];
}

/**
 * Joins A and B until one hangs up or the call is released. A minute before `maxDuration` is over, whoever `lastMinToUE`
 * names hears the last-minute prompt; where less is left, at once.
 */
export async function bridge(call: Call, a: Leg, b: Leg, last: LastMinute): Promise<never> {
  const { clock } = call.surroundings;
  const joined = new Bridge(a, b);
  call.noteBridge();
  const { maxDuration, lastMinute, lastMinToUE } = last;
  let stop = (): void => {};
  if (maxDuration > 0 && lastMinute) {
    const sinceAnswer = clock.now() - (b.record.answeredAt ?? clock.now());
    const listeners = { toa: [a], tob: [b], both: [a, b] }[lastMinToUE];
    const tell = (): void => {
      for (const leg of listeners) call.notePrompt(leg, lastMinute.ref);
      void joined.interrupt(listeners, lastMinute);
    };
    stop = clock.after(Math.max(0, (maxDuration - 1) * MINUTE - sinceAnswer), tell);
  }
  try {
    return await cancellable(new Promise<never>(() => {}), call.signal);
  } finally {
    stop();
  }
}
