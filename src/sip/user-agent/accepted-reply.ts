import type { SipResponse } from '../message/message.ts';
import type { InviteServerTransaction } from '../transaction/invite-server-transaction.ts';
import type { AgentCore } from './agent-core.ts';
import type { Timer } from './timer-queue.ts';

/**
 * A 2xx to INVITE that waits for its ACK: the user agent repeats it, on reliable transports too, after T1, doubled
 * up to T2, for 64*T1 (RFC 3261 13.3.1.4).
 */
export class AcceptedReply {
  readonly #core: AgentCore;
  readonly #transaction: InviteServerTransaction;
  readonly #response: SipResponse;
  readonly #end: Timer;
  #repeat: Timer;
  #interval: number;

  /** Sends the response. @param onTimeout no ACK came: the session is to be ended with BYE */
  constructor(
    core: AgentCore,
    transaction: InviteServerTransaction,
    response: SipResponse,
    onTimeout: (now: number) => void,
    now: number,
  ) {
    this.#core = core;
    this.#transaction = transaction;
    this.#response = response;
    const { T1, H } = core.settings.timers;
    this.#interval = T1;
    this.#end = core.after(H, now, (at) => {
      this.stop();
      onTimeout(at);
    });
    this.#repeat = core.after(T1, now, (at) => this.#sendAgain(at));
    core.respond(transaction, response, now);
  }

  /** The CSeq number that the ACK bears. */
  get sequence(): number {
    return this.#transaction.request.cseq.sequence;
  }

  /** The ACK is here, or nobody waits for it any more. */
  stop(): void {
    this.#repeat.stop();
    this.#end.stop();
  }

  #sendAgain(now: number): void {
    this.#interval = Math.min(2 * this.#interval, this.#core.settings.timers.T2);
    this.#repeat = this.#core.after(this.#interval, now, (at) => this.#sendAgain(at));
    this.#core.respond(this.#transaction, this.#response, now);
  }
}
