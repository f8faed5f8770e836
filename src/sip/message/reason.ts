import {
  formatParameters,
  isToken,
  type Parameters,
  parseInteger,
  parseParameters,
  quote,
  trimmed,
} from './grammar.ts';
import { SipParseError } from './sip-parse-error.ts';

/** Why a request was sent or a call refused, in another protocol's words (RFC 3326, RFC 6432 in responses). */
export interface Reason {
  /** `Q.850`, `SIP` ...; as written, compared without regard to case. */
  readonly protocol: string;
  /** Q.850: 1-127; SIP: a status code. */
  readonly cause?: number;
  readonly text?: string;
}

/**
 * Reads the elements of Reason: `parseReasons(message.headers.getAll('Reason'))`. A Reason only explains, and unknown
 * ones are to be ignored (RFC 3326 section 2), so an unreadable element is left out and its message stays good.
 */
export function parseReasons(elements: readonly string[]): Reason[] {
  return elements.map(parseReason).filter((reason) => reason !== undefined);
}

function parseReason(element: string): Reason | undefined {
  const semicolon = element.indexOf(';');
  const end = semicolon < 0 ? element.length : semicolon;
  const protocol = trimmed(element, 0, end);
  const parameters = readableParameters(element, end);
  if (!isToken(protocol) || parameters === undefined) return undefined;
  const written = parameters.get('cause');
  const cause = typeof written === 'string' ? parseInteger(written, 999) : undefined;
  const text = parameters.get('text');
  return {
    protocol,
    ...(cause === undefined ? {} : { cause }),
    ...(typeof text === 'string' ? { text } : {}),
  };
}

function readableParameters(element: string, start: number): Parameters | undefined {
  try {
    return parseParameters(element, start);
  } catch (error) {
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
}

/** The first Q.850 cause, 1-127; undefined when there is none. */
export function q850Cause(reasons: readonly Reason[]): number | undefined {
  return reasons.find(isQ850)?.cause;
}

function isQ850({ protocol, cause = 0 }: Reason): boolean {
  return protocol.toUpperCase() === 'Q.850' && cause >= 1 && cause <= 127;
}

/** One element, e.g. `Q.850;cause=16;text="Normal call clearing"`. */
export function formatReason(reason: Reason): string {
  const cause =
    reason.cause === undefined ? '' : formatParameters(new Map([['cause', String(reason.cause)]]));
  return `${reason.protocol}${cause}${reason.text === undefined ? '' : `;text=${quote(reason.text)}`}`;
}
