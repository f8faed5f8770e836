/** The audit trail: who changed what, from where and when, and what it was before and after. */
import { type Actor, actorName } from './actor.ts';

/** What was changed. */
export interface AuditedObject {
  /** `app`, `number`, `user` ... */
  readonly kind: string;
  readonly id: string;
}

/** Something that was done, or tried and refused. */
export interface AuditedChange {
  readonly object: AuditedObject;
  /** The account it belongs to; absent where it is the platform's. */
  readonly spId?: string;
  /** As they were and are; of both, only what differs is kept. */
  readonly before?: object;
  readonly after?: object;
  /** Default `done`. */
  readonly outcome?: AuditOutcome;
}

export type AuditOutcome = 'done' | 'refused';

export type AuditMembers = Readonly<Record<string, unknown>>;

export interface AuditEntry {
  /** ms since the epoch. */
  readonly at: number;
  /** `operator`, the id of a user, or `nobody` where a sign-in failed. */
  readonly actorId: string;
  /** The user's name as it was then. */
  readonly actorName: string;
  /** Absent where only the platform's operator may see it. */
  readonly spId?: string;
  /** The IP address it came from. */
  readonly address: string;
  /** Method and path of the request, such as `PATCH /apps/:appKey`. */
  readonly action: string;
  readonly object: AuditedObject;
  readonly before?: AuditMembers;
  readonly after?: AuditMembers;
  readonly outcome: AuditOutcome;
}

export interface StoredAuditEntry extends AuditEntry {
  /** Counts up in the order of storing. */
  readonly id: number;
}

export interface AuditQuery {
  readonly spId?: string;
  /** Id or name. */
  readonly actor?: string;
  readonly objectKind?: string;
  readonly objectId?: string;
  /** ms since the epoch: from, and before. */
  readonly since?: number;
  readonly until?: number;
  /** Continue below this id. */
  readonly before?: number;
  /** 1-500. */
  readonly limit: number;
}

/** The entry of a change that is being made: on record with what it stores first, complete when it is done. */
export interface AuditDraft {
  /** Stores the entries in place of the draft; without any, a draft that is on record stays. Durable when it resolves. */
  complete(entries: readonly AuditEntry[]): Promise<void>;
}

export interface AuditTrail {
  /**
   * Runs `change`. What it stores first, and what goes on from it asynchronously until the draft is complete, has the
   * entry in the same transaction: a crash leaves both, or neither.
   * @param entry what is known when something is stored
   */
  accompany(entry: () => AuditEntry, change: (draft: AuditDraft) => void): void;
  /** All of them durable when it resolves. */
  append(entries: readonly AuditEntry[]): Promise<void>;
  /** Newest first. */
  list(query: AuditQuery): Promise<StoredAuditEntry[]>;
  /** @returns how many were removed */
  removeBefore(at: number): Promise<number>;
}

/** Members that are secrets, whatever they hold. */
const SECRET = /secret|password|passwd|token|credential|digest|recoverycode/i;

/** A number in global format, or a Chinese mobile's, within a text. */
const PHONE_NUMBER = /\+\d{7,15}\b|\b(?:86)?1[3-9]\d{9}\b/g;

const LONGEST_TEXT = 300;

const maskedNumber = (number: string): string =>
  `${number.slice(0, 5)}${'*'.repeat(number.length - 7)}${number.slice(-2)}`;

/** A text with its phone numbers masked. */
export const withNumbersMasked = (text: string): string => text.replaceAll(PHONE_NUMBER, maskedNumber);

function maskedText(text: string): string {
  const short = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
  // The query of an address often holds what only its receiver may know.
  const address = /^https?:\/\//.test(short)
    ? short.replace(/\?.*$/s, '?***').replace(/\/\/[^/@]*@/, '//***@')
    : short;
  return withNumbersMasked(address);
}

/** A value as the trail may keep it: secrets are hidden, phone numbers masked, long texts cut. */
export function auditable(value: unknown, name = ''): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'number')
    return SECRET.test(name) ? '***' : value;
  if (SECRET.test(name)) return '***';
  if (typeof value === 'string') return maskedText(value);
  if (Array.isArray(value)) return value.slice(0, 100).map((entry: unknown) => auditable(entry));
  if (typeof value !== 'object') return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, auditable(member, key)]));
}

/** What differs between `before` and `after`, as the trail may keep it. A secret that changed shows as `***` on both sides. */
export function changedMembers(
  before: object | undefined,
  after: object | undefined,
): { readonly before?: AuditMembers; readonly after?: AuditMembers } {
  const [old, now] = [before ?? {}, after ?? {}] as [AuditMembers, AuditMembers];
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
    (name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]),
  );
  const shown = (members: AuditMembers): AuditMembers =>
    Object.fromEntries(
      names
        .filter((name) => members[name] !== undefined)
        .map((name) => [name, auditable(members[name], name)]),
    );
  return { before: before && shown(old), after: after && shown(now) };
}

/** Numbers that the platform shows are its own, and named; any other is somebody's. */
const shownObject = ({ kind, id }: AuditedObject): AuditedObject => ({
  kind,
  id: kind === 'number' ? id : maskedText(id),
});

/** The entry of one change. */
export function auditEntry(
  change: AuditedChange,
  by: {
    readonly actor: Actor | undefined;
    readonly address: string;
    readonly action: string;
    readonly at: number;
  },
): AuditEntry {
  const { actor, address, action, at } = by;
  const user = actor?.kind === 'user' ? actor : undefined;
  return {
    at,
    actorId: user?.userId ?? actor?.kind ?? 'nobody',
    actorName: actor === undefined ? 'nobody' : actorName(actor),
    spId: change.spId ?? user?.spId,
    address,
    action,
    object: shownObject(change.object),
    ...changedMembers(change.before, change.after),
    outcome: change.outcome ?? 'done',
  };
}
