/** Hearing what is not submitted yet must not cost calls their voice: so many previews at once and a minute. */
import type { Clock } from '../../call/ports.ts';
import { AdminRefusal } from './errors.ts';

/** Of one account, and of all together. */
const atOnce = { account: 1, all: 2 };
const perMinute = { account: 10, all: 30 };

const MINUTE = 60_000;

interface Preview {
  readonly spId: string;
  readonly begun: number;
  isOver: boolean;
}

export class PreviewLimits {
  readonly #clock: Clock;
  /** Those of the last minute, and those that still run. */
  #previews: Preview[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Makes a preview as far as the limits let it.
   * @throws {AdminRefusal} 429
   */
  async run<T>(spId: string, make: () => Promise<T>): Promise<T> {
    const now = this.#clock.now();
    this.#previews = this.#previews.filter(({ begun, isOver }) => !isOver || begun + MINUTE > now);
    this.#check(now, this.#previews, { atOnce: atOnce.all, perMinute: perMinute.all });
    const own = this.#previews.filter((preview) => preview.spId === spId);
    this.#check(now, own, { atOnce: atOnce.account, perMinute: perMinute.account });
    const preview: Preview = { spId, begun: now, isOver: false };
    this.#previews.push(preview);
    try {
      return await make();
    } finally {
      preview.isOver = true;
    }
  }

  #check(
    now: number,
    previews: readonly Preview[],
    most: { readonly atOnce: number; readonly perMinute: number },
  ): void {
    if (previews.filter(({ isOver }) => !isOver).length >= most.atOnce) throw tooMany(1_000);
    const lately = previews.filter(({ begun }) => begun + MINUTE > now);
    const [first] = lately;
    if (first !== undefined && lately.length >= most.perMinute) throw tooMany(first.begun + MINUTE - now);
  }
}

/** @param wait ms */
function tooMany(wait: number): AdminRefusal {
  const seconds = Math.ceil(wait / 1_000);
  const remedy = `Try again in ${seconds} s.`;
  return new AdminRefusal(
    429,
    'too-many-previews',
    'Too much is being spoken to be listened to.',
    remedy,
    seconds,
  );
}
