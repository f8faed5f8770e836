/**
 * The headers by which a receiver knows that a push is ours: the service's own (spec 01 section 3), and beside them those
 * of Standard Webhooks (https://www.standardwebhooks.com).
 */
import { createHmac, hash } from 'node:crypto';
import type { PushSignature } from '../accounts/account.ts';
import type { Random } from '../call/ports.ts';

/** Which clock `Created` shows; both end in `Z`, as the service's documents of different years have it. */
export type CreatedZone = 'utc' | 'utc+8';

export interface SigningOrder {
  /** The exact text of the URL this very push is sent to. */
  readonly url: string;
  readonly appKey: string;
  readonly appSecret: string;
  readonly form: PushSignature;
  /** 1-128 letters and digits. */
  readonly nonce: string;
  /** `createdTimestamp`. */
  readonly created: string;
}

const AUTHORIZATION = 'AKSK realm="SDP",profile="UsernameToken",type="Appkey"';

/** `Authorization` and `X-AKSK`, or nothing for receivers of the time before pushes were signed. */
export function signatureHeaders(order: SigningOrder): Record<string, string> {
  const { appKey, nonce, created, form } = order;
  if (form === 'none') return {};
  const digest = passwordDigest({ ...order, form });
  return {
    Authorization: AUTHORIZATION,
    'X-AKSK': `UsernameToken Username="${appKey}",PasswordDigest="${digest}",Nonce="${nonce}",Created="${created}"`,
  };
}

/** Base64(HMAC-SHA256(secret, url, nonce and created with a newline between, or with nothing)). */
function passwordDigest(order: SigningOrder & { form: Exclude<PushSignature, 'none'> }): string {
  const separator = order.form === 'newline' ? '\n' : '';
  const message = [order.url, order.nonce, order.created].join(separator);
  return createHmac('sha256', order.appSecret).update(message).digest('base64');
}

const EIGHT_HOURS = 8 * 3_600_000;

/** `yyyy-MM-ddTHH:mm:ssZ`, without milliseconds. */
export function createdTimestamp(now: number, zone: CreatedZone): string {
  const shown = zone === 'utc' ? now : now + EIGHT_HOURS;
  return `${new Date(shown).toISOString().slice(0, 19)}Z`;
}

/** 32 hexadecimal digits. `random` must be cryptographically strong. */
export function nonce(random: Random): string {
  return Array.from({ length: 4 }, () =>
    random
      .integer(2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
}

export interface StandardOrder {
  /** `messageId`. */
  readonly id: string;
  readonly appSecret: string | Uint8Array;
  readonly form: PushSignature;
  /** The exact text of the body. */
  readonly body: string;
  /** When this attempt is made, ms since the epoch. */
  readonly now: number;
}

/**
 * `webhook-id`, `webhook-timestamp` and, unless pushes of this app are not signed, `webhook-signature`. The key is the app
 * secret as it is; libraries that expect `whsec_...` take `whsec_` and the Base64 of the secret.
 */
export function standardHeaders({ id, appSecret, form, body, now }: StandardOrder): Record<string, string> {
  const timestamp = String(Math.floor(now / 1_000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (form === 'none') return headers;
  const signature = createHmac('sha256', appSecret).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}

/** Names what is told, the same in every repetition of it: by the pushes in one POST. */
export function messageId(pushes: readonly { readonly sessionId: string; readonly id: number }[]): string {
  const told = pushes.map(({ sessionId, id }) => `${sessionId} ${id}`).join('\n');
  return `msg_${hash('sha256', told, 'base64url').slice(0, 27)}`;
}
