import type { Clock, DialRequest, Logger, Random, AttemptResult } from '../../call/ports.ts';
import type { Credentials } from '../../sip/user-agent/options.ts';
import type { PeerVerdict, PeerWatch } from '../../sip/user-agent/peer-watch.ts';
import type { Registration, RegistrationState } from '../../sip/user-agent/registration.ts';
import type { SipEndpoint } from '../sip-endpoint.ts';
import { gatewayUri, type Trunk } from '../trunk.ts';
import { examine, type TrunkFinding } from './examine.ts';
import { drawn, GatewayLocator } from './gateway-locator.ts';
import type { Names } from './names.ts';
import { Route } from './route.ts';
import { type Gateway, type GatewayHealth, gatewayName, TrunkLine } from './trunk-line.ts';
import { TrunkPlaces } from './trunk-places.ts';

export interface TrunksOptions {
  readonly endpoint: SipEndpoint;
  readonly names: Names;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** How a trunk stands at this moment. */
export interface TrunkStatus {
  readonly name: string;
  /** `down`: it is tried after the others; `unknown`: nobody has asked it, or called it in vain. */
  readonly state: 'up' | 'down' | 'unknown';
  readonly running: number;
  readonly counts: TrunkLine['counts'];
  readonly registration?: RegistrationState['kind'];
  /** Of the refusal, where the registration failed. */
  readonly registrationStatus?: number;
  readonly gateways: readonly GatewayHealth[];
}

/** What keeps a trunk that is in force up to date. */
interface Upkeep {
  readonly line: TrunkLine;
  /** By gateway. */
  readonly watches: Map<string, PeerWatch>;
  registration: Registration | undefined;
  /** Resolves when the registration before is given back: its last word must not undo the next one. */
  given: Promise<void>;
  /** Stops looking up where the gateways are. */
  stop: () => void;
}

/** How long an examination waits for an answer to OPTIONS, ms: time for five copies. */
const EXAMINATION_PATIENCE = 8_000;

/** From one look-up of a watched trunk's gateways to the next, ms. */
const LOOK_UP_INTERVAL = 30_000;

/** The trunks that are in force: registered with, watched, and chosen from for every leg. */
export class Trunks {
  readonly #options: TrunksOptions;
  readonly #locator: GatewayLocator;
  readonly #kept = new Map<string, Upkeep>();
  readonly #places = new TrunkPlaces();
  #limitOf = (_trunk: string): number => Infinity;

  constructor(options: TrunksOptions) {
    const { endpoint, names, random, clock } = options;
    this.#options = options;
    this.#locator = new GatewayLocator({
      names,
      random,
      clock: () => clock.now(),
      resolve: (flow) => endpoint.resolve(flow),
    });
  }

  get isEmpty(): boolean {
    return this.#kept.size === 0;
  }

  /** Puts these in force, and no others; those that stay as they are notice nothing, and calls that run go on. */
  apply(trunks: readonly Trunk[]): void {
    const names = new Set(trunks.map(({ name }) => name));
    for (const [name, kept] of this.#kept) {
      if (names.has(name)) continue;
      this.#endUpkeep(kept);
      this.#kept.delete(name);
    }
    for (const trunk of trunks) {
      const kept = this.#kept.get(trunk.name);
      if (kept === undefined) this.#begin(trunk);
      else if (JSON.stringify(kept.line.trunk) !== JSON.stringify(trunk)) this.#change(kept, trunk);
    }
  }

  /** Gives registrations back. What is sent for it leaves while the endpoint closes. */
  close(): void {
    this.apply([]);
  }

  /** What a trunk asks for in requests within dialogs of its calls. */
  credentials(name: string): Credentials | undefined {
    return this.#kept.get(name)?.line.trunk.credentials;
  }

  /** The trunks that take the callee's number: longest prefix, health, priority, then drawn by weight. */
  route(request: DialRequest, passedOver: (trunk: string, why: AttemptResult) => void): Route {
    return new Route({
      lines: this.#linesFor(request.to),
      request,
      place: this.#places.of(request),
      ourHost: this.#options.endpoint.publicAddress.host,
      locate: (line) => this.#locate(line),
      passedOver,
    });
  }

  /** What the operator limits trunks to besides what they take, INVITEs per second; it may change at any time. */
  limitBy(limitOf: (trunk: string) => number): void {
    this.#limitOf = limitOf;
  }

  /** Takes places for the legs of a call; false when a leg finds every trunk full that takes its number. */
  reserve(sessionId: string, legs: readonly Pick<DialRequest, 'party' | 'to'>[]): boolean {
    return this.#places.reserve(
      sessionId,
      legs.map(({ party, to }) => ({ party, lines: this.#linesFor(to) })),
    );
  }

  /** The call is over. Harmless where nothing was reserved. */
  release(sessionId: string): void {
    this.#places.release(sessionId);
  }

  /**
   * By which trunk calls to this number leave where all are well; of several that share them by weight the first. Undefined
   * where none takes it.
   */
  preferred(number: string): string | undefined {
    let best: { readonly name: string; readonly fit: number; readonly priority: number } | undefined;
    for (const { line } of this.#kept.values()) {
      const { name, priority, prefixes, suspended } = line.trunk;
      const fit = suspended ? undefined : fitOf(number, prefixes);
      if (fit === undefined) continue;
      const isBetter = best === undefined || fit > best.fit || (fit === best.fit && priority < best.priority);
      if (isBetter) best = { name, fit, priority };
    }
    return best?.name;
  }

  /** Looks at everything that calls by this trunk depend on; undefined when there is no such trunk. */
  async examine(name: string): Promise<TrunkFinding[] | undefined> {
    const line = this.#kept.get(name)?.line;
    if (line === undefined) return undefined;
    const { endpoint } = this.#options;
    return examine({
      line,
      listening: endpoint.address.host,
      publicHost: endpoint.publicAddress.host,
      locate: () => this.#locate(line),
      ask: (gateway) => this.#ask(line, gateway),
    });
  }

  /** In the order in which they were put in force. */
  status(): TrunkStatus[] {
    return [...this.#kept.values()].map(({ line }) => {
      const gateways = line.health();
      const isKnown =
        line.registration?.kind === 'registered' || gateways.some(({ state }) => state === 'up');
      return {
        name: line.trunk.name,
        state: line.isDown ? 'down' : isKnown ? 'up' : 'unknown',
        running: line.running,
        counts: { ...line.counts },
        ...(line.registration && { registration: line.registration.kind }),
        ...(line.registration?.kind === 'failed' && { registrationStatus: line.registration.status }),
        gateways,
      };
    });
  }

  #linesFor(number: string): TrunkLine[] {
    const ranked = [...this.#kept.values()].flatMap(({ line }) => {
      const fit = fitOf(number, line.trunk.prefixes);
      return fit === undefined || line.trunk.suspended
        ? []
        : [{ line, fit, isDown: line.isDown, ...line.trunk }];
    });
    const shuffled = drawn(ranked, this.#options.random);
    // Sorting is stable: the draw decides among equals.
    shuffled.sort((a, b) => Number(a.isDown) - Number(b.isDown) || b.fit - a.fit || a.priority - b.priority);
    return shuffled.map(({ line }) => line);
  }

  async #locate(line: TrunkLine): Promise<readonly Gateway[]> {
    const { addresses, transport } = line.trunk;
    const found = await Promise.allSettled(
      addresses.map(async (address) => {
        const flows = await this.#locator.locate(address, transport);
        return flows.map((flow): Gateway => ({ address, flow }));
      }),
    );
    const gateways = new Map<string, Gateway>();
    for (const one of found)
      if (one.status === 'fulfilled')
        for (const gateway of one.value)
          if (!gateways.has(gatewayName(gateway))) gateways.set(gatewayName(gateway), gateway);
    const failure = found.find((one) => one.status === 'rejected');
    if (gateways.size === 0 && failure !== undefined) throw failure.reason;
    line.locatedAt([...gateways.values()]);
    return line.gateways;
  }

  #begin(trunk: Trunk): void {
    const line = new TrunkLine(trunk, this.#options.clock, (name) => this.#limitOf(name));
    const kept: Upkeep = {
      line,
      watches: new Map(),
      registration: undefined,
      given: Promise.resolve(),
      stop: () => {},
    };
    this.#kept.set(trunk.name, kept);
    this.#beginUpkeep(kept);
  }

  #change(kept: Upkeep, trunk: Trunk): void {
    const isSamePlace = placeOf(kept.line.trunk) === placeOf(trunk);
    this.#endUpkeep(kept, isSamePlace);
    kept.line.trunk = trunk;
    kept.line.pace.look();
    if (!isSamePlace) {
      kept.line.registration = undefined;
      kept.line.locatedAt([]);
    }
    this.#beginUpkeep(kept);
  }

  #beginUpkeep(kept: Upkeep): void {
    const { registerExpires, optionsInterval, suspended } = kept.line.trunk;
    if (suspended || (registerExpires === undefined && optionsInterval === 0)) return;
    let isOver = false;
    let cancel = (): void => {};
    const lookUp = async (): Promise<void> => {
      try {
        await this.#locate(kept.line);
      } catch (error) {
        const { name } = kept.line.trunk;
        this.#options.log.warn({ trunk: name, err: error }, 'the gateways of a trunk cannot be found');
      }
      await kept.given;
      if (isOver) return;
      this.#watch(kept);
      if (registerExpires !== undefined) kept.registration ??= this.#register(kept.line, registerExpires);
      cancel = this.#options.clock.after(LOOK_UP_INTERVAL, () => void lookUp());
    };
    kept.stop = () => {
      isOver = true;
      cancel();
    };
    void lookUp();
  }

  #endUpkeep(kept: Upkeep, staysRegistered = false): void {
    kept.stop();
    for (const watch of kept.watches.values()) watch.stop();
    kept.watches.clear();
    const { registration } = kept;
    if (registration === undefined || staysRegistered) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#options.endpoint.act((now) => registration.stop(now, resolve));
    kept.given = promise;
    kept.registration = undefined;
  }

  #ask(line: TrunkLine, gateway: Gateway): Promise<PeerVerdict> {
    const { promise, resolve } = Promise.withResolvers<PeerVerdict>();
    this.#options.endpoint.watch({
      ...this.#asking(line, gateway),
      interval: Infinity,
      patience: EXAMINATION_PATIENCE,
      onVerdict: resolve,
    });
    return promise;
  }

  #asking(line: TrunkLine, gateway: Gateway) {
    const { credentials, fromDomain } = line.trunk;
    const host = fromDomain ?? this.#options.endpoint.publicAddress.host;
    return {
      target: gatewayUri(line.trunk, gateway.address),
      from: `<sip:${host.includes(':') ? `[${host}]` : host}>`,
      destination: gateway.flow,
      credentials,
    };
  }

  /** OPTIONS to each gateway there is now, and to no other. */
  #watch({ line, watches }: Upkeep): void {
    const { optionsInterval, responseTimeout } = line.trunk;
    if (optionsInterval === 0) return;
    const wanted = new Map(line.gateways.map((gateway) => [gatewayName(gateway), gateway]));
    for (const [name, watch] of watches) {
      if (wanted.has(name)) continue;
      watch.stop();
      watches.delete(name);
    }
    const { endpoint } = this.#options;
    for (const [name, gateway] of wanted) {
      if (watches.has(name)) continue;
      const watch = endpoint.watch({
        ...this.#asking(line, gateway),
        interval: optionsInterval,
        patience: responseTimeout,
        onVerdict: (verdict) => this.#judged(line, gateway, () => line.judged(gateway, verdict)),
      });
      watches.set(name, watch);
    }
  }

  #judged(line: TrunkLine, gateway: Gateway, judge: () => void): void {
    const wasDown = line.isSuspect(gateway);
    judge();
    const isDown = line.isSuspect(gateway);
    if (wasDown === isDown) return;
    const fields = { trunk: line.trunk.name, gateway: gatewayName(gateway) };
    if (isDown) this.#options.log.warn(fields, 'a gateway does not answer OPTIONS as one that serves');
    else this.#options.log.info(fields, 'a gateway serves again');
  }

  #register(line: TrunkLine, expires: number): Registration {
    const { credentials, fromDomain, addresses, name } = line.trunk;
    const [{ host }] = addresses;
    const domain = fromDomain ?? host;
    const at = domain.includes(':') ? `[${domain}]` : domain;
    return this.#options.endpoint.register({
      registrar: `sip:${at}`,
      addressOfRecord: `sip:${credentials?.username ?? ''}@${at}`,
      destinations: () => line.gateways.map(({ flow }) => flow),
      credentials,
      expires,
      onState: (state) => {
        const before = line.registration?.kind;
        line.registration = state;
        if (state.kind === 'failed')
          this.#options.log.warn({ trunk: name, status: state.status }, 'a trunk refuses our registration');
        else if (state.kind === 'registered' && before !== 'registered')
          this.#options.log.info({ trunk: name }, 'registered with a trunk');
      },
    });
  }
}

/** What a registration depends on, and where the gateways are. */
const placeOf = ({
  addresses,
  transport,
  credentials,
  registerExpires,
  fromDomain,
  suspended,
}: Trunk): string =>
  JSON.stringify([addresses, transport, credentials, registerExpires, fromDomain, suspended]);

/** How much of a number the longest prefix that fits covers; undefined where none does. */
function fitOf(number: string, prefixes: readonly string[]): number | undefined {
  if (prefixes.length === 0) return 0;
  const fitting = prefixes.filter((prefix) => number.startsWith(prefix)).map(({ length }) => length);
  return fitting.length === 0 ? undefined : Math.max(...fitting);
}
