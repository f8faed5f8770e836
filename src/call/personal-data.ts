/** What is known of one phone number: found, and erased. Numbers in E.164; the store implements the search. */
import type { CallRecord } from './call-record.ts';
import type { SpeechPrompt } from './prompt.ts';
import type { CallHistory } from './queries.ts';

/** A number, taken apart. */
export interface SoughtNumber {
  /** With its plus sign. */
  readonly number: string;
  readonly countryCode: string;
  /** Without the country. */
  readonly national: string;
}

export interface NumberQuery {
  readonly sought: SoughtNumber;
  /** Only what belongs to this account. */
  readonly spId?: string;
}

/** A request that the limits refused. */
export interface RefusedRequest {
  readonly at: number;
  readonly spId: string;
  readonly appKey: string;
  readonly callerNbr?: string;
  readonly calleeNbr: string;
  readonly explanation: string;
}

export interface Erasure {
  /** Calls in which the number stood, and stands no more. */
  readonly calls: number;
  /** Calls that run, or that something is still to be pushed of: they are as they were. */
  readonly postponed: number;
  readonly refusals: number;
  readonly auditEntries: number;
}

export interface PersonalData {
  /** Every call in which the number stands, with all that is known of it. */
  calls(query: NumberQuery): AsyncIterable<CallHistory>;
  refusals(query: NumberQuery): AsyncIterable<RefusedRequest>;
  /**
   * Masks the number wherever it stands, and with it what was said to it and what it pressed. Each call is written after
   * `clear` has removed what is kept of it elsewhere, so that what is interrupted is found again.
   */
  erase(query: NumberQuery, clear: (call: CallRecord) => Promise<void>): Promise<Erasure>;
}

/** Stands for what was said or pressed. */
const HIDDEN = '****';

/** Members that hold what was said to a callee, or what was pressed. */
const CONTENT: ReadonlySet<string> = new Set([
  'verifyCode',
  'text',
  'digitInfo',
  'digits',
  'dynIVRPath',
  'collected',
]);

/** Members that name things of ours, in which digits are no phone number. */
const NAMES: ReadonlySet<string> = new Set([
  'sessionId',
  'icid',
  'appKey',
  'spId',
  'hostName',
  'callId',
  'recordObjectName',
  'objectName',
]);

/** National numbers are sought in texts when they have so many digits: shorter ones may be anything. */
const TELLING = 8;

/** Finds one number in whatever form, and puts stars in its place. */
export class NumberMask {
  readonly #forms: RegExp;
  readonly #mask: string;
  /** What every form of it contains. */
  readonly fragment: string;

  constructor({ countryCode, national }: SoughtNumber) {
    const inside = national.length >= TELLING ? `|0?${national}` : '';
    this.#forms = new RegExp(`(?<!\\d)(?:(?:\\+|00)?${countryCode}${national}${inside})(?!\\d)`, 'g');
    this.#mask = `+${countryCode}${'*'.repeat(national.length)}`;
    this.fragment = national;
  }

  isIn(text: string | null | undefined): boolean {
    return text !== null && text !== undefined && text.search(this.#forms) >= 0;
  }

  text(text: string): string {
    return text.replaceAll(this.#forms, this.#mask);
  }

  /** A document without the number; where `content` is true also without what was said and pressed. */
  document<T>(value: T, content: boolean): T {
    if (typeof value === 'string') return this.text(value) as T;
    if (Array.isArray(value)) return value.map((entry: unknown) => this.document(entry, content)) as T;
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value).map(([name, member]: [string, unknown]) => [
      name,
      this.#member(name, member, content),
    ]);
    return Object.fromEntries(members) as T;
  }

  #member(name: string, member: unknown, content: boolean): unknown {
    if (NAMES.has(name)) return member;
    if (content && CONTENT.has(name)) return Array.isArray(member) ? member.map(() => HIDDEN) : HIDDEN;
    return this.document(member, content);
  }
}

/** The texts that were said in a call, as they may be cached. */
export function spokenTexts({ order }: CallRecord): SpeechPrompt[] {
  if (order.capability !== 'notification') return [];
  return order.segments.flatMap(({ prompt }) => (prompt.kind === 'speech' ? [prompt] : []));
}
