import type { CallRecord } from '../../src/call/call-record.ts';
import type { LimitSettings, LimitStore, SettingKind, SettingName } from '../../src/limits/ports.ts';
import type { Refusal, RefusalLog, RefusalQuery, StoredRefusal } from '../../src/limits/refusal.ts';

const keyOf = ({ kind, owner, name }: SettingName): string => `${kind}\n${owner}\n${name}`;

/** Limits for as long as a test runs, over calls that something else keeps. */
export class MemoryLimits implements LimitStore {
  readonly #settings = new Map<string, { kind: SettingKind; json: string }>();
  readonly #calls: () => Promise<readonly CallRecord[]>;

  constructor(calls: () => Promise<readonly CallRecord[]>) {
    this.#calls = calls;
  }

  async settings<Kind extends SettingKind>(kind: Kind): Promise<LimitSettings[Kind][]> {
    const entries = [...this.#settings].filter(([, entry]) => entry.kind === kind);
    entries.sort(([one], [other]) => (one < other ? -1 : 1));
    return entries.map(([, { json }]) => JSON.parse(json) as LimitSettings[Kind]);
  }

  async put<Kind extends SettingKind>(
    name: SettingName & { kind: Kind },
    value: LimitSettings[Kind],
  ): Promise<void> {
    this.#settings.set(keyOf(name), { kind: name.kind, json: JSON.stringify(value) });
  }

  async remove(name: SettingName): Promise<void> {
    this.#settings.delete(keyOf(name));
  }

  async *callsSince(acceptedAt: number): AsyncGenerator<readonly CallRecord[]> {
    yield (await this.#calls()).filter((call) => call.acceptedAt >= acceptedAt);
  }
}

/** Refused calls for as long as a test runs. */
export class MemoryRefusals implements RefusalLog {
  #refusals: StoredRefusal[] = [];
  #last = 0;

  async append(refusals: readonly Refusal[]): Promise<void> {
    for (const refusal of refusals) this.#refusals.push({ ...refusal, id: (this.#last += 1) });
  }

  async list({ spId, appKey, before = Infinity, limit }: RefusalQuery): Promise<StoredRefusal[]> {
    return this.#refusals
      .filter((refusal) => refusal.id < before)
      .filter((refusal) => spId === undefined || refusal.spId === spId)
      .filter((refusal) => appKey === undefined || refusal.appKey === appKey)
      .reverse()
      .slice(0, limit);
  }

  async trim(count: number, before: number): Promise<void> {
    this.#refusals = this.#refusals.filter(({ at }) => at >= before).slice(-count);
  }
}
