import type { Flow } from '../flow.ts';
import type { SipRequest } from '../message/message.ts';
import type { AgentCore } from './agent-core.ts';

/**
 * The ACKs of one INVITE's 2xx responses, by To tag. They live as long as the client request that holds them,
 * 64*T1 from the first 2xx, and go out again for every 2xx that is repeated (RFC 3261 13.2.2.4).
 */
export class Acknowledgements {
  readonly #core: AgentCore;
  readonly #sent = new Map<string, { readonly ack: SipRequest; readonly to: Flow }>();

  constructor(core: AgentCore) {
    this.#core = core;
  }

  /** Repeats the ACK for this tag; false when none was sent yet. */
  repeat(tag: string, now: number): boolean {
    const sent = this.#sent.get(tag);
    if (sent === undefined) return false;
    this.#core.sendAck(sent.ack, sent.to, now);
    return true;
  }

  /** Sends the first ACK for this tag, with the credentials of its INVITE (22.1). */
  send(tag: string, ack: SipRequest, invite: SipRequest, to: Flow, now: number): void {
    for (const name of ['Authorization', 'Proxy-Authorization']) {
      for (const value of invite.headers.getAll(name)) ack.headers.append(name, value);
    }
    this.#sent.set(tag, { ack, to });
    this.#core.sendAck(ack, to, now);
  }
}
