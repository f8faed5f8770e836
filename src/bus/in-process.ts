import type { CallEvent } from '../call/call-record.ts';
import type { EventBus, Logger } from '../call/ports.ts';

/** Carries events to subscribers within this process, in order and at once. */
export class InProcessEventBus implements EventBus {
  readonly #log: Logger;
  readonly #listeners = new Set<{ readonly listener: (event: CallEvent) => void }>();

  constructor(log: Logger) {
    this.#log = log;
  }

  publish(event: CallEvent): void {
    for (const { listener } of this.#listeners) this.#tell(listener, event);
  }

  /** The returned function ends the subscription; calling it again does nothing. */
  subscribe(listener: (event: CallEvent) => void): () => void {
    const subscription = { listener };
    this.#listeners.add(subscription);
    return () => {
      this.#listeners.delete(subscription);
    };
  }

  /** One subscriber's failure is not the publisher's, nor the next subscriber's. */
  #tell(listener: (event: CallEvent) => void, event: CallEvent): void {
    try {
      listener(event);
    } catch (error) {
      const { sessionId, sequence } = event;
      this.#log.error({ sessionId, sequence, err: error }, 'a subscriber failed on an event');
    }
  }
}
