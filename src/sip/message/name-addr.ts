import {
  endOfQuotedString,
  formatParameters,
  noParameters,
  type Parameters,
  parseParameters,
  quote,
  skipSpace,
  trimmed,
  unquote,
} from './grammar.ts';
import { SipParseError } from './sip-parse-error.ts';
import { parseUri, type Uri } from './uri.ts';

/**
 * The value of From, To, Contact, Route, Record-Route, P-Asserted-Identity and their like (RFC 3261 section 20.10):
 * `"Display" <uri>;parameters` or `uri;parameters`. Immutable.
 */
export class NameAddr {
  readonly displayName: string | undefined;
  readonly uri: Uri;
  /** Header parameters (`tag`, `q`, `expires` ...), not those within the URI. */
  readonly parameters: Parameters;

  constructor(uri: Uri, displayName?: string, parameters: Parameters = noParameters) {
    this.uri = uri;
    this.displayName = displayName;
    this.parameters = parameters;
  }

  /** Throws SipParseError `header-value` or `uri`. */
  static parse(text: string): NameAddr {
    const start = skipSpace(text, 0);
    if (text.charCodeAt(start) === 0x22 /* " */) {
      const end = endOfQuotedString(text, start);
      if (end < 0) throw new SipParseError('header-value', 'a quoted string is never closed');
      const open = skipSpace(text, end);
      if (text[open] !== '<') throw new SipParseError('header-value', 'no < after the display name');
      return parseBracketed(text, open, unquote(text.slice(start, end)));
    }
    const open = text.indexOf('<', start);
    const colon = text.indexOf(':', start);
    // An unquoted display name holds no colon, so one before < starts a bare addr-spec.
    if (open < 0 || (colon >= 0 && colon < open)) return parseAddrSpec(text, start);
    return parseBracketed(text, open, open === start ? undefined : unquotedDisplayName(text, start, open));
  }

  /** The tag parameter of From and To; undefined when there is none. */
  get tag(): string | undefined {
    const tag = this.parameters.get('tag');
    return tag === true ? undefined : tag;
  }

  /** The same address with one parameter set; `undefined` removes it. */
  withParameter(name: string, value: string | true | undefined): NameAddr {
    const parameters = new Map(this.parameters);
    if (value === undefined) parameters.delete(name);
    else parameters.set(name, value);
    return new NameAddr(this.uri, this.displayName, parameters);
  }

  withTag(tag: string): NameAddr {
    return this.withParameter('tag', tag);
  }

  /** Always with angle brackets, so that parameters cannot change sides (RFC 3261 section 20.10). */
  toString(): string {
    const name = this.displayName === undefined ? '' : `${quote(this.displayName)} `;
    return `${name}<${this.uri.toString()}>${formatParameters(this.parameters)}`;
  }
}

function parseBracketed(text: string, open: number, displayName: string | undefined): NameAddr {
  const close = text.indexOf('>', open);
  if (close < 0) throw new SipParseError('header-value', '< is never closed');
  return new NameAddr(parseUri(text.slice(open + 1, close)), displayName, parseParameters(text, close + 1));
}

/** Without brackets everything after ; is a header parameter, and the URI may hold neither comma nor ? (20.10). */
function parseAddrSpec(text: string, start: number): NameAddr {
  const semicolon = text.indexOf(';', start);
  const end = semicolon < 0 ? text.length : semicolon;
  const uri = trimmed(text, start, end);
  if (uri.includes('?') || uri.includes(','))
    throw new SipParseError('header-value', 'a URI with ? or , needs brackets');
  return new NameAddr(parseUri(uri), undefined, parseParameters(text, end));
}

/**
 * The RFC allows tokens only; dots, brackets and letters beyond ASCII are common and do no harm. A character that
 * separates elsewhere would make the value ambiguous and is refused.
 */
function unquotedDisplayName(text: string, start: number, end: number): string {
  const name = trimmed(text, start, end);
  if (/[",;:@\\<>\u0000-\u0008\u000a-\u001f\u007f]/.test(name)) {
    throw new SipParseError('header-value', 'the display name needs quotes');
  }
  return name;
}
