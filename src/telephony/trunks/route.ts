import type { AttemptResult, DialRequest } from '../../call/ports.ts';
import type { InviteOrder } from '../../sip/user-agent/options.ts';
import { HostUnresolvedError } from '../sip-sockets.ts';
import { inviteOrder, type Trunk } from '../trunk.ts';
import { type Consequence, consequenceOf, type InviteFailure } from './fail-over.ts';
import type { AwaitedTurn, Turn } from './invite-pace.ts';
import { type Gateway, gatewayName, type TrunkLine } from './trunk-line.ts';
import type { LegPlace } from './trunk-places.ts';

/** One INVITE of a leg: by which trunk, and to which gateway. */
export interface Attempt {
  readonly trunk: string;
  /** `udp:203.0.113.7:5060` */
  readonly gateway: string;
  /** Silence until the next one is tried, ms. */
  readonly patience: number;
  order(offer: string): InviteOrder;
  /** The INVITE leaves now. */
  sent(): void;
  answered(): void;
  /** The attempt is over; nobody answered. `retryAfter`: seconds. */
  failed(failure: InviteFailure, retryAfter?: number): Consequence;
  /** Nothing of it is left: gives its place on the trunk back. Safe to repeat. */
  over(): void;
}

/** No INVITE could be sent at all. */
export class NoTrunkError extends Error {
  override readonly name = 'NoTrunkError';
  /** As in `LegEnd`. */
  readonly local: 'no-route' | 'trunk-busy' | 'transport';

  constructor(local: NoTrunkError['local'], message: string) {
    super(message);
    this.local = local;
  }
}

export interface RouteOptions {
  /** Best first. */
  readonly lines: readonly TrunkLine[];
  readonly request: DialRequest;
  /** What the far end knows us by. */
  readonly ourHost: string;
  /** What its call was promised. */
  readonly place: LegPlace;
  /** Finds the gateways of a trunk, best first. Rejects with HostUnresolvedError. */
  readonly locate: (line: TrunkLine) => Promise<readonly Gateway[]>;
  /** A trunk was passed over without an INVITE. */
  readonly passedOver: (trunk: string, why: AttemptResult) => void;
}

/** How long a leg waits for its turn where every trunk's second is full, ms. */
export const LONGEST_WAIT = 20_000;

/** Where a leg may leave, one gateway after the other. */
export class Route {
  readonly #options: RouteOptions;
  readonly #lines: TrunkLine[];
  /** Gateways of the trunk in use that were not tried. */
  #gateways: Gateway[] = [];
  #line: TrunkLine | undefined;
  #hasTried = false;
  /** Trunks that were put off because their second was full: others are tried first. */
  readonly #putOff = new Set<TrunkLine>();
  #patience = LONGEST_WAIT;
  #awaited: AwaitedTurn | undefined;
  #isStopped = false;
  /** Why trunks were passed over: when all of them were, it is why the leg failed. */
  readonly #why = new Set<AttemptResult>();
  #unresolved: HostUnresolvedError | undefined;

  constructor(options: RouteOptions) {
    this.#options = options;
    this.#lines = [...options.lines];
  }

  /** Whether there may be another gateway to try. */
  get hasMore(): boolean {
    return this.#gateways.length > 0 || this.#lines.length > 0;
  }

  /** The leg is over: it waits for no turn any more. */
  stop(): void {
    this.#isStopped = true;
    this.#awaited?.giveUp();
  }

  /**
   * The next attempt; its place on the trunk is taken, and its turn has come. Undefined when all have been tried, or it was
   * stopped.
   *
   * @throws {NoTrunkError} when there was none to be tried
   */
  async next(): Promise<Attempt | undefined> {
    while (!this.#isStopped) {
      const attempt = await this.#nextGateway();
      if (attempt !== undefined) return attempt;
      const line = this.#lines.shift();
      if (line === undefined) break;
      await this.#enter(line);
    }
    if (this.#hasTried || this.#isStopped) return undefined;
    throw this.#noTrunk();
  }

  async #enter(line: TrunkLine): Promise<void> {
    try {
      const gateways = await this.#options.locate(line);
      const callable = gateways.filter((gateway) => line.mayCall(gateway));
      if (callable.length === 0) this.#passOver(line, 'blocked');
      // Sorting is stable: those that are well stay in their order.
      this.#gateways = callable.sort((a, b) => Number(line.isSuspect(a)) - Number(line.isSuspect(b)));
      this.#line = line;
    } catch (error) {
      if (!(error instanceof HostUnresolvedError)) throw error;
      this.#unresolved = error;
      this.#passOver(line, 'unresolved');
    }
  }

  async #nextGateway(): Promise<Attempt | undefined> {
    const line = this.#line;
    const gateway = this.#gateways[0];
    if (line === undefined || gateway === undefined) return undefined;
    const giveBack = this.#options.place.take(line);
    const turn = giveBack && (line.pace.now() ?? (await this.#turnOn(line)));
    if (giveBack === undefined || turn === undefined || this.#isStopped) {
      turn?.over();
      giveBack?.();
      this.#gateways = [];
      const isPutOff = this.#lines.includes(line);
      if (!isPutOff && !this.#isStopped) this.#passOver(line, 'full');
      return undefined;
    }
    this.#gateways.shift();
    this.#hasTried = true;
    line.counts.attempts += 1;
    return this.#attempt(line, gateway, turn, giveBack);
  }

  /** Its second is full: the other trunks come first, then it waits. */
  async #turnOn(line: TrunkLine): Promise<Turn | undefined> {
    if (this.#lines.length > 0 && !this.#putOff.has(line)) {
      this.#putOff.add(line);
      this.#lines.push(line);
      return undefined;
    }
    this.#awaited = line.pace.await(this.#options.place.isSecond, this.#patience);
    const turn = await this.#awaited.turn;
    if (turn === undefined) this.#patience = 0;
    return turn;
  }

  #attempt(line: TrunkLine, gateway: Gateway, turn: Turn, giveBack: () => void): Attempt {
    const { request, ourHost, place } = this.#options;
    const trunk: Trunk = line.trunk;
    return {
      trunk: trunk.name,
      gateway: gatewayName(gateway),
      patience: trunk.responseTimeout,
      order: (offer) =>
        inviteOrder(trunk, request, {
          ourHost,
          address: gateway.address,
          destination: gateway.flow,
          offer,
        }),
      sent: () => {
        turn.sent();
        place.begun();
      },
      answered: () => line.answered(gateway),
      failed: (failure, retryAfter) => {
        const consequence = consequenceOf(failure);
        line.failed(gateway, consequence, retryAfter);
        return consequence;
      },
      over: () => {
        turn.over();
        giveBack();
      },
    };
  }

  #passOver({ trunk, counts }: TrunkLine, why: AttemptResult): void {
    if (why === 'full') counts.full += 1;
    this.#why.add(why);
    this.#options.passedOver(trunk.name, why);
  }

  #noTrunk(): NoTrunkError {
    if (this.#why.size === 0) return new NoTrunkError('no-route', 'no trunk takes this number');
    if (this.#why.has('full')) return new NoTrunkError('trunk-busy', 'every trunk for this number is full');
    const why = this.#unresolved?.message ?? 'every gateway asked to be left alone for a while';
    return new NoTrunkError('transport', why);
  }
}
