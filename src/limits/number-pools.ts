import { createHash } from 'node:crypto';
import type { AskedCall } from '../call/admission.ts';
import type { CallRecord, Order, Party, PoolChoice } from '../call/call-record.ts';
import { resultCodes } from '../call/catalogue/result-codes.ts';
import { LocalDay } from './local-day.ts';
import type { NumberPool } from './number-pool.ts';
import type { Objection } from './refusal.ts';

/** What is counted of one number of a pool. */
interface NumberUse {
  day: number;
  today: number;
  running: number;
  /** Which choice of the pool it was last; 0: none yet. */
  lastChosen: number;
}

interface ActivePool {
  readonly pool: NumberPool;
  readonly day: LocalDay;
  /** By number; kept while the pool is changed. */
  readonly uses: Map<string, NumberUse>;
  choices: number;
}

interface Lease {
  readonly acceptedAt: number;
  readonly held: readonly { readonly active: ActivePool; readonly use: NumberUse }[];
}

type PoolName = Pick<NumberPool, 'appKey' | 'name'>;

const newUse = (): NumberUse => ({ day: 0, today: 0, running: 0, lastChosen: 0 });

/**
 * How much a phone prefers a number. Whoever has the most of it is chosen (rendezvous hashing): the same one each time, also
 * after a restart, and another number in the pool moves only the phones that prefer it.
 */
function preference(phone: string, number: string): number {
  return createHash('sha256').update(`${phone} ${number}`).digest().readUIntBE(0, 6);
}

/** The pools that are set, and how much their numbers are used. Synchronous, as `Admission` is. */
export class NumberPools {
  /** By application, then by name. */
  readonly #pools = new Map<string, Map<string, ActivePool>>();
  readonly #leases = new Map<string, Lease>();

  get all(): NumberPool[] {
    return [...this.#pools.values()].flatMap((pools) => [...pools.values()].map(({ pool }) => pool));
  }

  get({ appKey, name }: PoolName): NumberPool | undefined {
    return this.#pools.get(appKey)?.get(name)?.pool;
  }

  /** What an earlier pool of the same name counted is kept; of its day, unless the new one counts from a later time. */
  put(pool: NumberPool): void {
    const pools = this.#pools.get(pool.appKey) ?? new Map<string, ActivePool>();
    this.#pools.set(pool.appKey, pools);
    const known = pools.get(pool.name);
    const uses = known?.uses ?? new Map<string, NumberUse>();
    if (known?.pool.since !== pool.since) for (const use of uses.values()) use.today = 0;
    pools.set(pool.name, { pool, day: new LocalDay(pool.timeZone), uses, choices: known?.choices ?? 0 });
  }

  remove({ appKey, name }: PoolName): void {
    const pools = this.#pools.get(appKey);
    pools?.delete(name);
    if (pools?.size === 0) this.#pools.delete(appKey);
  }

  /** The numbers that share a pool with `number`, itself among them; none where it is in no pool. */
  companions(appKey: string, number: string): readonly string[] {
    return this.#poolOf(appKey, number)?.pool.numbers ?? [];
  }

  /** What is counted of each number at this moment. */
  use(
    name: PoolName,
    now: number,
  ): { readonly number: string; readonly today: number; readonly running: number }[] {
    const active = this.#pools.get(name.appKey)?.get(name.name);
    if (active === undefined) return [];
    const today = active.day.startOf(now);
    return active.pool.numbers.map((number) => {
      const use = active.uses.get(number) ?? newUse();
      return { number, today: use.day === today ? use.today : 0, running: use.running };
    });
  }

  /** The order with the numbers that its pools choose. Takes nothing: `admitted` does. */
  choose(asked: AskedCall): Order | Objection {
    const { order } = asked;
    if (this.#pools.size === 0) return order;
    if (order.capability !== 'callback') {
      const choice = this.#choice(asked, 'A', order.displayNbr, order.calleeNbr);
      if (choice === undefined || 'code' in choice) return choice ?? order;
      return { ...order, displayNbr: choice.chosen, pooled: [choice] };
    }
    const { displayNbr, displayCalleeNbr, callerNbr, calleeNbr } = order;
    const ofCallee = this.#choice(asked, 'B', displayCalleeNbr, calleeNbr);
    // Both phones asked to show one number show one number.
    const ofCaller =
      displayNbr === displayCalleeNbr ? ofCallee : this.#choice(asked, 'A', displayNbr, callerNbr);
    if (ofCallee && 'code' in ofCallee) return ofCallee;
    if (ofCaller && 'code' in ofCaller) return ofCaller;
    if (ofCaller === undefined && ofCallee === undefined) return order;
    const pooled: PoolChoice[] = [];
    if (ofCaller) pooled.push({ ...ofCaller, party: 'A' });
    if (ofCallee) pooled.push(ofCallee);
    return {
      ...order,
      displayNbr: ofCaller?.chosen ?? displayNbr,
      displayCalleeNbr: ofCallee?.chosen ?? displayCalleeNbr,
      pooled,
    };
  }

  /** Its numbers are in use until `ended`. */
  admitted(call: CallRecord): void {
    const held = this.#numbersOf(call);
    if (held.length === 0) return;
    for (const { active, use } of held) {
      count(active, use, call.acceptedAt);
      use.running += 1;
    }
    this.#leases.set(call.sessionId, { acceptedAt: call.acceptedAt, held });
  }

  /** It could not be stored: as if it had not been asked for, but for the order in which numbers take turns. */
  withdrawn({ sessionId }: CallRecord): void {
    const lease = this.#free(sessionId);
    if (lease === undefined) return;
    for (const { active, use } of lease.held) {
      if (use.day === active.day.startOf(lease.acceptedAt)) use.today -= 1;
    }
  }

  ended({ sessionId }: CallRecord): void {
    this.#free(sessionId);
  }

  /** Counts a call of before the start, which does not run any more. */
  recall(call: CallRecord): void {
    for (const { active, use } of this.#numbersOf(call)) count(active, use, call.acceptedAt);
  }

  /** A call that was counted by `recall` waits on. */
  resume(call: CallRecord): void {
    const held = this.#numbersOf(call);
    for (const { use } of held) use.running += 1;
    this.#leases.set(call.sessionId, { acceptedAt: call.acceptedAt, held });
  }

  #free(sessionId: string): Lease | undefined {
    const lease = this.#leases.get(sessionId);
    this.#leases.delete(sessionId);
    for (const { use } of lease?.held ?? []) use.running -= 1;
    return lease;
  }

  #poolOf(appKey: string, number: string): ActivePool | undefined {
    for (const active of this.#pools.get(appKey)?.values() ?? []) {
      if (active.pool.numbers.includes(number)) return active;
    }
    return undefined;
  }

  /** The numbers of pools that a call shows, each once. */
  #numbersOf({ owner, order, acceptedAt }: CallRecord): Lease['held'] {
    const names = new Map(
      (order.pooled ?? []).map(({ pool, chosen }) => [`${pool} ${chosen}`, { pool, chosen }]),
    );
    return [...names.values()].flatMap(({ pool, chosen }) => {
      const active = this.#pools.get(owner.appKey)?.get(pool);
      if (active === undefined || acceptedAt < active.pool.since) return [];
      const use = active.uses.get(chosen) ?? newUse();
      active.uses.set(chosen, use);
      return [{ active, use }];
    });
  }

  /** undefined: the number that was asked for is in no pool. */
  #choice(
    { owner, usableNumbers, acceptedAt }: AskedCall,
    party: Party,
    asked: string,
    phone: string,
  ): PoolChoice | Objection | undefined {
    const active = this.#poolOf(owner.appKey, asked);
    if (active === undefined) return undefined;
    const { pool, uses } = active;
    const usable = pool.numbers.filter((number) => usableNumbers?.includes(number) ?? true);
    if (usable.length === 0) return undefined;
    const free = usable.filter((number) => isFree(active, uses.get(number), acceptedAt));
    const by =
      pool.choice === 'sticky'
        ? (number: string) => -preference(phone, number)
        : (number: string) => uses.get(number)?.lastChosen ?? 0;
    const [chosen] = free
      .map((number) => ({ number, rank: by(number) }))
      .sort((one, other) => one.rank - other.rank);
    if (chosen !== undefined) return { party, pool: pool.name, asked, chosen: chosen.number };
    const explanation = `Each of the ${usable.length} usable numbers of the pool ${pool.name} has all the calls it may have.`;
    return { code: resultCodes.displayNumberCallLimit, reason: 'number-pool', explanation };
  }
}

function count(active: ActivePool, use: NumberUse, acceptedAt: number): void {
  const day = active.day.startOf(acceptedAt);
  if (day > use.day) [use.day, use.today] = [day, 0];
  if (day === use.day) use.today += 1;
  active.choices += 1;
  use.lastChosen = active.choices;
}

function isFree({ pool, day }: ActivePool, use: NumberUse | undefined, now: number): boolean {
  if (use === undefined) return true;
  const { callsPerDay = Infinity, concurrentCalls = Infinity } = pool;
  const today = use.day === day.startOf(now) ? use.today : 0;
  return today < callsPerDay && use.running < concurrentCalls;
}
