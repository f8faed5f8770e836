import { Dialog } from '../dialog.ts';
import { DigestClient } from '../digest.ts';
import type { Flow } from '../flow.ts';
import { SipRequest, type SipResponse } from '../message/message.ts';
import type { ClientTransaction } from '../transaction/transaction-layer.ts';
import type { AgentCore, ResponseListener } from './agent-core.ts';
import { ClientRequest } from './client-request.ts';
import type { Credentials, ReleaseReason, SessionTrace } from './options.ts';
import { reasonHeaders } from './reason-headers.ts';

/**
 * Added to the CSeq number that a dialog began with: more requests than the lost process can have sent in it. Gaps are no
 * error (RFC 3261 12.2.2), a number that was used before is.
 */
const sequenceGap = 1_000_000;

export interface LostSessionOptions {
  readonly trace: SessionTrace;
  readonly credentials?: Credentials | undefined;
  readonly reason?: ReleaseReason | undefined;
  /** Called once, when the far end is known to be rid of the session, or does not answer. */
  readonly onOver: () => void;
}

/** Ends what a process of ours began that is gone: CANCEL for an INVITE, or ACK and BYE for its answer; BYE for a dialog. */
export class LostSession implements ResponseListener {
  readonly #core: AgentCore;
  readonly #options: LostSessionOptions;
  readonly #credentials: DigestClient;
  /** Who has answered the INVITE, by To tag. */
  readonly #answered = new Map<string, Dialog>();

  constructor(core: AgentCore, options: LostSessionOptions) {
    this.#core = core;
    this.#options = options;
    this.#credentials = new DigestClient({ credentials: options.credentials, random: core.random });
  }

  end(now: number): void {
    const { request, to } = this.#options.trace;
    if (request.method === 'INVITE') this.#core.cancelLost(request, to, this.#reasons, this, now);
    else this.#byeAfter(request, to, now);
  }

  /** What the INVITE came to. */
  onResponse(transaction: ClientTransaction, response: SipResponse, now: number): void {
    if (response.status >= 300) return this.#options.onOver();
    if (response.status < 200) return;
    const { request, flow } = transaction;
    const tag = response.to.tag ?? '';
    if (this.#answered.size === 0) {
      // 13.2.2.4: 64*T1 after the first 2xx no other is expected.
      this.#core.after(this.#core.settings.timers.M, now, () => this.#core.forget(transaction));
    }
    const known = this.#answered.get(tag);
    const dialog = known ?? Dialog.ofClient(request, response, flow);
    // 13.2.2.4: every 2xx is acknowledged, and a session that nobody wants is ended with BYE.
    this.#core.sendAck(dialog.ack(request.cseq.sequence), dialog.nextHop, now);
    if (known !== undefined) return;
    this.#answered.set(tag, dialog);
    this.#bye(() => withReasons(dialog.request('BYE'), this.#reasons), dialog.nextHop, now);
  }

  /** Nobody knows the INVITE any more, or nobody is there. */
  onFailure(): void {
    this.#options.onOver();
  }

  get #reasons(): [string, string][] {
    return reasonHeaders(this.#options.reason ?? {});
  }

  /** In the dialog in which `ack` was sent. */
  #byeAfter(ack: SipRequest, to: Flow, now: number): void {
    let sequence = ack.cseq.sequence + sequenceGap;
    const compose = (): SipRequest => {
      const bye = new SipRequest('BYE', ack.uri);
      const { headers } = bye;
      for (const route of ack.headers.getAll('Route')) headers.append('Route', route);
      headers.append('Max-Forwards', '70');
      for (const name of ['From', 'To', 'Call-ID']) headers.append(name, ack.headers.get(name) ?? '');
      headers.append('CSeq', `${sequence++} BYE`);
      return withReasons(bye, this.#reasons);
    };
    this.#bye(compose, to, now);
  }

  #bye(compose: () => SipRequest, to: Flow, now: number): void {
    const { onOver } = this.#options;
    // 15.1.1: whatever the BYE meets, the session is over.
    const request = new ClientRequest(this.#core, this.#credentials, {
      compose: () => ({ request: compose(), to }),
      onSuccess: onOver,
      onFailure: onOver,
    });
    request.send(now);
  }
}

function withReasons(request: SipRequest, reasons: readonly [string, string][]): SipRequest {
  for (const [name, value] of reasons) request.headers.append(name, value);
  return request;
}
