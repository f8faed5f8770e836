import { DeadlineQueue, notQueued, type Scheduled } from '../transaction/deadline-queue.ts';

/** One action at one time. */
export class Timer implements Scheduled {
  queuePosition: number = notQueued;
  readonly deadline: number;
  readonly #queue: DeadlineQueue<Timer>;
  readonly #action: (now: number) => void;

  constructor(queue: DeadlineQueue<Timer>, deadline: number, action: (now: number) => void) {
    this.#queue = queue;
    this.deadline = deadline;
    this.#action = action;
  }

  /** Nothing happens any more. Harmless when it fired or was stopped before. */
  stop(): void {
    this.#queue.delete(this);
  }

  fire(now: number): void {
    this.stop();
    this.#action(now);
  }
}

/** The timers of the sessions of one agent: thousands wait, few fire. */
export class TimerQueue {
  readonly #queue = new DeadlineQueue<Timer>();

  get deadline(): number {
    return this.#queue.deadline;
  }

  get size(): number {
    return this.#queue.size;
  }

  /** Runs `action` when `wake` is called at `deadline` (ms) or later. Infinity: never. */
  start(deadline: number, action: (now: number) => void): Timer {
    const timer = new Timer(this.#queue, deadline, action);
    this.#queue.update(timer);
    return timer;
  }

  /** Fires what is due, earliest first, including what firing brings about. */
  wake(now: number): void {
    for (let due = this.#queue.due(now); due !== undefined; due = this.#queue.due(now)) due.fire(now);
  }
}
