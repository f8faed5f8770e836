/** Something that wants to be woken at `deadline` (ms; Infinity: never). The queue keeps `queuePosition`. */
export interface Scheduled {
  readonly deadline: number;
  queuePosition: number;
}

/** The `queuePosition` of what is in no queue. */
export const notQueued = -1;

/**
 * A binary heap ordered by deadline. Each element knows its position, so that moving or removing one of
 * thousands costs O(log n) and no stale entries pile up behind retransmission timers that never fire.
 */
export class DeadlineQueue<T extends Scheduled> {
  readonly #heap: T[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest deadline, or Infinity. */
  get deadline(): number {
    return this.#heap[0]?.deadline ?? Infinity;
  }

  /** Enters an element, or moves it after its deadline changed; Infinity takes it out. */
  update(element: T): void {
    if (element.deadline === Infinity) {
      this.delete(element);
      return;
    }
    if (element.queuePosition === notQueued) {
      element.queuePosition = this.#heap.length;
      this.#heap.push(element);
    }
    this.#settle(element);
  }

  delete(element: T): void {
    const position = element.queuePosition;
    if (position === notQueued) return;
    element.queuePosition = notQueued;
    const last = this.#heap.pop();
    if (last === undefined || last === element) return;
    this.#place(last, position);
    this.#settle(last);
  }

  /** The element with the earliest deadline if that has come; it stays in the queue. */
  due(now: number): T | undefined {
    const first = this.#heap[0];
    return first !== undefined && first.deadline <= now ? first : undefined;
  }

  #settle(element: T): void {
    this.#moveUp(element);
    this.#moveDown(element);
  }

  #moveUp(element: T): void {
    let position = element.queuePosition;
    while (position > 0) {
      const above = (position - 1) >> 1;
      const parent = this.#heap[above]!;
      if (parent.deadline <= element.deadline) break;
      this.#place(parent, position);
      position = above;
    }
    this.#place(element, position);
  }

  #moveDown(element: T): void {
    let position = element.queuePosition;
    for (;;) {
      const child = this.#earlierChild(position);
      if (child === undefined || child.deadline >= element.deadline) break;
      const below = child.queuePosition;
      this.#place(child, position);
      position = below;
    }
    this.#place(element, position);
  }

  #earlierChild(position: number): T | undefined {
    const left = this.#heap[2 * position + 1];
    const right = this.#heap[2 * position + 2];
    if (left === undefined || right === undefined) return left;
    return right.deadline < left.deadline ? right : left;
  }

  #place(element: T, position: number): void {
    this.#heap[position] = element;
    element.queuePosition = position;
  }
}
