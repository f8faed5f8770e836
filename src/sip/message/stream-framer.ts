import { isToken } from './grammar.ts';
import type { SipMessage } from './message.ts';
import { parseMessage } from './parse.ts';
import { defaultParseLimits, type ParseLimits } from './parse-limits.ts';
import { salvageRequest } from './salvage.ts';
import { SipParseError } from './sip-parse-error.ts';

/** `ping`: the double CRLF of a keep-alive, to be answered with one CRLF (RFC 5626 section 4.4.1). */
export type Framed = SipMessage | SipParseError | 'ping';

const CR = 0x0d;
const LF = 0x0a;

/**
 * Cuts a byte stream into messages by Content-Length (RFC 3261 section 18.3). However the stream is chunked, the same
 * comes out. Holds at most one message of `ParseLimits.messageSize` beside the chunk in hand.
 *
 * A message that cannot be read but whose end is known costs only itself. Where the end cannot be known (Content-Length
 * missing, malformed or contradictory, message too large, no SIP at all) the error is the last item and the stream is
 * poisoned: answer if the error allows it, then close the connection.
 */
export class StreamFramer {
  readonly #limits: ParseLimits;
  #buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  /** No end of headers begins before this index. */
  #searched = 0;
  /** Length of the message at `#start`, once its headers are complete. */
  #length: number | undefined;
  #isPoisoned = false;

  constructor(limits: ParseLimits = defaultParseLimits) {
    this.#limits = limits;
  }

  /** Whether a framing error has made the rest of the stream unreadable; `push` then returns nothing. */
  get isPoisoned(): boolean {
    return this.#isPoisoned;
  }

  /** Bytes held back until their message is complete. For transports that time out half messages. */
  get pendingBytes(): number {
    return this.#end - this.#start;
  }

  push(chunk: Uint8Array): Framed[] {
    const framed: Framed[] = [];
    if (this.#isPoisoned) return framed;
    this.#append(chunk);
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      framed.push(next);
      if (this.#isPoisoned) return framed;
    }
    if (this.pendingBytes === 0) this.#release();
    return framed;
  }

  #append(chunk: Uint8Array): void {
    const pending = this.pendingBytes;
    if (this.#end + chunk.length > this.#buffer.length) {
      // Doubling keeps the cost of a stream that arrives byte by byte linear.
      const capacity = pending + chunk.length;
      const target = capacity > this.#buffer.length ? Buffer.allocUnsafe(capacity * 2) : this.#buffer;
      this.#buffer.copy(target, 0, this.#start, this.#end);
      this.#searched -= this.#start;
      this.#buffer = target;
      this.#start = 0;
      this.#end = pending;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The next complete item; undefined when more bytes are needed. */
  #next(): Framed | undefined {
    if (this.#length === undefined) {
      const keepAlive = this.#takeLineBreaks();
      if (keepAlive || this.pendingBytes === 0) return keepAlive ? 'ping' : undefined;
      const failure = this.#readHead();
      if (failure !== undefined) return this.#poison(failure);
    }
    if (this.#length === undefined || this.pendingBytes < this.#length) return undefined;
    const end = this.#start + this.#length;
    // A copy, because the buffer is used again while the message lives.
    const bytes = Buffer.from(this.#buffer.subarray(this.#start, end));
    this.#advance(end);
    return parsed(bytes, this.#limits);
  }

  #advance(to: number): void {
    this.#start = to;
    this.#searched = to;
    this.#length = undefined;
  }

  /**
   * Between messages: skips single line breaks (RFC 3261 section 7.5, and the answer to a keep-alive); true for a
   * double one. A line break at the end of what has arrived waits, since it may become a double one.
   */
  #takeLineBreaks(): boolean {
    while (this.#isLineBreak(this.#start)) {
      const second = this.#start + 2;
      if (this.#isLineBreak(second)) {
        this.#advance(second + 2);
        return true;
      }
      const isUndecided = second === this.#end || (second + 1 === this.#end && this.#buffer[second] === CR);
      if (isUndecided) return false;
      this.#advance(second);
    }
    return false;
  }

  #isLineBreak(at: number): boolean {
    return at + 1 < this.#end && this.#buffer[at] === CR && this.#buffer[at + 1] === LF;
  }

  /** Finds the end of the headers and with it the message's length. Returns what makes the stream unreadable. */
  #readHead(): SipParseError | undefined {
    if (this.#isNoMessage()) return new SipParseError('start-line', 'no SIP message');
    const pending = this.#buffer.subarray(this.#start, this.#end);
    const headEnd = pending.indexOf('\r\n\r\n', this.#searched - this.#start, 'latin1');
    this.#searched = Math.max(this.#start, this.#end - 3);
    const headSize = headEnd < 0 ? pending.length : headEnd + 4;
    if (headSize > this.#limits.messageSize) return tooLarge(this.#limits);
    if (headEnd < 0) return undefined;
    const head = pending.toString('utf8', 0, headEnd + 2);
    const bodySize = contentLength(head);
    if (bodySize !== undefined && headSize + bodySize <= this.#limits.messageSize) {
      this.#length = headSize + bodySize;
      return undefined;
    }
    const failure =
      bodySize === undefined
        ? new SipParseError('content-length', 'no usable length', { header: 'Content-Length' })
        : tooLarge(this.#limits);
    failure.partial = salvageRequest(head);
    return failure;
  }

  /** A message starts with a token: what does not (TLS, RTP, rubbish) need not be collected to the limit. */
  #isNoMessage(): boolean {
    const first = this.#buffer[this.#start] ?? 0;
    if (first !== CR) return !isToken(String.fromCharCode(first));
    return this.pendingBytes > 1 && this.#buffer[this.#start + 1] !== LF;
  }

  #poison(failure: SipParseError): SipParseError {
    this.#isPoisoned = true;
    this.#release();
    return failure;
  }

  /** Idle connections hold no memory. */
  #release(): void {
    this.#buffer = Buffer.alloc(0);
    this.#end = 0;
    this.#advance(0);
  }
}

function parsed(bytes: Buffer, limits: ParseLimits): SipMessage | SipParseError {
  try {
    return parseMessage(bytes, limits);
  } catch (error) {
    if (error instanceof SipParseError) return error;
    throw error;
  }
}

/** The length that all Content-Length lines agree on; undefined when there is none or no agreement. */
function contentLength(head: string): number | undefined {
  let agreed: number | undefined;
  for (const [, value = ''] of head.matchAll(/\r\n(?:content-length|l)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)/gi)) {
    const digits = value.trim();
    const length = /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
    if (length === undefined || (agreed !== undefined && agreed !== length)) return undefined;
    agreed = length;
  }
  return agreed;
}

function tooLarge(limits: ParseLimits): SipParseError {
  return new SipParseError('message-too-large', `larger than ${limits.messageSize} bytes`, { status: 513 });
}
