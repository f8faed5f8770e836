import type { Clock } from '../../call/ports.ts';
import type { Flow } from '../../sip/flow.ts';
import type { PeerVerdict } from '../../sip/user-agent/peer-watch.ts';
import type { RegistrationState } from '../../sip/user-agent/registration.ts';
import type { Trunk, TrunkAddress } from '../trunk.ts';
import type { Consequence } from './fail-over.ts';
import { InvitePace } from './invite-pace.ts';

/** One place that INVITEs of a trunk can be sent to. */
export interface Gateway {
  readonly address: TrunkAddress;
  readonly flow: Flow;
}

/** What is known of a gateway; times on the clock of the line. */
interface Condition {
  /** Kept for last until then: it was dead. */
  suspectUntil: number;
  /** Not to be called until then: it said so (Retry-After, RFC 3261 section 20.33). */
  blockedUntil: number;
  verdict: PeerVerdict | undefined;
}

/** `udp:203.0.113.7:5060` */
export function gatewayName({ flow: { transport, host, port } }: Gateway): string {
  return `${transport.toLowerCase()}:${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** How a gateway stands: `unknown` where it is not asked and nobody has called it lately. */
export interface GatewayHealth {
  readonly gateway: string;
  readonly state: 'up' | 'down' | 'blocked' | 'unknown';
  /** Status of its last answer to OPTIONS. */
  readonly optionsStatus?: number;
  /** Of that answer, ms. */
  readonly roundTrip?: number;
}

/** How long a gateway that was dead is kept for last unless OPTIONS says that it is back, ms. */
const SUSPICION = 30_000;
/** Longest time that a gateway may ask to be left alone, ms. */
const LONGEST_BLOCK = 3_600_000;
const SECOND = 1_000;

/** A trunk that is in force: how much it carries, and how its gateways stand. */
export class TrunkLine {
  /** As it is set now; what runs goes on as it was when it began. */
  trunk: Trunk;
  registration: RegistrationState | undefined;
  /** INVITEs begun, answered, failed for the trunk's own reasons; legs it had no room for. Since the start. */
  readonly counts = { attempts: 0, answered: 0, failures: 0, full: 0 };
  /** When its INVITEs may leave. */
  readonly pace: InvitePace;
  /** Legs that were promised a place and whose call has not begun. */
  promised = 0;
  readonly #clock: Clock;
  readonly #conditions = new Map<string, Condition>();
  #gateways: readonly Gateway[] = [];
  #running = 0;

  /** @param limit what the operator limits it to besides, INVITEs per second */
  constructor(trunk: Trunk, clock: Clock, limit: (name: string) => number = () => Infinity) {
    this.trunk = trunk;
    this.#clock = clock;
    this.pace = new InvitePace(clock, () => {
      const { callsPerSecond, name } = this.trunk;
      return Math.min(callsPerSecond === 0 ? Infinity : callsPerSecond, limit(name));
    });
  }

  /** Where its gateways were found last. */
  get gateways(): readonly Gateway[] {
    return this.#gateways;
  }

  /** Its gateways were found; what is known of others is forgotten. */
  locatedAt(gateways: readonly Gateway[]): void {
    this.#gateways = gateways;
    const names = new Set(gateways.map(gatewayName));
    for (const name of this.#conditions.keys()) if (!names.has(name)) this.#conditions.delete(name);
  }

  /** Legs at this moment, with those that were promised a place. */
  get running(): number {
    return this.#running;
  }

  /**
   * Takes the place of one leg, if there is one.
   * @returns what gives it back, safe to repeat; undefined when the trunk carries as many as it may
   */
  take(): (() => void) | undefined {
    const { maxCalls } = this.trunk;
    if (maxCalls > 0 && this.#running >= maxCalls) return undefined;
    this.#running += 1;
    let isTaken = true;
    return () => {
      if (isTaken) this.#running -= 1;
      isTaken = false;
    };
  }

  /** Whether INVITEs may be sent there now; a gateway that is only suspected may. */
  mayCall(gateway: Gateway): boolean {
    return (this.#known(gateway)?.blockedUntil ?? 0) <= this.#clock.now();
  }

  isSuspect(gateway: Gateway): boolean {
    const condition = this.#known(gateway);
    if (condition === undefined) return false;
    const isAbsent = condition.verdict !== undefined && !isServing(condition.verdict);
    return isAbsent || condition.suspectUntil > this.#clock.now();
  }

  /** Whether nothing good can be expected: no registration where one is needed, or none of its gateways is well. */
  get isDown(): boolean {
    if (this.trunk.registerExpires !== undefined && this.registration?.kind === 'failed') return true;
    const gateways = this.#gateways;
    return gateways.length > 0 && gateways.every((one) => this.isSuspect(one) || !this.mayCall(one));
  }

  /** An INVITE there failed before anybody answered. */
  failed(gateway: Gateway, consequence: Consequence, retryAfter: number | undefined): void {
    if (consequence === 'over') return;
    this.counts.failures += 1;
    if (consequence === 'dead') this.#condition(gateway).suspectUntil = this.#clock.now() + SUSPICION;
    this.#block(gateway, retryAfter);
  }

  answered(gateway: Gateway): void {
    this.counts.answered += 1;
    const condition = this.#known(gateway);
    if (condition !== undefined) condition.suspectUntil = 0;
  }

  judged(gateway: Gateway, verdict: PeerVerdict): void {
    const condition = this.#condition(gateway);
    condition.verdict = verdict;
    if (isServing(verdict)) condition.suspectUntil = 0;
    else if (verdict.kind === 'answered') this.#block(gateway, verdict.retryAfter);
  }

  health(): GatewayHealth[] {
    return this.#gateways.map((gateway) => {
      const verdict = this.#known(gateway)?.verdict;
      const seen = verdict?.kind === 'answered' ? verdict : undefined;
      return {
        gateway: gatewayName(gateway),
        state: this.#stateOf(gateway, verdict),
        ...(seen && { optionsStatus: seen.status, roundTrip: Math.round(seen.roundTrip) }),
      };
    });
  }

  #stateOf(gateway: Gateway, verdict: PeerVerdict | undefined): GatewayHealth['state'] {
    if (!this.mayCall(gateway)) return 'blocked';
    if (this.isSuspect(gateway)) return 'down';
    return verdict === undefined ? 'unknown' : 'up';
  }

  #block(gateway: Gateway, retryAfter: number | undefined): void {
    if (retryAfter === undefined || retryAfter === 0) return;
    const wait = Math.min(retryAfter * SECOND, LONGEST_BLOCK);
    this.#condition(gateway).blockedUntil = this.#clock.now() + wait;
  }

  #known(gateway: Gateway): Condition | undefined {
    return this.#conditions.get(gatewayName(gateway));
  }

  #condition(gateway: Gateway): Condition {
    const known = this.#known(gateway);
    if (known !== undefined) return known;
    const condition: Condition = { suspectUntil: 0, blockedUntil: 0, verdict: undefined };
    this.#conditions.set(gatewayName(gateway), condition);
    return condition;
  }
}

const isServing = (verdict: PeerVerdict): boolean => verdict.kind === 'answered' && verdict.serves;
