/** Secrets at rest: AES-256-GCM (NIST SP 800-38D), bound to the row they belong to. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** How a sealed text begins; what begins otherwise is from before secrets were sealed. */
const MARK = 'sealed:1:';

const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;

/** The key does not open what the database holds. */
export class WrongSecretKeyError extends Error {
  override readonly name = 'WrongSecretKeyError';

  constructor() {
    super(
      'The secret key does not open the secrets of this database. Give the key that it was used with: ' +
        '--secret-key (OVC_SECRET_KEY), or the file DATA/secret.key as it was.',
    );
  }
}

/** Closes secrets before they are written, and opens them where they are read. */
export interface Secrets {
  /** `owner`: the row; what was sealed for one row does not open for another. */
  seal(text: string, owner: string): string;
  /** A text that was never sealed is given back as it is. @throws {WrongSecretKeyError} also when it was tampered with */
  open(text: string, owner: string): string;
}

/** Keeps secrets as they are; for a database that nobody gave a key. */
export const unsealed: Secrets = {
  seal: (text) => text,
  open: (text) => {
    if (isSealed(text)) throw new WrongSecretKeyError();
    return text;
  },
};

export class SecretBox implements Secrets {
  readonly #key: Uint8Array;

  /** `key`: any text of enough entropy, at least 32 characters; a key of 256 bits is derived from it (RFC 5869). */
  constructor(key: string) {
    this.#key = new Uint8Array(hkdfSync('sha256', key, '', 'openvoicecall secrets at rest', 32));
  }

  seal(text: string, owner: string): string {
    // 96 random bits a time: safe for 2^32 texts under one key.
    const nonce = randomBytes(NONCE_LENGTH);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    cipher.setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return MARK + sealed.toString('base64url');
  }

  open(text: string, owner: string): string {
    if (!isSealed(text)) return text;
    const sealed = Buffer.from(text.slice(MARK.length), 'base64url');
    if (sealed.length < NONCE_LENGTH + TAG_LENGTH) throw new WrongSecretKeyError();
    const nonce = sealed.subarray(0, NONCE_LENGTH);
    const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce, { authTagLength: TAG_LENGTH });
    decipher.setAAD(Buffer.from(owner));
    decipher.setAuthTag(sealed.subarray(-TAG_LENGTH));
    try {
      const opened = [decipher.update(sealed.subarray(NONCE_LENGTH, -TAG_LENGTH)), decipher.final()];
      return Buffer.concat(opened).toString('utf8');
    } catch {
      throw new WrongSecretKeyError();
    }
  }
}

export const isSealed = (text: string): boolean => text.startsWith(MARK);
