/** Trunks: the carriers' gateways that calls leave by, as an operator describes them. */
import { RuleViolation } from './rule-violation.ts';

/** A number that begins with `from` begins with `to` instead. */
export interface Rewriting {
  readonly from: string;
  readonly to: string;
}

/** How the display number is named beside From: RFC 3325 sections 9.1 and 9.2, or draft-ietf-sip-privacy-04. */
export type IdentityHeader = 'none' | 'p-asserted-identity' | 'p-preferred-identity' | 'remote-party-id';

export interface Trunk {
  /** Lower case, digits and hyphens. */
  readonly name: string;
  /** `suspended`: no new calls; those that run go on. */
  readonly state: 'in-use' | 'suspended';
  /** `HOST` or `HOST:PORT`, best first; a name without a port is asked for SRV records (RFC 3263 section 4.2). */
  readonly addresses: readonly string[];
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** Digest credentials; without them the carrier knows us by our address. */
  readonly username?: string;
  readonly password?: string;
  /** Register as `sip:USERNAME@first address` (RFC 3261 section 10). */
  readonly register: boolean;
  /** How long a registration is asked for, s. */
  readonly registerExpires: number;
  /** Beginnings of the numbers that the trunk takes, such as `+86`; none: it takes all. */
  readonly prefixes: readonly string[];
  /** Lower ones are tried first; equal ones share calls by weight. */
  readonly priority: number;
  readonly weight: number;
  /** Of the callee; the longest that fits is applied. Numbers are global before it, plus sign included. */
  readonly calleeRewriting: readonly Rewriting[];
  /** Of the display number, in From and the identity header. */
  readonly callerRewriting: readonly Rewriting[];
  readonly identity: IdentityHeader;
  /** Stands in From in place of the display number: some carriers want the account there. */
  readonly fromUser?: string;
  /** Stands in From and the identity header in place of our address. */
  readonly fromDomain?: string;
  /** Ask for the number to be kept from the callee: `Privacy: id`, anonymous From (RFC 3323, RFC 3325 section 9.3). */
  readonly privacy: boolean;
  /** INVITEs begun in any second; 0: no limit. */
  readonly callsPerSecond: number;
  /** Calls at once; 0: no limit. */
  readonly maxCalls: number;
  /** From OPTIONS to OPTIONS, s; 0: none are sent. */
  readonly optionsInterval: number;
  /** Silence after an INVITE until the next gateway is tried, ms. */
  readonly responseTimeout: number;
  /** ms since the epoch. */
  readonly createdAt: number;
}

/** What an operator may give; the rest has defaults. */
export type NewTrunk = Partial<Omit<Trunk, 'createdAt'>> & Pick<Trunk, 'name' | 'addresses'>;

/** Absent members stay as they are, null removes what may be absent. */
export type TrunkChange = {
  readonly [Member in keyof Omit<Trunk, 'name' | 'createdAt'>]?:
    | Trunk[Member]
    | (undefined extends Trunk[Member] ? null : never);
};

/** Where trunks live. One contract suite, every implementation. */
export interface TrunkStore {
  /** In order of creation. */
  trunks(): Promise<Trunk[]>;
  trunk(name: string): Promise<Trunk | undefined>;
  /** Replaces the one of the same name. */
  putTrunk(trunk: Trunk): Promise<void>;
  /** Harmless when there is none. */
  removeTrunk(name: string): Promise<void>;
}

/** How a trunk stands at this moment. */
export interface TrunkStatus {
  readonly name: string;
  /** `down`: it is tried after the others; `unknown`: nobody has asked it, or called it in vain. */
  readonly state: 'up' | 'down' | 'unknown';
  readonly running: number;
  /** Since the start: INVITEs begun, answered, failed for the trunk's own reasons; calls it had no room for. */
  readonly counts: {
    readonly attempts: number;
    readonly answered: number;
    readonly failures: number;
    readonly full: number;
  };
  readonly registration?: 'trying' | 'registered' | 'failed' | 'unregistered';
  /** Of the refusal, where the registration failed. */
  readonly registrationStatus?: number;
  readonly gateways: readonly {
    /** Such as `udp:203.0.113.7:5060`. */
    readonly gateway: string;
    readonly state: 'up' | 'down' | 'blocked' | 'unknown';
    /** Of its last answer to OPTIONS. */
    readonly optionsStatus?: number;
    /** ms. */
    readonly roundTrip?: number;
  }[];
}

/** Something that was looked at because calls depend on it. */
export interface TrunkFinding {
  readonly name: string;
  readonly ok: boolean;
  /** Nothing is wrong, and something is not known or not as usual. */
  readonly note?: true;
  readonly detail: string;
  readonly remedy?: string;
}

/** The trunks that are in force. */
export interface TrunksInForce {
  /** No trunk was set, neither here nor in the settings. */
  readonly isEmpty: boolean;
  status(): readonly TrunkStatus[];
  /** Looks at everything that calls by this trunk depend on; undefined when there is no such trunk. */
  examine(name: string): Promise<readonly TrunkFinding[] | undefined>;
}

/** What the trunk of the settings (`--trunk`) is called. */
export const SETTINGS_TRUNK = 'default';

export const trunkDefaults = {
  state: 'in-use',
  transport: 'udp',
  register: false,
  registerExpires: 3_600,
  prefixes: [],
  priority: 10,
  weight: 10,
  calleeRewriting: [],
  callerRewriting: [],
  identity: 'p-asserted-identity',
  privacy: false,
  callsPerSecond: 0,
  maxCalls: 0,
  optionsInterval: 30,
  responseTimeout: 4_000,
} as const satisfies Partial<Trunk>;

/** @throws {RuleViolation} */
export function newTrunk(wanted: NewTrunk, now: number): Trunk {
  return checked({ ...trunkDefaults, ...withoutUndefined(wanted), createdAt: now });
}

/** @throws {RuleViolation} */
export function changedTrunk(trunk: Trunk, change: TrunkChange): Trunk {
  const merged = Object.entries({ ...trunk, ...withoutUndefined(change) }).filter(
    ([, value]) => value !== null,
  );
  return checked(Object.fromEntries(merged) as unknown as Trunk);
}

function withoutUndefined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

const invalid = (field: string, message: string, remedy: string): RuleViolation =>
  new RuleViolation('trunk-invalid', message, { field, remedy });

const PREFIX = /^\+\d{0,15}$/;
/** What a carrier may want in front of a number, or in place of its beginning. */
const REWRITTEN = /^\+?[0-9*#]{0,20}$/;
/** RFC 3261 section 25.1: `user` without escapes, parameters and passwords. */
const USER = /^[A-Za-z0-9\-_.!~*'()&=+$,?/]{1,64}$/;
const HOST = /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)$/;

/** Host and port of an address as trunks have it; undefined when it is none. IPv6 stands in brackets, which are taken off. */
export function addressParts(address: string): { host: string; port: number | undefined } | undefined {
  const [, host = '', text] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(address) ?? [];
  const port = text === undefined ? undefined : Number(text);
  if (!HOST.test(host) || (port !== undefined && (port < 1 || port > 65_535))) return undefined;
  return { host: host.replaceAll(/[[\]]/g, ''), port };
}

function checked(trunk: Trunk): Trunk {
  checkPlace(trunk);
  checkNumbers(trunk);
  checkIdentity(trunk);
  checkFigures(trunk);
  return trunk;
}

function checkPlace({ name, addresses }: Trunk): void {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(name) || name === SETTINGS_TRUNK) {
    const remedy = `Use 1-32 lower-case letters, digits and hyphens, not "${SETTINGS_TRUNK}": that is the trunk of --trunk.`;
    throw invalid('name', 'This is no name for a trunk.', remedy);
  }
  if (addresses.length === 0 || addresses.length > 20) {
    throw invalid('addresses', 'A trunk has 1 to 20 addresses.', 'Give the gateways of the carrier.');
  }
  for (const address of addresses) {
    if (addressParts(address) === undefined)
      throw invalid(
        'addresses',
        `${address} is no address.`,
        'Write HOST or HOST:PORT, such as sip.example.com or 203.0.113.7:5060; IPv6 in brackets.',
      );
  }
}

function checkNumbers({ prefixes, calleeRewriting, callerRewriting }: Trunk): void {
  if (!prefixes.every((prefix) => PREFIX.test(prefix)))
    throw invalid(
      'prefixes',
      'A prefix is the beginning of a global number.',
      'Write it with the plus sign: +86.',
    );
  for (const [field, rules] of Object.entries({ calleeRewriting, callerRewriting })) {
    const isSound = ({ from, to }: Rewriting): boolean => PREFIX.test(from) && REWRITTEN.test(to);
    if (!rules.every(isSound)) {
      throw invalid(
        field,
        'A rewriting replaces the beginning of a global number.',
        'Give from with the plus sign, such as +86, and to as digits, *, # or a plus sign in front; it may be empty.',
      );
    }
    if (new Set(rules.map(({ from }) => from)).size < rules.length)
      throw invalid(field, 'Two rewritings begin alike.', 'Keep one for each beginning.');
  }
}

function checkIdentity({ username, password, register, fromUser, fromDomain }: Trunk): void {
  for (const [field, user] of Object.entries({ username, fromUser })) {
    if (user !== undefined && !USER.test(user))
      throw invalid(field, 'This is no user of a SIP address.', 'Write it as the carrier gave it to you.');
  }
  if (fromDomain !== undefined && !HOST.test(fromDomain))
    throw invalid('fromDomain', 'This is no host.', 'Give a name or an address, without a port.');
  if ((username === undefined) !== (password === undefined))
    throw invalid(
      username === undefined ? 'username' : 'password',
      'Digest needs user name and password.',
      'Give both, or none.',
    );
  if (password !== undefined && (password.length === 0 || password.length > 256))
    throw invalid('password', 'A password has 1 to 256 characters.', 'Give the one of the carrier.');
  if (register && username === undefined)
    throw invalid('username', 'A registration needs a user name.', 'Give username and password.');
}

/** Least and most of each figure. */
const figures = {
  registerExpires: [60, 86_400],
  priority: [0, 65_535],
  weight: [0, 65_535],
  callsPerSecond: [0, 10_000],
  maxCalls: [0, 100_000],
  optionsInterval: [0, 3_600],
  responseTimeout: [500, 32_000],
} as const satisfies Partial<Record<keyof Trunk, readonly [number, number]>>;

function checkFigures(trunk: Trunk): void {
  for (const [field, [least, most]] of Object.entries(figures)) {
    const value = trunk[field as keyof typeof figures];
    if (!Number.isInteger(value) || value < least || value > most) {
      throw invalid(
        field,
        `${field} is a whole number from ${least} to ${most}.`,
        'Give a number in that range.',
      );
    }
  }
}
