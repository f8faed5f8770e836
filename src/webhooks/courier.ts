import type { App } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/ports.ts';
import type { AttemptOutcome, OutboxPush } from '../call/outbox.ts';
import type { Clock, Logger, Random } from '../call/ports.ts';
import { isDelivered, type PushSender, type SendResult } from './deliver.ts';
import { bodyOf, type Post } from './merge.ts';
import { documentedRetries, givenUp, nextStep, type RetryPolicies } from './schedule.ts';
import {
  createdTimestamp,
  messageId,
  nonce,
  signatureHeaders,
  standardHeaders,
  type CreatedZone,
} from './sign.ts';

export interface CourierOptions {
  /** Whose secret signs. */
  readonly accounts: Pick<AccountStore, 'app'>;
  readonly sender: Pick<PushSender, 'send' | 'giveUp'>;
  readonly clock: Clock;
  /** Cryptographically strong. */
  readonly random: Random;
  readonly log: Logger;
  readonly retries?: RetryPolicies;
  /** Which clock the signature's `Created` shows; UTC by default. */
  readonly created?: CreatedZone;
  /** Hears of each attempt of each push, once it is known how it ended. Must not throw. */
  readonly onAttempt?: (push: OutboxPush, outcome: AttemptOutcome) => void;
}

/** How one POST went. */
export interface Attempt {
  /** One for each push, in their order. */
  readonly outcomes: readonly AttemptOutcome[];
  /** Whether it speaks for the receiver's health, against it, or about something else. */
  readonly receiver: 'alive' | 'failed' | 'unsent';
}

/** Milliseconds that an app is remembered, so that its secret is not read for every push. */
const APP_MEMORY = 1_000;

/** RFC 6585: too many requests. Such a receiver wants a pause too. */
const TOO_MANY_REQUESTS = 429;

/** Signs a POST, sends it, and says what becomes of its pushes. */
export class Courier {
  readonly #options: CourierOptions;
  readonly #apps = new Map<string, { readonly app: Promise<App | undefined>; readonly until: number }>();

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  /** Rejects when the app cannot be read, or we are out of what a connection takes; nothing was sent then. */
  async deliver(post: Post): Promise<Attempt> {
    const { clock, retries = documentedRetries } = this.#options;
    const app = await this.#app(post.appKey);
    const at = clock.now();
    const result = await this.#send(post, app);
    if (result.isOurFault) throw new Error(`not sent: ${result.error}`);
    const endedAt = clock.now();
    const attempt = { delivered: isDelivered(result), endedAt };
    const outcomes = post.pushes.map((push) => ({
      pushId: push.id,
      attempt: push.attempts + 1,
      at,
      duration: endedAt - at,
      httpStatus: result.httpStatus,
      error: result.error,
      replayedBy: push.replayedBy,
      next: nextStep(push, attempt, retries),
    }));
    this.#report(post, outcomes);
    return { outcomes, receiver: app === undefined ? 'unsent' : healthOf(result) };
  }

  /** The outcomes of pushes that were not sent because they had waited for `maxAge` ms. */
  tooOld(post: Post, now: number, maxAge: number): readonly AttemptOutcome[] {
    const error = `not sent: it had waited for ${maxAge / 1_000} s`;
    const outcomes = post.pushes.map((push) => ({
      pushId: push.id,
      attempt: push.attempts + 1,
      at: now,
      duration: 0,
      error,
      replayedBy: push.replayedBy,
      next: givenUp(push),
    }));
    this.#report(post, outcomes);
    return outcomes;
  }

  #app(appKey: string): Promise<App | undefined> {
    const now = this.#options.clock.now();
    const known = this.#apps.get(appKey);
    if (known !== undefined && now < known.until) return known.app;
    const app = this.#options.accounts.app(appKey);
    this.#apps.set(appKey, { app, until: now + APP_MEMORY });
    app.catch(() => this.#apps.delete(appKey));
    return app;
  }

  async #send(post: Post, app: App | undefined): Promise<SendResult> {
    if (app === undefined) return { error: 'not sent: the application is unknown' };
    const { appKey, url } = post;
    const { clock, random, created = 'utc', sender } = this.#options;
    const { appSecret, pushSignature: form } = app;
    const now = clock.now();
    const body = bodyOf(post);
    const headers = {
      ...signatureHeaders({
        url,
        appKey,
        appSecret,
        form,
        nonce: nonce(random),
        created: createdTimestamp(now, created),
      }),
      ...standardHeaders({ id: messageId(post.pushes), appSecret, form, body, now }),
    };
    return sender.send({ url, headers, body });
  }

  #report(post: Post, outcomes: readonly AttemptOutcome[]): void {
    const { log, onAttempt } = this.#options;
    for (const [index, push] of post.pushes.entries()) {
      const { sessionId, kind, id } = push;
      const outcome = outcomes[index];
      if (outcome !== undefined) onAttempt?.(push, outcome);
      const { attempt, httpStatus, next } = outcome ?? {};
      const fields = { sessionId, kind, push: id, attempt, httpStatus };
      if (next?.state === 'dead') log.warn(fields, 'a push was given up');
      else log.debug(fields, 'attempted to push');
    }
  }
}

/** An answer that is not 200 may be about this push alone; silence and errors of the server are about the receiver. */
function healthOf({ httpStatus }: SendResult): Attempt['receiver'] {
  const alive = httpStatus !== undefined && httpStatus < 500 && httpStatus !== TOO_MANY_REQUESTS;
  return alive ? 'alive' : 'failed';
}
