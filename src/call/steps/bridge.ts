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

/** How long two parties may talk, and who is told a minute before the end. */
export interface TalkLimit {
  /** Minutes from B's answer; 0 means no limit. */
  readonly maxDuration: number;
  readonly lastMinute: ReadyPrompt | undefined;
  readonly lastMinToUE: CallbackOrder['lastMinToUE'];
}

/**
 * Joins A and B until one hangs up or `maxDuration` minutes have passed since B's answer (cause 8010). A minute before
 * that, whoever `lastMinToUE` names hears the last-minute prompt; with one minute in all, at once.
 */
export async function bridge(call: Call, a: Leg, b: Leg, limit: TalkLimit): Promise<never> {
  const { clock } = call.surroundings;
  const joined = new Bridge(a, b);
  const timers: (() => void)[] = [];
  const { maxDuration, lastMinute, lastMinToUE } = limit;
  if (maxDuration > 0) {
    const sinceAnswer = clock.now() - (b.record.answeredAt ?? clock.now());
    const remaining = maxDuration * MINUTE - sinceAnswer;
    const listeners = { toa: [a], tob: [b], both: [a, b] }[lastMinToUE];
    timers.push(clock.after(remaining, () => call.release(verdicts.maxDurationExceeded)));
    if (lastMinute) {
      const tell = (): void => void joined.interrupt(listeners, lastMinute);
      timers.push(clock.after(Math.max(0, remaining - MINUTE), tell));
    }
  }
  try {
    return await cancellable(new Promise<never>(() => {}), call.signal);
  } finally {
    for (const stop of timers) stop();
  }
}
