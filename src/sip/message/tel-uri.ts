import { characterClass, consistsOf, noParameters, type Parameters } from './grammar.ts';
import { SipParseError } from './sip-parse-error.ts';

const numberCharacters = (() => {
  const table = new Uint8Array(128);
  for (const character of '0123456789ABCDEFabcdef*#-.()') table[character.charCodeAt(0)] = 1;
  return table;
})();
const parameterCharacters = characterClass("-_.!~*'()%[]/:&+$");

/** A `tel:` URI (RFC 3966). Immutable; one that was parsed is written as it was read. */
export class TelUri {
  readonly kind = 'tel';
  readonly scheme = 'tel';
  /** Digits, with `+` in front when global; visual separators are left out. */
  readonly number: string;
  /** `phone-context`, `ext` ...; names in lower case, values as written. */
  readonly parameters: Parameters;
  #text: string | undefined;

  constructor(number: string, parameters: Parameters = noParameters, text?: string) {
    this.number = number;
    this.parameters = parameters;
    this.#text = text;
  }

  /** Throws SipParseError `uri`. */
  static parse(text: string): TelUri {
    if (!/^tel:/i.test(text)) throw malformed('not a tel URI');
    const [written = '', ...pieces] = text.slice(4).split(';');
    const digitsStart = written.startsWith('+') ? 1 : 0;
    const number = written.replace(/[-.()]/g, '');
    if (number.length === digitsStart || !consistsOf(numberCharacters, written, digitsStart))
      throw malformed('no number');
    return new TelUri(number, pieces.length === 0 ? noParameters : parseTelParameters(pieces), text);
  }

  toString(): string {
    return (this.#text ??= `tel:${this.number}${formatTelParameters(this.parameters)}`);
  }
}

function parseTelParameters(pieces: readonly string[]): Parameters {
  const parameters = new Map<string, string | true>();
  for (const piece of pieces) {
    const equal = piece.indexOf('=');
    const name = (equal < 0 ? piece : piece.slice(0, equal)).toLowerCase();
    const value = equal < 0 ? true : piece.slice(equal + 1);
    const readable = value === true || (value !== '' && consistsOf(parameterCharacters, value));
    if (name === '' || !consistsOf(parameterCharacters, name) || !readable)
      throw malformed('a parameter is malformed');
    if (parameters.has(name)) throw malformed('a parameter stands twice'); // RFC 3966 section 3
    parameters.set(name, value);
  }
  return parameters;
}

function formatTelParameters(parameters: Parameters): string {
  let text = '';
  for (const [name, value] of parameters) text += value === true ? `;${name}` : `;${name}=${value}`;
  return text;
}

function malformed(what: string): SipParseError {
  return new SipParseError('uri', what);
}
