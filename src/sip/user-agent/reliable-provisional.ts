import type { SipRequest, SipResponse } from '../message/message.ts';
import { formatRAck, optionTags, readRAck, readRSeq } from '../message/header-values.ts';
import type { InviteServerTransaction } from '../transaction/invite-server-transaction.ts';
import type { AgentCore } from './agent-core.ts';
import type { Timer } from './timer-queue.ts';

/** Whether a response asks to be acknowledged with PRACK (RFC 3262 4). */
export function isReliable(response: SipResponse): boolean {
  return optionTags(response.headers, 'Require').has('100rel') && response.headers.has('RSeq');
}

/** How the sender of an INVITE wants its provisional responses (RFC 3262 3). */
export function reliabilityOf(invite: SipRequest): 'required' | 'supported' | 'unknown' {
  if (optionTags(invite.headers, 'Require').has('100rel')) return 'required';
  return optionTags(invite.headers, 'Supported').has('100rel') ? 'supported' : 'unknown';
}

/** The receiving side, in one early dialog: which reliable provisional responses are to be acknowledged. */
export class ReliableReceiver {
  #last: number | undefined;

  /**
   * RFC 3262 4: the first may bear any number; then one after the other. What comes again is acknowledged by the
   * repetitions of its PRACK, what comes too early is sent again by the server.
   *
   * @returns the RAck of the PRACK to send, or undefined when the response is to be dropped
   */
  accept(response: SipResponse): string | undefined {
    const sequence = readRSeq(response.headers);
    if (sequence === undefined) return undefined;
    if (this.#last !== undefined && sequence !== this.#last + 1) return undefined;
    this.#last = sequence;
    const { cseq } = response;
    return formatRAck({ rseq: sequence, sequence: cseq.sequence, method: cseq.method });
  }
}

interface Outstanding {
  readonly response: SipResponse;
  readonly sequence: number;
  readonly end: Timer;
  repeat: Timer;
}

/** The sending side, for one INVITE: one reliable provisional response at a time waits for its PRACK (RFC 3262 3). */
export class ReliableSender {
  readonly #core: AgentCore;
  readonly #transaction: InviteServerTransaction;
  readonly #onTimeout: (now: number) => void;
  #next: number;
  #outstanding: Outstanding | undefined;
  readonly #waiting: SipResponse[] = [];

  /** @param onTimeout no PRACK within 64*T1: the INVITE is to be refused */
  constructor(core: AgentCore, transaction: InviteServerTransaction, onTimeout: (now: number) => void) {
    this.#core = core;
    this.#transaction = transaction;
    this.#onTimeout = onTimeout;
    // 3: the first number is chosen at random between 1 and 2^31 - 1; half of that leaves room to count.
    this.#next = 1 + core.integer(2 ** 30);
  }

  /** One with a description is not acknowledged yet: the 2xx has to wait (3). */
  get holdsBackAnswer(): boolean {
    const open = this.#outstanding === undefined ? [] : [this.#outstanding.response];
    return [...open, ...this.#waiting].some((response) => response.body.length > 0);
  }

  send(response: SipResponse, now: number): void {
    if (this.#outstanding === undefined) this.#transmit(response, now);
    else this.#waiting.push(response);
  }

  /** @returns whether the PRACK acknowledges what is outstanding */
  acknowledge(prack: SipRequest): boolean {
    const rack = readRAck(prack.headers);
    const open = this.#outstanding;
    const { cseq } = this.#transaction.request;
    if (open === undefined || rack?.rseq !== open.sequence || rack.sequence !== cseq.sequence) return false;
    if (rack.method !== 'INVITE') return false;
    this.#stopTimers();
    this.#outstanding = undefined;
    return true;
  }

  /** Sends what waited for the PRACK. */
  sendNext(now: number): void {
    const next = this.#outstanding === undefined ? this.#waiting.shift() : undefined;
    if (next !== undefined) this.#transmit(next, now);
  }

  /** The INVITE got its final response: nothing is repeated any more, yet a PRACK may still come (3). */
  stop(): void {
    this.#stopTimers();
    this.#waiting.length = 0;
  }

  #stopTimers(): void {
    this.#outstanding?.repeat.stop();
    this.#outstanding?.end.stop();
  }

  #transmit(response: SipResponse, now: number): void {
    const { T1, H } = this.#core.settings.timers;
    const sequence = this.#next;
    this.#next += 1;
    response.headers.append('Require', '100rel');
    response.headers.set('RSeq', String(sequence));
    this.#outstanding = {
      response,
      sequence,
      repeat: this.#core.after(T1, now, (at) => this.#repeat(2 * T1, at)),
      end: this.#core.after(H, now, (at) => {
        this.stop();
        this.#onTimeout(at);
      }),
    };
    this.#core.respond(this.#transaction, response, now);
  }

  /** 3: after T1, doubled without an upper bound. */
  #repeat(interval: number, now: number): void {
    if (this.#outstanding === undefined) return;
    this.#outstanding.repeat = this.#core.after(interval, now, (at) => this.#repeat(2 * interval, at));
    this.#core.respond(this.#transaction, this.#outstanding.response, now);
  }
}
