export type NegotiationState =
  /** Nobody has an offer open. */
  | 'stable'
  /** Ours is open. */
  | 'offering'
  /** The peer's is open. */
  | 'answering';

/**
 * Offer and answer of one dialog at the level of who may offer (RFC 3264 4, RFC 6337 2): the descriptions
 * themselves are text that others read.
 */
export class Negotiation {
  #state: NegotiationState = 'stable';
  #local: string | undefined;
  #remote: string | undefined;
  /** What `local` goes back to, or `remote` becomes, once the open offer is refused or answered. */
  #pending: string | undefined;
  #round = 0;

  get state(): NegotiationState {
    return this.#state;
  }

  /** Our description in force, or the one on offer. */
  get local(): string | undefined {
    return this.#local;
  }

  /** The peer's description in force. */
  get remote(): string | undefined {
    return this.#remote;
  }

  /** Counts completed rounds: an offer made out before the last of them is out of date. */
  get round(): number {
    return this.#round;
  }

  sendOffer(sdp: string): void {
    this.#state = 'offering';
    this.#pending = this.#local;
    this.#local = sdp;
  }

  receiveAnswer(sdp: string): void {
    this.#remote = sdp;
    this.#settle();
  }

  receiveOffer(sdp: string): void {
    this.#state = 'answering';
    this.#pending = sdp;
  }

  sendAnswer(sdp: string): void {
    this.#local = sdp;
    this.#remote = this.#pending;
    this.#settle();
  }

  /** The open offer was refused or taken back: what was agreed before holds (RFC 3261 14.1, RFC 6141). */
  rollBack(): void {
    if (this.#state === 'offering') this.#local = this.#pending;
    this.#pending = undefined;
    this.#state = 'stable';
  }

  #settle(): void {
    this.#pending = undefined;
    this.#state = 'stable';
    this.#round += 1;
  }
}
