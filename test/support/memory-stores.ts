import type { Account, App, DisplayNumber } from '../../src/accounts/account.ts';
import type { AccountStore, RevisedStore } from '../../src/accounts/ports.ts';
import type { Revised, Revision } from '../../src/accounts/revision.ts';
import type { Template, TemplateContent } from '../../src/accounts/template.ts';
import type { VoiceFile, VoiceFileContent } from '../../src/accounts/voice-file.ts';
import type { CallEvent, CallOwner, CallRecord } from '../../src/call/call-record.ts';
import type { CallDetailRecord } from '../../src/call/cdr.ts';
import type { CallChange, CallStore, DoubtfulCreation, EventBus } from '../../src/call/ports.ts';
import type { LegQuality } from '../../src/call/leg-quality.ts';
import { promptUsesOf } from '../../src/call/prompt-use.ts';
import type { KeyedPlacement, RequestKeys } from '../../src/call/request-key.ts';
import type {
  CallHistory,
  CallListQuery,
  CallPage,
  CallQueries,
  EventQuery,
} from '../../src/call/queries.ts';

/** Accounts, apps and numbers for as long as a test runs. */
export class MemoryAccounts implements AccountStore {
  readonly #accounts = new Map<string, Account>();
  readonly #apps = new Map<string, App>();
  readonly #numbers = new Map<string, DisplayNumber>();
  /** While set, every access fails with it, as with a database that is away. */
  failure: Error | undefined;
  /** Accounts are put there too. */
  mirror: Pick<AccountStore, 'putAccount'> | undefined;

  async account(spId: string): Promise<Account | undefined> {
    return this.#available(this.#accounts).get(spId);
  }
  async accounts(): Promise<Account[]> {
    return [...this.#available(this.#accounts).values()];
  }
  async putAccount(account: Account): Promise<void> {
    await this.mirror?.putAccount(account);
    this.#available(this.#accounts).set(account.spId, account);
  }
  async apps(spId?: string): Promise<App[]> {
    const all = [...this.#available(this.#apps).values()];
    return spId === undefined ? all : all.filter((app) => app.spId === spId);
  }
  async app(appKey: string): Promise<App | undefined> {
    return this.#available(this.#apps).get(appKey);
  }
  async putApp(app: App): Promise<void> {
    this.#available(this.#apps).set(app.appKey, app);
  }
  async numbers(appKey?: string, spId?: string): Promise<DisplayNumber[]> {
    return [...this.#available(this.#numbers).values()]
      .filter((entry) => appKey === undefined || entry.appKey === appKey)
      .filter((entry) => spId === undefined || this.#apps.get(entry.appKey)?.spId === spId);
  }
  async number(number: string): Promise<DisplayNumber | undefined> {
    return this.#available(this.#numbers).get(number);
  }
  async putNumber(number: DisplayNumber): Promise<void> {
    this.#available(this.#numbers).set(number.number, number);
  }
  async removeNumber(number: string): Promise<void> {
    this.#available(this.#numbers).delete(number);
  }

  #available<T>(table: T): T {
    if (this.failure) throw this.failure;
    return table;
  }
}

/** Files or templates for as long as a test runs. */
class MemoryRevised<Content, Subject extends Revised<Content> & { readonly spId: string }>
  implements RevisedStore<Content, Subject>
{
  readonly #subjects = new Map<string, Subject>();
  readonly #revisions = new Map<string, Revision<Content>[]>();
  readonly #idOf: (subject: Subject) => string;

  constructor(idOf: (subject: Subject) => string) {
    this.#idOf = idOf;
  }

  async list(spId?: string): Promise<Subject[]> {
    return [...this.#subjects.values()].filter((subject) => spId === undefined || subject.spId === spId);
  }
  async find(spId: string, id: string): Promise<Subject | undefined> {
    return this.#subjects.get(`${spId}/${id}`);
  }
  async revisions(spId: string, id: string): Promise<Revision<Content>[]> {
    return [...(this.#revisions.get(`${spId}/${id}`) ?? [])];
  }
  async put(subject: Subject, changed: Revision<Content> = subject.latest): Promise<void> {
    const key = `${subject.spId}/${this.#idOf(subject)}`;
    const others = (this.#revisions.get(key) ?? []).filter(({ number }) => number !== changed.number);
    this.#revisions.set(
      key,
      [...others, changed].toSorted((one, other) => one.number - other.number),
    );
    this.#subjects.set(key, subject);
  }
  async remove(spId: string, id: string): Promise<void> {
    this.#subjects.delete(`${spId}/${id}`);
  }
}

export class MemoryVoiceFiles extends MemoryRevised<VoiceFileContent, VoiceFile> {
  constructor() {
    super(({ name }) => name);
  }
}

export class MemoryTemplates extends MemoryRevised<TemplateContent, Template> {
  constructor() {
    super(({ templateId }) => templateId);
  }
}

/** Keys of requests for as long as a test runs. */
export class MemoryRequestKeys implements RequestKeys {
  readonly #placements = new Map<string, KeyedPlacement>();

  put(placement: KeyedPlacement): void {
    const name = `${placement.appKey} ${placement.key}`;
    if (this.#placements.has(name)) throw new Error('The key is taken.');
    this.#placements.set(name, placement);
  }
  async find(appKey: string, key: string): Promise<KeyedPlacement | undefined> {
    return this.#placements.get(`${appKey} ${key}`);
  }
  remove({ appKey, key }: KeyedPlacement): void {
    this.#placements.delete(`${appKey} ${key}`);
  }

  async removeUntil(placedAt: number): Promise<void> {
    for (const [name, placement] of this.#placements) {
      if (placement.placedAt <= placedAt) this.#placements.delete(name);
    }
  }
}

/** Calls and what was told of them, for as long as a test runs. */
export class MemoryCalls implements CallStore, CallQueries {
  readonly requestKeys = new MemoryRequestKeys();
  readonly #calls = new Map<string, CallRecord>();
  readonly #events: CallEvent[] = [];
  readonly #cdrs = new Map<string, CallDetailRecord>();
  readonly #quality = new Map<string, readonly LegQuality[]>();
  failure: Error | undefined;

  async create(call: CallRecord, keyed?: KeyedPlacement): Promise<void> {
    if (this.failure) throw this.failure;
    if (keyed) this.requestKeys.put(keyed);
    this.#calls.set(call.sessionId, structuredClone(call));
  }
  async withdraw(creations: readonly DoubtfulCreation[]): Promise<number> {
    if (this.failure) throw this.failure;
    const before = this.#calls.size;
    for (const { sessionId, keyed } of creations) {
      if (this.#calls.get(sessionId)?.state !== 'accepted') continue;
      this.#calls.delete(sessionId);
      if (keyed) this.requestKeys.remove(keyed);
    }
    return before - this.#calls.size;
  }
  async commit(...changes: readonly CallChange[]): Promise<void> {
    if (this.failure) throw this.failure;
    for (const { call, event, cdr, quality } of changes) {
      if (quality?.length) this.#quality.set(call.sessionId, quality);
      this.#calls.set(call.sessionId, structuredClone(call));
      if (event) this.#events.push(event);
      if (cdr) this.#cdrs.set(cdr.sessionId, cdr);
    }
  }
  seenAt: number | undefined;

  async seenAlive(at: number): Promise<void> {
    this.seenAt = at;
  }

  async lastSeenAlive(): Promise<number | undefined> {
    return this.seenAt;
  }

  async unfinished(): Promise<CallRecord[]> {
    return [...this.#calls.values()].filter(({ state }) => state !== 'ended');
  }

  async list(query: CallListQuery): Promise<CallPage> {
    const { spId, appKey, sessionId, state, number, cause, using, cursor, limit } = query;
    const { since = 0, until = Infinity } = query;
    const matching = [...this.#calls.values()]
      .reverse()
      .filter((call) => spId === undefined || call.owner.spId === spId)
      .filter((call) => appKey === undefined || call.owner.appKey === appKey)
      .filter((call) => state === undefined || call.state === state)
      .filter(({ order }) => {
        const uses = promptUsesOf(order);
        return !using || uses.some(({ kind, id }) => kind === using.kind && id === using.id);
      })
      .filter((call) => sessionId === undefined || call.sessionId === sessionId)
      .filter(
        (call) => cause === undefined || (call.state === 'ended' && call.verdict.releaseCause === cause),
      )
      .filter(({ order }) => {
        const dialled = order.capability === 'callback' ? [order.callerNbr] : [];
        return number === undefined || [...dialled, order.calleeNbr].includes(number);
      })
      .filter((call) => call.acceptedAt >= since && call.acceptedAt < until);
    const start = matching.findIndex(({ sessionId }) => sessionId === cursor) + 1;
    const calls = matching.slice(start, start + limit);
    const nextCursor = start + limit < matching.length ? calls.at(-1)?.sessionId : undefined;
    return { calls, nextCursor };
  }
  async owner(sessionId: string): Promise<CallOwner | undefined> {
    return this.#calls.get(sessionId)?.owner;
  }
  async history(sessionId: string): Promise<CallHistory | undefined> {
    const call = this.#calls.get(sessionId);
    if (call === undefined) return undefined;
    const events = this.#events.filter((event) => event.sessionId === sessionId);
    return { call, events, pushes: [], cdr: this.#cdrs.get(sessionId) };
  }
  async quality(sessionId: string): Promise<readonly LegQuality[] | undefined> {
    return this.#quality.get(sessionId);
  }
  async recorded(objectName: string): Promise<CallRecord | undefined> {
    return [...this.#calls.values()].find(({ recording }) => recording?.objectName === objectName);
  }
  async events({ sessionId, after, limit }: EventQuery): Promise<CallEvent[]> {
    const at = this.#events.findIndex(
      (event) => event.sessionId === after.sessionId && event.sequence === after.sequence,
    );
    if (at < 0) return [];
    const later = this.#events.slice(at + 1);
    return later.filter((event) => sessionId === undefined || event.sessionId === sessionId).slice(0, limit);
  }
}

/** Hands each event to every subscriber at once. */
export class MemoryBus implements EventBus {
  readonly #listeners = new Set<(event: CallEvent) => void>();

  get subscribers(): number {
    return this.#listeners.size;
  }
  publish(event: CallEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
  subscribe(listener: (event: CallEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
