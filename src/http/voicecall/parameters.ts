import { isPushUrl } from '../../accounts/apps.ts';
import { Remembered } from '../../accounts/remembered.ts';
import { invalidRequest, resultCodes } from '../../call/catalogue/result-codes.ts';
import { Refused } from './refused.ts';

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Push addresses by their Base64, false where they are none: a customer gives the same ones with each request. */
const pushUrls = new Remembered<string | false>(1_000, (base64) => {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return false;
  const url = Buffer.from(base64, 'base64').toString('utf8');
  return isPushUrl(url) && url;
});

/** A pair of surrogates is one character. */
const charactersOf = (text: string): number =>
  /[\ud800-\udbff]/.test(text) ? [...text].length : text.length;

/**
 * The parameters of one request, read by the rules of the API reference. What breaks a rule is refused with 1010002
 * naming the parameter. Optional parameters that are `null` or empty count as absent: public clients send both.
 */
export class Parameters {
  readonly #body: ReadonlyMap<string, unknown>;

  /** @throws {Refused} 1010002 when `body` is not a JSON object */
  constructor(body: unknown) {
    if (!isObject(body)) throw new Refused(resultCodes.invalidRequest);
    this.#body = new Map(Object.entries(body));
  }

  /** String(least-most), mandatory; lengths in characters. */
  text(name: string, least: number, most: number): string {
    return this.optionalText(name, least, most) ?? this.#refuse(name);
  }

  optionalText(name: string, least: number, most: number): string | undefined {
    const value = this.#optional(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') return this.#refuse(name);
    const length = charactersOf(value);
    return length >= least && length <= most ? value : this.#refuse(name);
  }

  isAbsent(name: string): boolean {
    return this.#optional(name) === undefined;
  }

  /** `"true"` or `"false"`; clients send JSON booleans too (spec 00 section 4). */
  flag(name: string): boolean {
    const value = this.#optional(name) ?? 'false';
    if (value === 'true' || value === true) return true;
    return value === 'false' || value === false ? false : this.#refuse(name);
  }

  /** A whole number, mandatory without a `fallback`; clients also send its digits as a string. */
  integer(name: string, least: number, most: number, fallback?: number): number {
    const value = this.#optional(name) ?? fallback;
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
    const valid = typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most;
    return valid ? number : this.#refuse(name);
  }

  oneOf<const T extends string>(name: string, values: readonly T[], fallback: T): T {
    const value = this.#optional(name) ?? fallback;
    return values.find((candidate) => candidate === value) ?? this.#refuse(name);
  }

  /** The name of a voice file (spec 11): String(1-128) of digits, letters and `-_.@`; mandatory. */
  fileName(name: string): string {
    return this.optionalFileName(name) ?? this.#refuse(name);
  }

  optionalFileName(name: string): string | undefined {
    const value = this.optionalText(name, 1, 128);
    return value === undefined || /^[\w.@-]+$/.test(value) ? value : this.#refuse(name);
  }

  /** String(least-most) of 0-9, mandatory. */
  digits(name: string, least: number, most: number): string {
    const value = this.text(name, least, most);
    return /^[0-9]+$/.test(value) ? value : this.#refuse(name);
  }

  /** Keys of a telephone, String(least-most); clients also send a number. */
  optionalKeys(name: string, least: number, most: number): string | undefined {
    const value = this.#optional(name);
    const keys = Number.isSafeInteger(value) ? String(value) : this.optionalText(name, least, most);
    return keys === undefined || (/^[0-9*#]+$/.test(keys) && keys.length <= most) ? keys : this.#refuse(name);
  }

  /** String[], at most `most`; clients also send numbers in it, or the whole array as a JSON text. */
  texts(name: string, most: number): string[] {
    const value = this.#optional(name) ?? [];
    const list = typeof value === 'string' ? this.#parsed(name, value) : value;
    if (!Array.isArray(list) || list.length > most) return this.#refuse(name);
    return list.map((entry: unknown) => {
      if (typeof entry === 'number') return String(entry);
      return typeof entry === 'string' ? entry : this.#refuse(name);
    });
  }

  /** Object[least-most], mandatory; each to be read by the same rules. */
  objects(name: string, least: number, most: number): Parameters[] {
    const list = this.#optional(name);
    if (!Array.isArray(list) || list.length < least || list.length > most) return this.#refuse(name);
    return list.map((entry: unknown) => (isObject(entry) ? new Parameters(entry) : this.#refuse(name)));
  }

  /** A push address: Base64, String(1-128), of an http(s) URL (spec 02, "URLs"). @returns the URL */
  url(name: string): string | undefined {
    const value = this.optionalText(name, 1, 128);
    if (value === undefined) return undefined;
    return pushUrls.of(value) || this.#refuse(name);
  }

  /** Opaque text, String(1-256), without braces and without Chinese characters. */
  userData(): string | undefined {
    const value = this.optionalText('userData', 1, 256);
    // No NUL either: PostgreSQL keeps none.
    return value !== undefined && /[{}\0\p{Script=Han}]/u.test(value) ? this.#refuse('userData') : value;
  }

  #optional(name: string): unknown {
    const value = this.#body.get(name);
    return value === null || value === '' ? undefined : value;
  }

  #parsed(name: string, json: string): unknown {
    try {
      return JSON.parse(json);
    } catch {
      return this.#refuse(name);
    }
  }

  #refuse(name: string): never {
    throw new Refused(invalidRequest(name));
  }
}
