import { firstOfList, isToken, splitList, trimmed } from './grammar.ts';
import { type HeaderKind, kindOf } from './header-names.ts';

/** One header line: its name as written, its value unfolded and without surrounding white space. */
export interface HeaderField {
  readonly kind: HeaderKind;
  readonly name: string;
  readonly value: string;
}

/**
 * The header fields of a message, in their order. Names are case-insensitive and compact forms are the same header
 * (RFC 3261 section 7.3). Values stay the text that was read; nothing is parsed here beyond commas of list headers.
 */
export class Headers {
  #fields: HeaderField[];

  /** Throws RangeError like `append`. */
  constructor(entries: Iterable<readonly [name: string, value: string]> = []) {
    this.#fields = [];
    for (const [name, value] of entries) this.append(name, value);
  }

  /** For the parser, whose fields are checked already; takes the array over. */
  static ofFields(fields: HeaderField[]): Headers {
    const headers = new Headers();
    headers.#fields = fields;
    return headers;
  }

  /** The first line's value as written, commas and all; undefined when the header is absent. */
  get(name: string): string | undefined {
    const { key } = kindOf(name);
    for (const field of this.#fields) {
      if (field.kind.key === key) return field.value;
    }
    return undefined;
  }

  /** The first element of a list header, or the value of another; undefined when there is none. */
  first(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || !kindOf(name).isList) return value;
    const element = firstOfList(value);
    return element === '' ? undefined : element;
  }

  /** All values: for a list header its elements over all lines, for another its lines. */
  getAll(name: string): string[] {
    const { key } = kindOf(name);
    const values: string[] = [];
    for (const { kind, value } of this.#fields) {
      if (kind.key !== key) continue;
      if (kind.isList) values.push(...splitList(value));
      else values.push(value);
    }
    return values;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Replaces all lines of this header by one, at the place of the first, else at the end. Throws like `append`. */
  set(name: string, value: string): void {
    const field = checkedField(name, value);
    const at = this.#fields.findIndex(({ kind }) => kind.key === field.kind.key);
    if (at < 0) {
      this.#fields.push(field);
      return;
    }
    this.#fields = this.#fields.filter(({ kind }, index) => index <= at || kind.key !== field.kind.key);
    this.#fields[at] = field;
  }

  /** Adds a line at the end. Throws RangeError when the name is no token or the value holds a line break. */
  append(name: string, value: string): void {
    this.#fields.push(checkedField(name, value));
  }

  /** Adds a line in front of those of the same name, else at the top. Throws like `append`. */
  prepend(name: string, value: string): void {
    const field = checkedField(name, value);
    const at = this.#fields.findIndex(({ kind }) => kind.key === field.kind.key);
    this.#fields.splice(Math.max(at, 0), 0, field);
  }

  /** Replaces only the first element of a list header, e.g. the topmost Via. Does nothing when there is none. */
  replaceFirst(name: string, value: string): void {
    const { kind } = checkedField(name, value);
    const at = this.#fields.findIndex((field) => field.kind.key === kind.key);
    const field = this.#fields[at];
    if (field === undefined) return;
    const rest = kind.isList ? splitList(field.value).slice(1) : [];
    this.#fields[at] = { ...field, value: [trimmed(value), ...rest].join(', ') };
  }

  delete(name: string): void {
    const { key } = kindOf(name);
    this.#fields = this.#fields.filter(({ kind }) => kind.key !== key);
  }

  /** Every line as written, in order. */
  *entries(): IterableIterator<[name: string, value: string]> {
    for (const { name, value } of this.#fields) yield [name, value];
  }

  /** The lines of one header as written, names included; for copying a header from a request into its response. */
  linesOf(name: string): [name: string, value: string][] {
    const { key } = kindOf(name);
    return this.#fields.filter(({ kind }) => kind.key === key).map(({ name, value }) => [name, value]);
  }

  copy(): Headers {
    return Headers.ofFields([...this.#fields]);
  }

  /** All lines as they go on the wire, each with its CRLF. */
  toString(): string {
    let text = '';
    for (const { name, value } of this.#fields) text += `${name}: ${value}\r\n`;
    return text;
  }
}

/** A line break in a value would let whoever supplied it write headers of their own. */
function checkedField(name: string, value: string): HeaderField {
  if (!isToken(name)) throw new RangeError(`Not a header name: ${JSON.stringify(name)}`);
  if (/[\r\n]/.test(value)) throw new RangeError(`The value of ${name} holds a line break`);
  return { kind: kindOf(name), name, value: trimmed(value) };
}
