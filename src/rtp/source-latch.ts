/**
 * Symmetric RTP (RFC 4961) against the addresses of SDP: a peer behind a NAT sends from another address than it
 * signalled, and expects its media there. The first source that proves itself is latched on to and stays: later packets
 * from elsewhere are a stranger's, however well they are made (RFC 7362 tells what a latch that moves is good for).
 * A stranger may be the first, though: what latched without having been signalled yields to the signalled address in the
 * first seconds, and whenever it has gone silent. Times are ms, from any origin.
 */
import { loneRow, type Row } from './row.ts';

/** What becomes of a packet: part of the stream, or dropped. */
export type LatchVerdict = 'accepted' | 'stranger';

/** Packets in a row from one source that set the latch. */
const DEFAULT_PROBATION = 3;

/**
 * Packets in a row with which the source of before a new signalled address is believed again. Packets of the old source
 * are still under way when the far end moves; a second of nothing else says that it did not move at all.
 */
const FORMER_PROBATION = 50;

/** How long after each description the signalled address may take the latch from a source that was not signalled, ms. */
const CONTEST = 5_000;

/** A source that was not signalled and sends nothing for so long does not keep the signalled address out, ms. */
const SILENCE = 1_000;

/** Numbers of a latch's row: when the latched source sent last. */
export const SOURCE_LATCH_NUMBERS = 1;

export interface RemoteAddress {
  readonly host: string;
  readonly port: number;
}

export class SourceLatch {
  readonly #numbers: Float64Array;
  readonly #at: number;
  #candidate: RemoteAddress | undefined = undefined;
  #latched = false;
  /** Packets dropped because another source holds the latch, or is preferred. */
  strangers = 0;
  readonly #probation: number;
  #signalled: RemoteAddress | undefined = undefined;
  #former: RemoteAddress | undefined = undefined;
  #inRow = 0;
  /** Until when the signalled address may take the latch from a source that was not signalled. */
  #contestedUntil = -Infinity;
  /** Packets of the signalled address while another, which may have to yield, holds the latch. */
  #claims = 0;

  /** @param probation packets in a row from one source that set the latch; at least 1 */
  constructor(probation: number = DEFAULT_PROBATION, { numbers, at }: Row = loneRow(SOURCE_LATCH_NUMBERS)) {
    this.#probation = probation;
    this.#numbers = numbers;
    this.#at = at;
    numbers[at] = Infinity;
  }

  /**
   * The address the far end signalled. An address that differs from the last one re-arms the latch: the far end moved.
   * The same address again (a session refresh, a hold) moves nothing.
   *
   * @param now without it the latch is fixed at once
   */
  expect(signalled: RemoteAddress, now: number = -Infinity): void {
    this.#contestedUntil = now + CONTEST;
    this.#claims = 0;
    if (isSame(this.#signalled, signalled.host, signalled.port)) return;
    this.#signalled = { host: signalled.host, port: signalled.port };
    this.#former = this.latched;
    this.#candidate = undefined;
    this.#inRow = 0;
    this.#latched = false;
  }

  /**
   * To be called for valid packets only.
   *
   * @param now without it a latch that is set never yields
   */
  receive(host: string, port: number, now: number = Infinity): LatchVerdict {
    // Anybody can write it into a datagram, and nobody could be answered there.
    if (port === 0) {
      this.strangers++;
      return 'stranger';
    }
    if (isSame(this.#candidate, host, port)) {
      this.#numbers[this.#at] = now;
      if (!this.#latched) this.#count(host, port);
      return 'accepted';
    }
    if (this.#latched && this.#mustYield(host, port, now)) {
      this.#candidate = { host, port };
      this.#inRow = this.#claims;
      this.#numbers[this.#at] = now;
      return 'accepted';
    }
    if (this.#latched || this.#isSignalled(this.#candidate)) {
      this.strangers++;
      return 'stranger';
    }
    this.#candidate = { host, port };
    this.#numbers[this.#at] = now;
    this.#inRow = 0;
    this.#count(host, port);
    return 'accepted';
  }

  /** Whether this packet is the one by which the signalled address takes the latch. One that strayed is not enough. */
  #mustYield(host: string, port: number, now: number): boolean {
    if (!isSame(this.#signalled, host, port)) return false;
    const isContested = now < this.#contestedUntil;
    const isSilent = now - this.#numbers[this.#at]! >= SILENCE;
    return (isContested || isSilent) && ++this.#claims >= this.#probation;
  }

  #count(host: string, port: number): void {
    const isFormer = isSame(this.#former, host, port) && !isSame(this.#signalled, host, port);
    this.#latched = ++this.#inRow >= (isFormer ? FORMER_PROBATION : this.#probation);
  }

  #isSignalled(address: RemoteAddress | undefined): boolean {
    return address !== undefined && isSame(this.#signalled, address.host, address.port);
  }

  /**
   * The only source whose packets are accepted now: `receive` or `expect` alone change that, or a second of its silence.
   * Undefined while another may become it. What others send need not be looked at meanwhile.
   */
  settled(now: number): RemoteAddress | undefined {
    if (!this.#latched || now < this.#contestedUntil) return undefined;
    return now - this.#numbers[this.#at]! < SILENCE ? this.#candidate : undefined;
  }

  /** The source that was latched on to; undefined while none is. */
  get latched(): RemoteAddress | undefined {
    return this.#latched ? this.#candidate : undefined;
  }

  get signalled(): RemoteAddress | undefined {
    return this.#signalled;
  }

  /** Where to send: the latched source, else the signalled address; undefined while neither is known. */
  get destination(): RemoteAddress | undefined {
    return this.#latched ? this.#candidate : this.#signalled;
  }
}

function isSame(address: RemoteAddress | undefined, host: string, port: number): boolean {
  return address !== undefined && address.port === port && address.host === host;
}
