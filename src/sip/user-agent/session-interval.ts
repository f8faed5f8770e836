import { leastInterval, type SessionInterval } from '../session-timer.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { formatSessionExpires, optionTags, readMinSe, readSessionExpires } from '../message/header-values.ts';
import { responseTo } from '../message/response.ts';
import type { SessionTimerOptions } from './options.ts';

// Header fields of RFC 4028, written and read. `uac` and `uas` are roles in one request, not in the dialog.

/**
 * Into a request of ours that starts or refreshes a session (RFC 4028 7.1, 7.4).
 *
 * @param refresher who refreshes so far, in a refresh: it stays so (7.4)
 */
export function offerInterval(
  request: SipRequest,
  options: SessionTimerOptions,
  refresher?: SessionInterval['refresher'],
): void {
  const seconds = options.expires;
  const value = refresher === undefined ? { seconds } : { seconds, refresher: roleOf(refresher, 'uac') };
  request.headers.set('Session-Expires', formatSessionExpires(value));
  // 5: without Min-SE the least is 90 s.
  if (options.minimum !== leastInterval) request.headers.set('Min-SE', String(options.minimum));
}

/** What a 2xx to such a request agreed to; undefined: no session timer runs (7.2). */
export function intervalAgreed(
  response: SipResponse,
  options: SessionTimerOptions,
): SessionInterval | undefined {
  const value = readSessionExpires(response.headers);
  if (value === undefined) return undefined;
  return {
    // An interval below the least would have us refresh without end.
    seconds: Math.max(value.seconds, options.minimum),
    // 7.2: a 2xx names the refresher. Where it does not, refreshing too often does less harm than never.
    refresher: value.refresher === 'uas' ? 'remote' : 'local',
  };
}

/** After a 422 (6, 7.3): what to offer next, or undefined when the response asks for nothing more. */
export function intervalAfterRefusal(
  response: SipResponse,
  offered: SessionTimerOptions,
): SessionTimerOptions | undefined {
  const minimum = readMinSe(response.headers);
  if (minimum === undefined || minimum <= offered.expires) return undefined;
  return { expires: minimum, minimum };
}

export interface IntervalAnswer {
  /** Undefined: no session timer runs after this request. */
  readonly interval?: SessionInterval;
  /** Whether the peer is named as refresher, which it has to understand: `Require: timer` (9). */
  readonly isRequired: boolean;
}

/**
 * As the server of an INVITE or UPDATE (9): what the 2xx will say, or the 422 when the interval is too small.
 *
 * @param known.current the timer that runs already, which a refresh without Session-Expires leaves in force
 * @param known.toTag for a refusal outside a dialog
 */
export function answerInterval(
  request: SipRequest,
  options: SessionTimerOptions,
  known: { readonly current?: SessionInterval | undefined; readonly toTag?: string },
): IntervalAnswer | { readonly tooSmall: SipResponse } {
  const { current } = known;
  const isSupported = supportsTimer(request);
  const value = readSessionExpires(request.headers);
  if (value === undefined) {
    if (current === undefined || !isSupported) return { isRequired: false };
    return { interval: current, isRequired: current.refresher === 'remote' };
  }
  if (value.seconds < options.minimum) {
    // 9: only a client that knows session timers understands 422; with another, none runs.
    return isSupported ? { tooSmall: refusal(request, options.minimum, known.toTag) } : { isRequired: false };
  }
  // 9, table 2: a client without support cannot refresh; one that names nobody leaves it to us, and does it itself.
  const refresher = !isSupported || value.refresher === 'uas' ? 'local' : 'remote';
  return { interval: { seconds: value.seconds, refresher }, isRequired: refresher === 'remote' };
}

/** Into the 2xx that answers such a request. */
export function writeIntervalAnswer(response: SipResponse, answer: IntervalAnswer): void {
  if (answer.interval === undefined) return;
  const { seconds, refresher } = answer.interval;
  response.headers.set(
    'Session-Expires',
    formatSessionExpires({ seconds, refresher: roleOf(refresher, 'uas') }),
  );
  if (answer.isRequired) response.headers.set('Require', 'timer');
}

function refusal(request: SipRequest, minimum: number, toTag: string | undefined): SipResponse {
  const response = responseTo(request, 422, toTag === undefined ? {} : { toTag });
  response.headers.set('Min-SE', String(minimum));
  return response;
}

function supportsTimer(message: SipMessage): boolean {
  const { headers } = message;
  return optionTags(headers, 'Supported').has('timer') || optionTags(headers, 'Require').has('timer');
}

/** Which role in this request the refresher has, ours being `ours`. */
function roleOf(refresher: SessionInterval['refresher'], ours: 'uac' | 'uas'): 'uac' | 'uas' {
  const theirs = ours === 'uac' ? 'uas' : 'uac';
  return refresher === 'local' ? ours : theirs;
}
