/**
 * The lexical pieces that SIP headers share (RFC 3261 section 25.1): tokens, quoted strings, comma lists and
 * parameters. All work on header values from which folding has been removed, so white space is SP and HTAB.
 */
import { SipParseError } from './sip-parse-error.ts';

/** `;name=value` or `;name` (then `true`). Names are in lower case, values unquoted. */
export type Parameters = ReadonlyMap<string, string | true>;

export const noParameters: Parameters = new Map();

const HTAB = 0x09;
const SP = 0x20;
const DQUOTE = 0x22;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const LESS = 0x3c;
const EQUAL = 0x3d;
const GREATER = 0x3e;
const BACKSLASH = 0x5c;

const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A table with 1 at each allowed ASCII code: one lookup per character. */
export function characterClass(allowed: string): Uint8Array {
  const table = new Uint8Array(128);
  for (const character of alphanumeric + allowed) table[character.charCodeAt(0)] = 1;
  return table;
}

/** Whether all of `text` from `start` to `end` is in the class; true for an empty range. */
export function consistsOf(table: Uint8Array, text: string, start = 0, end = text.length): boolean {
  for (let at = start; at < end; at++) {
    if (table[text.charCodeAt(at)] !== 1) return false;
  }
  return true;
}

const tokenCharacters = characterClass("-.!%*_+`'~");

/** RFC 3261 `token`: one or more token characters. */
export function isToken(text: string): boolean {
  return text.length > 0 && consistsOf(tokenCharacters, text);
}

/** Index of the first character at or after `at` that is no white space. */
export function skipSpace(text: string, at: number): number {
  let next = at;
  for (let code = text.charCodeAt(next); code === SP || code === HTAB; code = text.charCodeAt(next)) next++;
  return next;
}

/** `text` from `start` to `end` without white space around it. */
export function trimmed(text: string, start = 0, end = text.length): string {
  const from = skipSpace(text, start);
  let to = end;
  while (to > from && (text.charCodeAt(to - 1) === SP || text.charCodeAt(to - 1) === HTAB)) to--;
  return text.slice(from, Math.max(from, to));
}

/** Index just after the quoted string that opens at `open`, or -1 when it is never closed. */
export function endOfQuotedString(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === DQUOTE) return at + 1;
  }
  return -1;
}

/** What a quoted string, given with its quotes, says: quoted pairs are undone. */
export function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1);
  return inner.includes('\\') ? inner.replace(/\\([^])/g, '$1') : inner;
}

/**
 * `text` as a quoted string; control characters become quoted pairs. Line breaks cannot be quoted (RFC 3261 section
 * 25.1) and become spaces.
 */
export function quote(text: string): string {
  if (!/["\\\u0000-\u001f\u007f]/.test(text)) return `"${text}"`;
  return `"${text.replace(/[\r\n]+/g, ' ').replace(/["\\\u0000-\u0008\u000b-\u001f\u007f]/g, '\\$&')}"`;
}

/**
 * The elements of a comma-separated value; commas within quoted strings and angle brackets do not separate. An empty
 * value has no elements; empty elements stay, for the element's own grammar to refuse.
 */
export function splitList(text: string): string[] {
  if (!text.includes(',')) {
    const only = trimmed(text);
    return only === '' ? [] : [only];
  }
  const elements: string[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : COMMA;
    if (code === DQUOTE) at = afterOr(endOfQuotedString(text, at), text.length) - 1;
    else if (code === LESS) at = afterOr(text.indexOf('>', at), text.length - 1);
    else if (code === COMMA) {
      elements.push(trimmed(text, start, at));
      start = at + 1;
    }
  }
  return elements;
}

/** A delimiter that is never closed takes the rest of the text. */
function afterOr(index: number, otherwise: number): number {
  return index < 0 ? otherwise : index;
}

/** The first element of a comma-separated value, as `splitList` would give it. */
export function firstOfList(text: string): string {
  return text.includes(',') ? (splitList(text)[0] ?? '') : text;
}

/**
 * Reads `*( SEMI name [ EQUAL value ] )` from `start` to the end of `text`. White space is allowed around `;` and `=`
 * (RFC 3261 section 25.1). A name may stand once (section 7.3.1).
 */
export function parseParameters(text: string, start: number): Parameters {
  let at = skipSpace(text, start);
  if (at === text.length) return noParameters;
  const parameters = new Map<string, string | true>();
  while (at < text.length) {
    if (text.charCodeAt(at) !== SEMICOLON)
      throw new SipParseError('header-value', 'text where a parameter should start');
    const nameStart = skipSpace(text, at + 1);
    at = endOfParameterPart(text, nameStart);
    const name = text.slice(nameStart, at).toLowerCase();
    if (!isToken(name)) throw new SipParseError('header-value', 'a parameter name is no token');
    if (parameters.has(name)) throw new SipParseError('header-value', `parameter ${name} stands twice`);
    at = skipSpace(text, at);
    if (text.charCodeAt(at) !== EQUAL) {
      parameters.set(name, true);
      continue;
    }
    const valueStart = skipSpace(text, at + 1);
    at = endOfParameterValue(text, valueStart);
    if (at <= valueStart) throw new SipParseError('header-value', `parameter ${name} has no readable value`);
    const value = text.slice(valueStart, at);
    parameters.set(name, value.charCodeAt(0) === DQUOTE ? unquote(value) : value);
    at = skipSpace(text, at);
  }
  return parameters;
}

/** Index of the first character that cannot be part of a parameter name. */
function endOfParameterPart(text: string, start: number): number {
  let at = start;
  while (at < text.length && tokenCharacters[text.charCodeAt(at)] === 1) at++;
  return at;
}

/** Index after a parameter value: a quoted string, or anything up to the next separator (token, host, URI part). */
function endOfParameterValue(text: string, start: number): number {
  if (text.charCodeAt(start) === DQUOTE) return endOfQuotedString(text, start);
  let at = start;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (
      code <= SP ||
      code === SEMICOLON ||
      code === COMMA ||
      code === DQUOTE ||
      code === LESS ||
      code === GREATER
    )
      break;
  }
  return at;
}

const plainValue = characterClass("-.!%*_+`'~[]:");

/** The opposite of `parseParameters`; values that are neither token nor host are quoted. */
export function formatParameters(parameters: Parameters): string {
  let text = '';
  for (const [name, value] of parameters) {
    if (value === true) text += `;${name}`;
    else text += `;${name}=${value !== '' && consistsOf(plainValue, value) ? value : quote(value)}`;
  }
  return text;
}

/**
 * Reads 1*DIGIT in the range 0 to `maximum`; leading zeros count for nothing.
 * Undefined when it is something else or out of range.
 */
export function parseInteger(text: string, maximum: number): number | undefined {
  if (text.length === 0) return undefined;
  let value = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    value = value * 10 + digit;
    if (value > maximum) return undefined;
  }
  return value;
}
