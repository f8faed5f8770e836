/** What wakes a media worker: its clock, and with a driver that has to be asked, its own looking for datagrams. */
/** Milliseconds between two looks: what a relayed packet waits for at most. */
const LOOK = 2;
/** Looks in a row before the clock is looked at again: a few hundred packets, about a millisecond. */
const LOOKS = 4;

export interface PacedWorker {
  readonly deadline: number;
  wake(): void;
}

export interface WorkerLoop {
  /** The worker's deadline may have changed. */
  arm(): void;
}

/** For a driver that hands over datagrams by itself: a timer for the clock. */
export function timerLoop(worker: PacedWorker, now: () => number): WorkerLoop {
  let timer: NodeJS.Timeout | undefined;
  let armedFor = Infinity;
  const arm = (): void => {
    if (worker.deadline === armedFor) return;
    clearTimeout(timer);
    armedFor = worker.deadline;
    if (armedFor === Infinity) return;
    timer = setTimeout(
      () => {
        armedFor = Infinity;
        worker.wake();
        arm();
      },
      Math.max(0, armedFor - now()),
    );
  };
  return { arm };
}

/**
 * For a driver that has to be asked. While streams are open the thread sleeps without the event loop, to the fraction of a
 * millisecond, and lets the event loop run once between two looks; with no stream it waits in the event loop.
 *
 * @param receive the driver's: hands over datagrams, and tells whether there may be more
 * @param calls counts messages to this thread, each after it was posted, with `Atomics.notify`: they end the sleep
 */
export function lookingLoop(
  worker: PacedWorker,
  receive: () => boolean,
  calls: Int32Array,
  now: () => number,
): WorkerLoop {
  let running = false;
  let seen = 0;
  const turn = (): void => {
    if (worker.deadline === Infinity) {
      running = false;
      return;
    }
    // The clock first: what it sends has its time, what came in has waited already.
    if (worker.deadline <= now()) worker.wake();
    let [looks, more] = [0, true];
    do more = receive();
    while (more && ++looks < LOOKS && now() < worker.deadline);
    const wait = Math.min(LOOK, worker.deadline - now());
    // While more may be waiting there is no time to sleep, but the event loop has its turn.
    if (!more && wait > 0) Atomics.wait(calls, 0, seen, wait);
    // Taken before the event loop runs: a message that comes later is met by a sleep that ends at once.
    seen = Atomics.load(calls, 0);
    setImmediate(turn);
  };
  const arm = (): void => {
    if (running || worker.deadline === Infinity) return;
    running = true;
    seen = Atomics.load(calls, 0);
    setImmediate(turn);
  };
  return { arm };
}
