/** Pages on which the numbers of a call were revealed: they may read it on while they are open. */
import { randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../../accounts/actor.ts';
import type { Clock } from '../../call/ports.ts';
import { seesNumbers, seesNumbersOfCalls } from './record-views.ts';

export const revealHeaders = z.looseObject({
  'x-reveal-key': z.string().optional().describe('`revealKey` of when the call was revealed.'),
});

/** ms without a look at the call after which its page counts as closed. A page that is hidden looks once a minute. */
const QUIET = 5 * 60_000;

/** Of more, those that looked longest ago are forgotten. */
const MOST = 1_000;

interface Page {
  readonly sessionId: string;
  readonly viewer: string;
  seenAt: number;
}

const viewerOf = (actor: Actor): string =>
  actor.kind === 'operator' ? actor.kind : `${actor.spId}/${actor.userId}`;

/** In memory: after a restart of the platform a call is revealed anew, and goes on record again. */
export class RevealedCalls {
  readonly #clock: Clock;
  /** By the key that only the page has, those that looked last at the end. */
  readonly #pages = new Map<string, Page>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns the key by which the page goes on reading this call, and no other */
  open(sessionId: string, actor: Actor): string {
    const now = this.#clock.now();
    for (const [key, { seenAt }] of this.#pages) {
      if (now - seenAt <= QUIET && this.#pages.size < MOST) break;
      this.#pages.delete(key);
    }
    const key = randomBytes(24).toString('base64url');
    this.#pages.set(key, { sessionId, viewer: viewerOf(actor), seenAt: now });
    return key;
  }

  /** Whether the key is of an open page of this call and of this viewer, who is looking now. */
  isOpen(key: string, sessionId: string, actor: Actor): boolean {
    const page = this.#pages.get(key);
    if (page === undefined || page.sessionId !== sessionId || page.viewer !== viewerOf(actor)) return false;
    this.#pages.delete(key);
    if (this.#clock.now() - page.seenAt > QUIET) return false;
    page.seenAt = this.#clock.now();
    this.#pages.set(key, page);
    return true;
  }

  /** Whether who asks sees the numbers of a call: always, or because it was revealed to the page that asks. */
  seesNumbers(
    request: FastifyRequest,
    sessionId: string,
    placing: { readonly commercial: boolean },
  ): boolean {
    if (seesNumbersOfCalls(request, placing)) return true;
    const key = request.headers['x-reveal-key'];
    const { actor } = request;
    return typeof key === 'string' && seesNumbers(actor) && this.isOpen(key, sessionId, actor);
  }

  close(key: string): void {
    this.#pages.delete(key);
  }
}
