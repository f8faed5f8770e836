/** The headers by which a receiver knows that a push is ours (spec 01 section 3). */
import { createHmac } from 'node:crypto';
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
