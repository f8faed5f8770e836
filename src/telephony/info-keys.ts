/** Keys in the body of a SIP INFO request: what phones and gateways send that know no telephone-events. */
import { type Key, keyOf } from '../rtp/telephone-event.ts';

/** Bodies are a line or two. */
const LONGEST_BODY = 512;

/**
 * Reads `application/dtmf-relay` (lines of `Signal=5` and `Duration=160`) and `application/dtmf` (the key alone, or the same
 * lines). Neither was ever standardised: this takes what Cisco's and Nortel's devices, Asterisk and FreeSWITCH send.
 *
 * @param contentType of the request; parameters and case do not matter
 * @returns undefined for another content type, a hook flash, and what is no key
 */
export function keyOfInfo(contentType: string | undefined, body: string): Key | undefined {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if ((type !== 'application/dtmf-relay' && type !== 'application/dtmf') || body.length > LONGEST_BODY) {
    return undefined;
  }
  const signal = /^[ \t]*signal[ \t]*[=:][ \t]*(\S+)[ \t]*$/im.exec(body)?.[1];
  if (signal !== undefined) return keyOfSignal(signal);
  return type === 'application/dtmf' ? keyOfSignal(body.trim()) : undefined;
}

/** A key by itself, or by its event number, 10 for `*` and 11 for `#` (RFC 4733 3.2), or spelt out. */
function keyOfSignal(signal: string): Key | undefined {
  if (/^[0-9*#a-d]$/i.test(signal)) return signal.toUpperCase();
  if (/^1[0-5]$/.test(signal)) return keyOf(Number(signal));
  if (/^(star|asterisk)$/i.test(signal)) return '*';
  return /^(hash|pound)$/i.test(signal) ? '#' : undefined;
}
