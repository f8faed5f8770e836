import type { Clock } from '../../call/ports.ts';

/** The INVITE of one leg, from its turn on. */
export interface Turn {
  /** It is on the wire: from now on it counts for a second. */
  sent(): void;
  /** Nothing more comes of it; one that was not sent counts no more. Safe to repeat. */
  over(): void;
}

/** A leg that waits for its turn. */
export interface AwaitedTurn {
  /** Undefined when its time is over, or it was given up. Never rejects. */
  readonly turn: Promise<Turn | undefined>;
  giveUp(): void;
}

interface Waiting {
  readonly take: (turn: Turn | undefined) => void;
}

const SECOND = 1_000;

/** Gives INVITEs their turns, so that no second on the wire holds more of them than the pace. */
export class InvitePace {
  readonly #clock: Clock;
  readonly #perSecond: () => number;
  /** When those of the last second left, oldest first. */
  #sent: number[] = [];
  /** Turns that were given and have not left yet: they may leave at any moment. */
  #unsent = 0;
  /** Second legs, then first ones, each in the order in which they came: the first leg of a call was answered already. */
  readonly #waiting: { readonly second: Waiting[]; readonly first: Waiting[] } = { second: [], first: [] };
  #stopTimer = (): void => {};

  /** @param perSecond INVITEs that may begin in any second; Infinity: no limit */
  constructor(clock: Clock, perSecond: () => number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
  }

  /** Legs that wait. */
  get waiting(): number {
    return this.#waiting.second.length + this.#waiting.first.length;
  }

  /** How long `legs` more, and `promised` before them, have to wait until the last of them may leave, ms; nearly. */
  expectedWait(legs: number, promised: number): number {
    const perSecond = this.#perSecond();
    if (perSecond === Infinity) return 0;
    if (perSecond === 0) return Infinity;
    this.#forget();
    const before = this.#sent.length + this.#unsent + this.waiting + promised;
    return Math.floor((before + legs - 1) / perSecond) * SECOND;
  }

  /** A turn at this moment, unless others wait or the second is full. */
  now(): Turn | undefined {
    return this.waiting === 0 && this.#hasRoom() ? this.#turn() : undefined;
  }

  /** A turn within so many ms. */
  await(isSecondLeg: boolean, patience: number): AwaitedTurn {
    const { promise, resolve } = Promise.withResolvers<Turn | undefined>();
    const queue = isSecondLeg ? this.#waiting.second : this.#waiting.first;
    const giveUp = (): void => {
      const index = queue.indexOf(waiting);
      if (index === -1) return;
      queue.splice(index, 1);
      stop();
      resolve(undefined);
    };
    const stop = this.#clock.after(patience, giveUp);
    const waiting: Waiting = {
      take: (turn) => {
        stop();
        resolve(turn);
      },
    };
    queue.push(waiting);
    this.look();
    return { turn: promise, giveUp };
  }

  /** Gives turns to those who wait; to be called when the pace was changed. */
  look(): void {
    this.#stopTimer();
    while (this.waiting > 0 && this.#hasRoom()) {
      const next = this.#waiting.second.shift() ?? this.#waiting.first.shift();
      next?.take(this.#turn());
    }
    if (this.waiting === 0) return;
    const [oldest] = this.#sent;
    // Without one that left, the pace is nothing, or turns are on their way: both may change.
    const wait = oldest === undefined ? SECOND : oldest + SECOND - this.#clock.now();
    this.#stopTimer = this.#clock.after(Math.max(1, wait), () => this.look());
  }

  #hasRoom(): boolean {
    this.#forget();
    return this.#sent.length + this.#unsent < this.#perSecond();
  }

  #forget(): void {
    const now = this.#clock.now();
    const first = this.#sent.findIndex((at) => at > now - SECOND);
    this.#sent = first === -1 ? [] : this.#sent.slice(first);
  }

  #turn(): Turn {
    this.#unsent += 1;
    let isUnsent = true;
    const leave = (): boolean => {
      if (!isUnsent) return false;
      isUnsent = false;
      this.#unsent -= 1;
      return true;
    };
    return {
      sent: () => {
        if (!leave()) return;
        if (this.#perSecond() !== Infinity) this.#sent.push(this.#clock.now());
        this.look();
      },
      over: () => {
        if (leave()) this.look();
      },
    };
  }
}
