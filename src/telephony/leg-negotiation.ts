import { type LocalAudio, OfferAnswer } from '../sdp/offer-answer.ts';

/**
 * Offer and answer of a leg, dialog by dialog. Each branch of a forked INVITE answers our one offer for itself and may go
 * on from there, with UPDATE; what it agreed on says nothing about the branch that answers the call in the end (RFC 3261
 * section 13.2.2.4, RFC 3264 section 4).
 */
export class LegNegotiation {
  /** The offer of the INVITE. */
  readonly offer: string;
  readonly #options: { readonly local: LocalAudio; readonly sessionId: string };
  /** What wrote the offer, until the first dialog has it. */
  #offered: OfferAnswer | undefined;
  readonly #early = new Map<string, OfferAnswer>();
  #confirmed: OfferAnswer | undefined;

  /** @param options as for {@link OfferAnswer} */
  constructor(options: { readonly local: LocalAudio; readonly sessionId: string }) {
    this.#options = options;
    this.#offered = new OfferAnswer(options);
    this.offer = this.#offered.createOffer();
  }

  /** That of the dialog which was answered; undefined before the answer. */
  get confirmed(): OfferAnswer | undefined {
    return this.#confirmed;
  }

  /** That of one dialog; in a new one our offer is open. After the answer there is only one. */
  of(dialogId: string): OfferAnswer {
    if (this.#confirmed !== undefined) return this.#confirmed;
    const known = this.#early.get(dialogId);
    if (known !== undefined) return known;
    const negotiation = this.#offered ?? this.#offerAgain();
    this.#offered = undefined;
    this.#early.set(dialogId, negotiation);
    return negotiation;
  }

  /** The same offer: what it says depends on the options alone. */
  #offerAgain(): OfferAnswer {
    const negotiation = new OfferAnswer(this.#options);
    negotiation.createOffer();
    return negotiation;
  }

  /** The call was answered in this dialog. */
  confirm(dialogId: string): OfferAnswer {
    this.#confirmed = this.of(dialogId);
    this.#early.clear();
    return this.#confirmed;
  }
}
