/**
 * Symmetric RTP (RFC 4961) against the addresses of SDP: a peer behind a NAT sends from another address than it
 * signalled, and expects its media there. The first source that proves itself is latched on to and stays: later packets
 * from elsewhere are a stranger's, however well they are made (RFC 7362 tells what a latch that moves is good for).
 */

/** What becomes of a packet: part of the stream, or dropped. */
export type LatchVerdict = 'accepted' | 'stranger';

/** Packets in a row from one source that set the latch. */
const DEFAULT_PROBATION = 3;

/**
 * Packets in a row with which the source of before a new signalled address is believed again. Packets of the old source
 * are still under way when the far end moves; a second of nothing else says that it did not move at all.
 */
const FORMER_PROBATION = 50;

export interface RemoteAddress {
  readonly host: string;
  readonly port: number;
}

export class SourceLatch {
  /** Packets dropped because another source holds the latch, or is preferred. */
  strangers = 0;
  readonly #probation: number;
  #signalled: RemoteAddress | undefined = undefined;
  #former: RemoteAddress | undefined = undefined;
  #candidate: RemoteAddress | undefined = undefined;
  #inRow = 0;
  #latched = false;

  /** @param probation packets in a row from one source that set the latch; at least 1 */
  constructor(probation: number = DEFAULT_PROBATION) {
    this.#probation = probation;
  }

  /**
   * The address the far end signalled. An address that differs from the last one re-arms the latch: the far end moved.
   * The same address again (a session refresh, a hold) moves nothing.
   */
  expect(signalled: RemoteAddress): void {
    if (isSame(this.#signalled, signalled.host, signalled.port)) return;
    this.#signalled = { host: signalled.host, port: signalled.port };
    this.#former = this.latched;
    this.#candidate = undefined;
    this.#inRow = 0;
    this.#latched = false;
  }

  /** To be called for valid packets only. */
  receive(host: string, port: number): LatchVerdict {
    if (isSame(this.#candidate, host, port)) {
      if (!this.#latched) this.#count(host, port);
      return 'accepted';
    }
    if (this.#latched || this.#isSignalled(this.#candidate)) {
      this.strangers++;
      return 'stranger';
    }
    this.#candidate = { host, port };
    this.#inRow = 0;
    this.#count(host, port);
    return 'accepted';
  }

  #count(host: string, port: number): void {
    const isFormer = isSame(this.#former, host, port) && !isSame(this.#signalled, host, port);
    this.#latched = ++this.#inRow >= (isFormer ? FORMER_PROBATION : this.#probation);
  }

  #isSignalled(address: RemoteAddress | undefined): boolean {
    return address !== undefined && isSame(this.#signalled, address.host, address.port);
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
