import type { CallRecord } from './call-record.ts';

/** The voice ports that calls hold, by app. Each call gives back what it took, once. */
export class VoicePorts {
  readonly #inUse = new Map<string, number>();
  /** By call. */
  readonly #held = new Map<string, number>();
  /** What each app has, as its latest request said. */
  readonly #ofApps = new Map<string, number>();

  get inUse(): number {
    return this.#inUse.values().reduce((sum, ports) => sum + ports, 0);
  }

  of(appKey: string): number {
    return this.#inUse.get(appKey) ?? 0;
  }

  /** An app has so many. */
  know(appKey: string, ports: number): void {
    this.#ofApps.set(appKey, ports);
  }

  /** Left of so many. */
  idle(appKey: string, ports: number): number {
    return Math.max(0, ports - this.of(appKey));
  }

  take({ sessionId, owner }: CallRecord, ports: number): void {
    this.#held.set(sessionId, ports);
    this.#inUse.set(owner.appKey, this.of(owner.appKey) + ports);
  }

  /** Only if so many are left; of an app that nothing is known of, one call at a time. @returns whether */
  takeIfIdle(call: CallRecord, ports: number): boolean {
    const { appKey } = call.owner;
    if (this.idle(appKey, this.#ofApps.get(appKey) ?? ports) < ports) return false;
    this.take(call, ports);
    return true;
  }

  give({ sessionId, owner }: CallRecord): void {
    const inUse = this.of(owner.appKey) - (this.#held.get(sessionId) ?? 0);
    this.#held.delete(sessionId);
    if (inUse > 0) this.#inUse.set(owner.appKey, inUse);
    else this.#inUse.delete(owner.appKey);
  }
}
