import type { Flow, Transport } from '../flow.ts';
import { formatHostPort } from '../message/host-port.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { SipUri, type Uri } from '../message/uri.ts';
import { type RandomSource, randomToken } from '../random.ts';
import { defaultTimers, type Timers } from '../timers.ts';
import { InviteClientTransaction } from '../transaction/invite-client-transaction.ts';
import type { InviteServerTransaction } from '../transaction/invite-server-transaction.ts';
import {
  type ClientTransaction,
  type ServerTransaction,
  TransactionLayer,
} from '../transaction/transaction-layer.ts';
import type { SessionTimerOptions, UserAgentOptions } from './options.ts';
import { type Timer, TimerQueue } from './timer-queue.ts';

/** Who made a request and hears what becomes of it. */
export interface ResponseListener {
  onResponse(transaction: ClientTransaction, response: SipResponse, now: number): void;
  /** No final response, or the request could not be sent. */
  onFailure(why: 'timeout' | 'transport', now: number): void;
}

/** Who gets the requests that belong to a dialog. */
export interface DialogListener {
  onRequest(transaction: ServerTransaction, request: SipRequest, now: number): void;
  /** An ACK to a 2xx. */
  onAck(ack: SipRequest, now: number): void;
}

export type CancelListener = (cancel: SipRequest, now: number) => void;

/** Options with their defaults. */
export interface AgentSettings {
  readonly product: string;
  readonly redirects: 'follow' | 'refuse';
  readonly maxRedirects: number;
  readonly sessionTimer: SessionTimerOptions;
  readonly timers: Timers;
}

const defaultSessionTimer: SessionTimerOptions = { expires: 1800, minimum: 90 };

/**
 * What sessions stand on: the transaction layer, one queue of timers, and the tables that find who a message is
 * for. Every entry ends in one of them, so that an idle agent's tables are empty.
 */
export class AgentCore {
  readonly settings: AgentSettings;
  readonly random: RandomSource;
  readonly layer: TransactionLayer;
  readonly timers = new TimerQueue();
  readonly #address: UserAgentOptions['address'];
  readonly #requests = new Map<ClientTransaction, ResponseListener>();
  readonly #dialogs = new Map<string, DialogListener>();
  readonly #cancellable = new Map<ServerTransaction, CancelListener>();

  constructor(options: UserAgentOptions) {
    const timers = options.timers ?? defaultTimers;
    this.settings = {
      product: options.product,
      redirects: options.redirects,
      maxRedirects: options.maxRedirects ?? 5,
      sessionTimer: options.sessionTimer ?? defaultSessionTimer,
      timers,
    };
    this.random = options.random;
    this.#address = (transport) => options.address(transport);
    this.layer = new TransactionLayer({
      timers,
      random: options.random,
      sentBy: (transport) => {
        const { host, port } = this.#address(transport);
        return formatHostPort(host, port);
      },
    });
  }

  /** Dialogs, requests under way and server INVITEs that can still be cancelled. */
  get size(): { dialogs: number; requests: number; invitations: number; timers: number } {
    return {
      dialogs: this.#dialogs.size,
      requests: this.#requests.size,
      invitations: this.#cancellable.size,
      timers: this.timers.size,
    };
  }

  /** Runs `action` once, `delay` ms from now. */
  after(delay: number, now: number, action: (now: number) => void): Timer {
    return this.timers.start(now + delay, action);
  }

  /** Runs `action` once, at `time` (ms; Infinity: never). */
  at(time: number, action: (now: number) => void): Timer {
    return this.timers.start(time, action);
  }

  /** A tag or Call-ID nobody can guess: 128 bits of randomness (RFC 3261 19.3 asks for 32 at least). */
  newToken(): string {
    return randomToken(this.random, 16);
  }

  /** A whole number, 0 <= n < `below` <= 2^32. */
  integer(below: number): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.random.bytes(4);
    return Math.floor(((a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) / 2 ** 32) * below);
  }

  /**
   * Our Contact (RFC 3261 8.1.1.8): where requests of the peer reach us, over the transport in use.
   *
   * @param party whose user part it bears
   */
  contact(transport: Transport, party: Uri): string {
    const { host, port } = this.#address(transport);
    const user = party.kind === 'sip' ? party.user : undefined;
    // RFC 3263 4.1: UDP is what a SIP URI means without saying so.
    const parameters = transport === 'UDP' ? undefined : new Map([['transport', transport.toLowerCase()]]);
    return `<${new SipUri({ user, host, port, ...(parameters === undefined ? {} : { parameters }) }).toString()}>`;
  }

  /** Makes a request ready to be sent: it leaves with `start`. */
  prepare(request: SipRequest, to: Flow, now: number): ClientTransaction {
    request.headers.set('User-Agent', this.settings.product);
    return this.layer.prepare(request, to, now);
  }

  start(transaction: ClientTransaction, listener: ResponseListener, now: number): void {
    this.#requests.set(transaction, listener);
    this.layer.start(transaction, now);
  }

  /** See {@link TransactionLayer.cancelLost}. */
  cancelLost(
    invite: SipRequest,
    to: Flow,
    headers: readonly (readonly [string, string])[],
    listener: ResponseListener,
    now: number,
  ): void {
    this.#requests.set(this.layer.cancelLost(invite, to, now, headers), listener);
  }

  sendAck(ack: SipRequest, to: Flow, now: number): void {
    this.layer.sendAck(ack, to, now);
  }

  cancel(transaction: ClientTransaction, headers: readonly (readonly [string, string])[], now: number): void {
    if (transaction instanceof InviteClientTransaction) this.layer.cancel(transaction, now, headers);
  }

  /** Nobody waits for responses in this transaction any more. */
  forget(transaction: ClientTransaction): void {
    this.#requests.delete(transaction);
  }

  respond(transaction: ServerTransaction, response: SipResponse, now: number): void {
    if (response.status >= 200) this.#cancellable.delete(transaction);
    response.headers.set('Server', this.settings.product);
    this.layer.respond(transaction, response, now);
  }

  /** Until its final response, a CANCEL of this INVITE is told to `listener`, who answers with 487. */
  onCancel(transaction: InviteServerTransaction, listener: CancelListener): void {
    this.#cancellable.set(transaction, listener);
  }

  addDialog(id: string, listener: DialogListener): void {
    this.#dialogs.set(id, listener);
  }

  removeDialog(id: string): void {
    this.#dialogs.delete(id);
  }

  dialog(id: string): DialogListener | undefined {
    return this.#dialogs.get(id);
  }

  responseArrived(transaction: ClientTransaction, response: SipResponse, now: number): void {
    const listener = this.#requests.get(transaction);
    if (listener === undefined) return;
    // A 2xx to INVITE may be followed by others from a fork: whoever gets it forgets the transaction in time.
    const isLast =
      response.status >= 300 || (response.status >= 200 && transaction.request.method !== 'INVITE');
    if (isLast) this.#requests.delete(transaction);
    listener.onResponse(transaction, response, now);
  }

  transactionFailed(transaction: ClientTransaction, why: 'timeout' | 'transport', now: number): void {
    const listener = this.#requests.get(transaction);
    this.#requests.delete(transaction);
    listener?.onFailure(why, now);
  }

  cancelled(transaction: InviteServerTransaction, cancel: SipRequest, now: number): void {
    this.#cancellable.get(transaction)?.(cancel, now);
  }
}
