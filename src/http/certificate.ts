import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions, type Server } from 'node:tls';
import type { Clock, Logger } from '../call/ports.ts';

export interface CertificateFiles {
  /** PEM: the certificate and those between it and its authority. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

/** ms between looks at the files. */
const LOOK = 60_000;

/** TLS 1.2 and 1.3; Node's own list of ciphers, which has no weak ones. */
const LIMITS = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' } as const;

/** The certificate of a server, read again when its files change or somebody asks. Connections that are there go on. */
export class Certificate {
  readonly #files: CertificateFiles;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #servers = new Set<Server>();
  #seen: string;
  #options: SecureContextOptions;
  #cancel = (): void => {};

  /** @throws where the files cannot be read, or do not belong together */
  constructor(files: CertificateFiles, clock: Clock, log: Logger) {
    this.#files = files;
    this.#clock = clock;
    this.#log = log;
    this.#seen = this.#stamp();
    this.#options = this.#read();
    this.#watch();
  }

  /** What a server is created with. */
  get options(): SecureContextOptions {
    return this.#options;
  }

  /** Servers that take over what is read later. */
  add(server: Server): void {
    this.#servers.add(server);
  }

  /** Reads the files anew; where they cannot be used the certificate stays as it is, and the log says why. */
  reload(): void {
    try {
      this.#seen = this.#stamp();
      this.#options = this.#read();
      for (const server of this.#servers) server.setSecureContext(this.#options);
      this.#log.info({}, 'the certificate was read');
    } catch (error) {
      this.#log.error({ err: error }, 'the certificate cannot be read, the one before stays in use');
    }
  }

  close(): void {
    this.#cancel();
  }

  #watch(): void {
    this.#cancel = this.#clock.after(LOOK, () => {
      if (this.#changed()) this.reload();
      this.#watch();
    });
  }

  #changed(): boolean {
    try {
      return this.#stamp() !== this.#seen;
    } catch {
      // In the middle of being replaced: there is a next look.
      return false;
    }
  }

  /** Through links, by which those who renew certificates replace them. */
  #stamp(): string {
    return [this.#files.cert, this.#files.key]
      .map((path) => statSync(path))
      .map(({ ino, mtimeMs, size }) => `${ino} ${mtimeMs} ${size}`)
      .join(' ');
  }

  #read(): SecureContextOptions {
    const { cert, key } = this.#files;
    const options = { ...LIMITS, cert: readFileSync(cert), key: readFileSync(key) };
    createSecureContext(options);
    return options;
  }
}
