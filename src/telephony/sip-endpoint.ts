import type { Logger } from '../call/ports.ts';
import type { Flow } from '../sip/flow.ts';
import type { SipMessage } from '../sip/message/message.ts';
import type { IncomingSession } from '../sip/user-agent/incoming-session.ts';
import type { InviteSession, SessionListener } from '../sip/user-agent/invite-session.ts';
import type { LostSessionOptions } from '../sip/user-agent/lost-session.ts';
import type { InviteOrder, UserAgentOptions } from '../sip/user-agent/options.ts';
import type { OutgoingSession } from '../sip/user-agent/outgoing-session.ts';
import type { SessionEvent } from '../sip/user-agent/session-event.ts';
import type { PeerWatch, PeerWatchOptions } from '../sip/user-agent/peer-watch.ts';
import type { Registration, RegistrationOptions } from '../sip/user-agent/registration.ts';
import { UserAgent, type UserAgentOutput } from '../sip/user-agent/user-agent.ts';
import { RandomPool } from './random-pool.ts';
import type { AddressResolver } from './dns-cache.ts';
import { SipSockets } from './sip-sockets.ts';
import { StrangerGate, type StrangerLimits } from './stranger-gate.ts';
import type { TcpLimits } from './tcp-connection.ts';

/** A message as it went in or out. */
export interface SipTraceEntry {
  /** ms on the endpoint's clock. */
  readonly at: number;
  readonly direction: 'in' | 'out';
  readonly flow: Flow;
  readonly message: SipMessage;
  /** The octets it went in; those of one that came on a stream are written anew. */
  readonly bytes: Uint8Array;
}

export interface SipEndpointOptions {
  /** An IP address of this machine, for UDP and TCP alike; port 0 takes one that is free for both. */
  readonly listen: { readonly host: string; readonly port: number };
  /** The host that Via and Contact tell the far end; the listening one unless set. Needed with a wildcard. */
  readonly publicAddress?: string | undefined;
  readonly userAgent: Omit<UserAgentOptions, 'address' | 'random'> &
    Partial<Pick<UserAgentOptions, 'random'>>;
  readonly tcpLimits?: TcpLimits | undefined;
  /** PEM certificates of those who vouch for TLS peers; the usual ones unless given. */
  readonly authorities?: readonly string[] | undefined;
  /** What those may send whom we have not called; for an endpoint that strangers are not meant to call. */
  readonly strangers?: StrangerLimits | undefined;
  /** ms, monotonic, from any origin. */
  readonly clock?: (() => number) | undefined;
  /** Resolves names of hosts; the system's resolver unless a test brings its own. */
  readonly resolve?: AddressResolver | undefined;
  readonly trace?: ((entry: SipTraceEntry) => void) | undefined;
  /** Somebody calls (only with `inbound: 'accept'`); returns who hears what happens to the session. */
  readonly onIncoming?: ((session: IncomingSession) => SessionListener) | undefined;
  /** Hears of errors of sockets and of listeners that throw; without it they are uncaught exceptions. */
  readonly log?: Pick<Logger, 'error'> | undefined;
}

/** Longest delay of a Node timer; a longer one would fire at once. */
const longestDelay = 2 ** 31 - 1;

/**
 * A SIP user agent on real sockets: UDP and TCP on one address, one timer. Whatever is done to a session is done
 * within `act`, so that what it sends leaves at once.
 */
export class SipEndpoint {
  /** Where it listens. */
  readonly address: { readonly host: string; readonly port: number };
  /** Where the far end is told to find it. */
  readonly publicAddress: { readonly host: string; readonly port: number };
  readonly #options: SipEndpointOptions;
  readonly #clock: () => number;
  readonly #sockets: SipSockets;
  readonly #gate: StrangerGate | undefined;
  readonly #userAgent: UserAgent;
  readonly #listeners = new Map<InviteSession, SessionListener>();
  #timer: NodeJS.Timeout | undefined;
  /** When `#timer` fires, on the endpoint's clock. */
  #wakesAt = Infinity;
  #isFlushing = false;
  #isClosed = false;
  /** Set while it closes: called when nothing waits for a response any more. */
  #whenAnswered: (() => void) | undefined;

  private constructor(
    options: SipEndpointOptions,
    clock: () => number,
    sockets: SipSockets,
    gate: StrangerGate | undefined,
  ) {
    const { listen, publicAddress = listen.host, userAgent } = options;
    this.#options = options;
    this.#clock = clock;
    this.#sockets = sockets;
    this.#gate = gate;
    this.address = { host: listen.host, port: sockets.port };
    this.publicAddress = { host: publicAddress, port: sockets.port };
    this.#userAgent = new UserAgent({
      random: new RandomPool(),
      ...userAgent,
      address: () => this.publicAddress,
    });
  }

  /**
   * Binds UDP and TCP and starts to listen.
   *
   * @throws RangeError when the far end could not be told an address; the system's error when the address cannot be
   * bound, e.g. EADDRINUSE
   */
  static async start(options: SipEndpointOptions): Promise<SipEndpoint> {
    const { listen, publicAddress, tcpLimits, authorities, resolve } = options;
    const { clock = () => performance.now() } = options;
    if (publicAddress === undefined && (listen.host === '0.0.0.0' || listen.host === '::')) {
      throw new RangeError(`listening on ${listen.host} needs a public address for Via and Contact`);
    }
    const gate = options.strangers && new StrangerGate(options.strangers, clock);
    let endpoint: SipEndpoint | undefined;
    // What comes between binding and the next line has nobody to go to and is as good as lost on the way.
    const deliver = (receive: (endpoint: SipEndpoint) => void) => {
      if (endpoint !== undefined) receive(endpoint);
    };
    const sockets = await SipSockets.open(
      { ...listen, clock, tcpLimits, authorities, resolve, gate },
      {
        onMessage: (message, flow, bytes) => deliver((to) => to.#receive(message, flow, bytes)),
        onUnreadable: (error, flow) =>
          deliver((to) => to.#run((now) => to.#userAgent.refuse(error, flow, now))),
        onFailure: (flow) => deliver((to) => to.#run((now) => to.#userAgent.transportFailed(flow, now))),
        onError: (error) => deliver((to) => to.#report(error, 'a SIP socket reports an error')),
      },
    );
    endpoint = new SipEndpoint(options, clock, sockets, gate);
    return endpoint;
  }

  /** How often what came in led nowhere, by reason. */
  get counters(): Readonly<Record<string, number>> {
    return { ...this.#userAgent.counters, ...this.#gate?.counters };
  }

  /** Messages that timers had sent once more, since the start. */
  get repeated(): number {
    return this.#userAgent.repeated;
  }

  /** What is kept at the moment; see {@link UserAgent.load}. */
  get load(): UserAgent['load'] {
    return this.#userAgent.load;
  }

  /**
   * The same flow to each address that its host has, best first: what an INVITE is to be sent to, so that all that
   * belongs to it (CANCEL, ACK; RFC 3261 9.1, 17.1.1.3) goes to the same place even if the name leads elsewhere by then.
   *
   * @throws {HostUnresolvedError}
   */
  resolve(flow: Flow): Promise<readonly [Flow, ...Flow[]]> {
    return this.#sockets.resolve(flow);
  }

  /**
   * Dials. The listener hears nothing before this returns.
   *
   * @throws SipParseError when an address of the order is malformed, RangeError when a header field of it is
   */
  invite(order: InviteOrder, listener: SessionListener): OutgoingSession {
    const session = this.#userAgent.invite(order, this.#clock());
    this.#listeners.set(session, listener);
    queueMicrotask(() => this.#flush());
    return session;
  }

  /** Ends what a process of ours began from this address and left behind. */
  release(options: LostSessionOptions): void {
    this.act((now) => this.#userAgent.release(options, now));
  }

  /** See {@link UserAgent.watch}. */
  watch(options: PeerWatchOptions): PeerWatch {
    return this.act((now) => this.#userAgent.watch(options, now));
  }

  /** See {@link UserAgent.register}. What is done to it is done within `act`. */
  register(options: RegistrationOptions): Registration {
    return this.act((now) => this.#userAgent.register(options, now));
  }

  /**
   * Does something to sessions, such as `endpoint.act((now) => session.hangUp(now))`, and sends what comes of it.
   * From within a listener, what comes of it follows after the event in hand.
   */
  act<T>(action: (now: number) => T): T {
    try {
      return action(this.#clock());
    } finally {
      this.#flush();
    }
  }

  /**
   * Stops. Sessions are not hung up, their listeners hear nothing more.
   *
   * @param options.linger ms to wait for the responses to what was sent before, at most: a BYE whose first copy was
   * lost is repeated meanwhile (RFC 3261 17.1.2.2). Default 0
   */
  async close({ linger = 0 }: { readonly linger?: number } = {}): Promise<void> {
    this.#listeners.clear();
    this.#flush();
    if (linger > 0 && this.#userAgent.unanswered > 0) await this.#lastResponse(linger);
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#sockets.close();
  }

  /** Resolves when every request has its final response, or after `patience` ms. */
  async #lastResponse(patience: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, patience);
    this.#whenAnswered = resolve;
    await promise;
    clearTimeout(timer);
  }

  #receive(message: SipMessage, flow: Flow, bytes: Uint8Array): void {
    this.#run((now) => {
      this.#trace({ at: now, direction: 'in', flow, message, bytes });
      // A far end may send from elsewhere than its Contact says; who knows the tags of a dialog is a party of it.
      if (message.kind === 'request' && this.#userAgent.isWithinDialog(message)) this.#gate?.know(flow.host);
      this.#userAgent.receive(message, flow, now);
    });
  }

  /** Like `act`, for what no caller waits for: a fault that one message trips must not end everybody's calls. */
  #run(action: (now: number) => void): void {
    try {
      this.act(action);
    } catch (error) {
      this.#report(error, 'SIP input could not be dealt with');
    }
  }

  /** Does what the user agent wants done, until it wants nothing more, and sets the timer. */
  #flush(): void {
    // Listeners act, and sending may fail at once: both come back here and leave the rest to the loop that runs.
    if (this.#isFlushing || this.#isClosed) return;
    this.#isFlushing = true;
    try {
      for (let next = this.#userAgent.poll(); next !== undefined; next = this.#userAgent.poll())
        this.#perform(next);
    } finally {
      this.#isFlushing = false;
    }
    if (this.#whenAnswered !== undefined && this.#userAgent.unanswered === 0) this.#whenAnswered();
    this.#setTimer();
  }

  #perform(output: UserAgentOutput): void {
    switch (output.kind) {
      case 'send':
        this.#send(output.message, output.to);
        break;
      case 'event':
        this.#tell(output.session, output.event);
        break;
      case 'incoming':
        this.#admit(output.session);
        break;
    }
  }

  /** Who looks on may stumble over what strangers write; the message goes its way. */
  #trace(entry: SipTraceEntry): void {
    try {
      this.#options.trace?.(entry);
    } catch (error) {
      this.#report(error, 'a SIP message could not be traced');
    }
  }

  #send(message: SipMessage, to: Flow): void {
    const bytes = this.#sockets.send(message, to);
    this.#trace({ at: this.#clock(), direction: 'out', flow: to, message, bytes });
  }

  #tell(session: InviteSession, event: SessionEvent): void {
    const listener = this.#listeners.get(session);
    if (event.kind === 'failed' || event.kind === 'ended') this.#listeners.delete(session);
    try {
      listener?.(event);
    } catch (error) {
      this.#report(error, 'a listener of a SIP session failed');
    }
  }

  #admit(session: IncomingSession): void {
    const { onIncoming } = this.#options;
    try {
      if (onIncoming === undefined) session.reject(480, this.#clock());
      else this.#listeners.set(session, onIncoming(session));
    } catch (error) {
      this.#report(error, 'an incoming SIP session could not be taken');
      session.reject(500, this.#clock());
    }
  }

  /** Wakes early rather than setting the timer anew whenever the deadline moves away. */
  #setTimer(): void {
    const { deadline } = this.#userAgent;
    if (deadline >= this.#wakesAt) return;
    clearTimeout(this.#timer);
    this.#wakesAt = deadline;
    const delay = Math.max(0, Math.ceil(deadline - this.#clock()));
    this.#timer = setTimeout(() => this.#wake(), Math.min(delay, longestDelay));
  }

  #wake(): void {
    this.#wakesAt = Infinity;
    this.#run((now) => this.#userAgent.wake(now));
  }

  /** One call's failure must not become another's; nor is it swallowed. */
  #report(error: unknown, message: string): void {
    const { log } = this.#options;
    if (log !== undefined) log.error({ err: error }, message);
    else
      queueMicrotask(() => {
        throw error;
      });
  }
}
