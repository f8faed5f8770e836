/** Passwords of users: what they must be, and how they are kept (argon2id, RFC 9106, as a PHC string). */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { RuleViolation } from './rule-violation.ts';

const derive = promisify(argon2);

/** KiB, passes and lanes: what OWASP's password storage cheat sheet recommends at least. */
export interface HashingCost {
  readonly memory: number;
  readonly passes: number;
}

const defaultCost: HashingCost = { memory: 19_456, passes: 2 };

const TAG_LENGTH = 32;
const SALT_LENGTH = 16;

const LENGTH = { least: 12, most: 128 } as const;
const LEAST_DISTINCT = 5;

/** Each takes 19 MiB and some 50 ms of a thread that others need too. */
const MOST_AT_ONCE = 2;
const MOST_WAITING = 32;

/** Too many sign-ins are being checked; to be tried again in a moment. */
export class HasherBusyError extends Error {
  override readonly name = 'HasherBusyError';
}

const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64').replaceAll('=', '');

/** Length and variety, no composition rules (NIST SP 800-63B section 5.1.1). */
export function checkPassword(password: string, userName: string): void {
  const fault =
    password.length < LENGTH.least || password.length > LENGTH.most
      ? `A password has ${LENGTH.least}-${LENGTH.most} characters.`
      : new Set(password).size < LEAST_DISTINCT
        ? `A password has at least ${LEAST_DISTINCT} different characters.`
        : password.toLowerCase().includes(userName.toLowerCase())
          ? 'A password does not contain the name of its user.'
          : undefined;
  if (fault === undefined) return;
  const remedy = 'Take a few words in a row, or leave it out: then one is made and shown once.';
  throw new RuleViolation('password-invalid', fault, { field: 'password', remedy });
}

/** Hashes and verifies, few at a time. Both reject with HasherBusyError when too many wait. */
export class PasswordHasher {
  readonly #cost: HashingCost;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  /** Of nobody, so that a name that there is not takes as long as one that there is. */
  readonly #nobody: Promise<string>;

  constructor(cost: HashingCost = defaultCost) {
    this.#cost = cost;
    this.#nobody = this.hash(base64(randomBytes(SALT_LENGTH)));
  }

  async hash(password: string): Promise<string> {
    const { memory, passes } = this.#cost;
    const nonce = randomBytes(SALT_LENGTH);
    const tag = await this.#derive(password, nonce, this.#cost);
    return `$argon2id$v=19$m=${memory},t=${passes},p=1$${base64(nonce)}$${base64(tag)}`;
  }

  /** `hash` undefined: as long as any other, and false. */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    const text = hash ?? (await this.#nobody);
    const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$([^$]+)\$([^$]+)$/.exec(text);
    if (match === null) throw new Error('The stored hash of a password is not one of argon2id.');
    const [, memory, passes, salt = '', expected = ''] = match;
    const cost = { memory: Number(memory), passes: Number(passes) };
    const tag = await this.#derive(password, Buffer.from(salt, 'base64'), cost);
    const wanted = Buffer.from(expected, 'base64');
    return wanted.length === tag.length && timingSafeEqual(tag, wanted) && hash !== undefined;
  }

  async #derive(password: string, nonce: Uint8Array, { memory, passes }: HashingCost): Promise<Buffer> {
    // One way to write each character (RFC 8265 section 4.2.1), whatever keyboard it came from.
    const message = Buffer.from(password.normalize('NFC'));
    const parameters = { message, nonce, parallelism: 1, tagLength: TAG_LENGTH, memory, passes };
    if (this.#running >= MOST_AT_ONCE) {
      if (this.#waiting.length >= MOST_WAITING)
        throw new HasherBusyError('Too many passwords are being checked.');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running += 1;
    try {
      return await derive('argon2id', parameters);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}
