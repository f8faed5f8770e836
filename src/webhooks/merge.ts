import type { OutboxPush } from '../call/outbox.ts';

/** One POST: a status push, or the CDRs of one app and URL. */
export interface Post {
  readonly appKey: string;
  readonly url: string;
  /** All of one app and URL. */
  readonly pushes: readonly [OutboxPush, ...OutboxPush[]];
}

/** Spec 08: `feeLst` has 1 to 50 elements. */
const MOST_CDRS = 50;

export interface Merged {
  /** In the order of `pushes`. */
  readonly posts: readonly Post[];
  /** When the first of the CDRs that are held back for company has waited long enough; Infinity when none is. */
  readonly gatheredAt: number;
}

/**
 * Turns due pushes into POSTs: CDRs of one app and URL are merged up to 50. A CDR waits `window` milliseconds from when
 * it is due for others to join it, unless its POST is full.
 */
export function mergePushes(pushes: readonly OutboxPush[], now: number, window: number): Merged {
  const posts: (Post & { pushes: [OutboxPush, ...OutboxPush[]] })[] = [];
  const open = new Map<string, OutboxPush[]>();
  for (const push of pushes) {
    const { appKey, url } = push;
    const key = `${appKey} ${url}`;
    const company = gathers(push) ? open.get(key) : undefined;
    if (company !== undefined && company.length < MOST_CDRS) {
      company.push(push);
      continue;
    }
    const post: (typeof posts)[number] = { appKey, url, pushes: [push] };
    posts.push(post);
    if (gathers(push)) open.set(key, post.pushes);
  }
  const waiting = posts.map((post) => waitsUntil(post, window)).filter((until) => until > now);
  return {
    posts: posts.filter((post) => waitsUntil(post, window) <= now),
    gatheredAt: Math.min(...waiting),
  };
}

/** One that was taken before goes alone, under the id by which its receiver knows it. */
const gathers = ({ kind, taken }: OutboxPush): boolean => kind === 'fee' && !taken;

function waitsUntil({ pushes }: Post, window: number): number {
  const waits = gathers(pushes[0]) && pushes.length < MOST_CDRS;
  return waits ? Math.min(...pushes.map(({ dueAt }) => dueAt)) + window : -Infinity;
}

/** The exact text to be sent. */
export function bodyOf({ pushes }: Post): string {
  if (pushes[0].kind === 'status') return pushes[0].body;
  return `{"eventType":"fee","feeLst":[${pushes.map(({ body }) => body).join(',')}]}`;
}
