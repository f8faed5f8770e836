import { chownSync, readdirSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Client } from 'pg';
import { eventually, freePort, PeerProcess, temporaryDirectory } from './peer-process.ts';

const HOST = '127.0.0.1';

/** Where Debian puts the programs of each version, newest first. */
const PACKAGES = '/usr/lib/postgresql';

function programs(): string | undefined {
  try {
    const [newest] = readdirSync(PACKAGES).sort((a, b) => Number(b) - Number(a));
    return newest && join(PACKAGES, newest, 'bin');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Why tests with PostgreSQL cannot run here; undefined where they can. For `describe.skipIf`. */
export const postgresMissing: string | undefined =
  programs() === undefined ? 'the Debian package postgresql is not installed' : undefined;

/** The server refuses to run as root; Debian's package makes a user for it. */
function asServer(): { readonly prefix: readonly string[]; readonly own: (path: string) => void } {
  if (process.getuid?.() !== 0) return { prefix: [], own: () => {} };
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }).trim());
  const [user, group] = [id('-u'), id('-g')];
  return {
    // Another user's process forgets whose child it is: it is told again.
    prefix: `setpriv --reuid=${user} --regid=${group} --clear-groups --pdeathsig INT --`.split(' '),
    own: (path) => chownSync(path, user, group),
  };
}

/** What is deferred is done by the commit. */
const SLOW_COMMIT = `create function pause() returns trigger language plpgsql as 'begin perform pg_sleep(1); return null; end';
  create constraint trigger slow_commit after insert on calls deferrable initially deferred for each row execute function pause()`;

/** The backend that holds the platform's lock, while it commits. */
const COMMITTING = `select backend.pid from pg_stat_activity backend join pg_locks lock on lock.pid = backend.pid
  where lock.locktype = 'advisory' and lock.granted and backend.state = 'active' and backend.query = 'commit'`;

export interface PostgresOptions {
  /** Settings as in postgresql.conf. Commits are durable, as on a server that nobody has touched. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * A PostgreSQL server of its own: new, empty, on a free port, gone with the test. It can be stopped and started again
 * meanwhile. Everybody on this machine is let in as the user `postgres`.
 */
export class PostgresServer {
  readonly #directory: { readonly path: string; [Symbol.dispose](): void };
  readonly #settings: Readonly<Record<string, string>>;
  readonly port: number;
  #process: PeerProcess | undefined;
  #databases = 0;

  private constructor(
    directory: { readonly path: string; [Symbol.dispose](): void },
    port: number,
    settings: Readonly<Record<string, string>>,
  ) {
    this.#directory = directory;
    this.port = port;
    this.#settings = settings;
  }

  /** Takes a second or so. Rejects where {@link postgresMissing} says why. */
  static async start({ settings = {} }: PostgresOptions = {}): Promise<PostgresServer> {
    const bin = programs();
    if (bin === undefined) throw new Error(`PostgreSQL cannot be started: ${postgresMissing}`);
    const directory = temporaryDirectory();
    const { prefix, own } = asServer();
    own(directory.path);
    const init = `${bin}/initdb -D ${directory.path}/db -A trust -U postgres --no-sync -E UTF8 --locale=C.UTF-8`;
    const [program = '', ...args] = [...prefix, ...init.split(' ')];
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const server = new PostgresServer(directory, await freePort(HOST), settings);
    await server.resume();
    return server;
  }

  /** `postgres://` URL of a database; without a name, of the one that is always there. */
  url(database = 'postgres'): string {
    return `postgres://postgres@${HOST}:${this.port}/${database}`;
  }

  /** @returns the URL of a new, empty database */
  async createDatabase(): Promise<string> {
    this.#databases += 1;
    const name = `test${this.#databases}`;
    await this.run(`create database ${name}`);
    return this.url(name);
  }

  /** Process id of the backend that writes for the platform. */
  writer(): Promise<number> {
    return eventually(async () => {
      const [row] = await this.run(`select pid from pg_locks where locktype = 'advisory' and granted`);
      return row?.pid as number | undefined;
    }, 'the platform has its writer');
  }

  /** From now on a commit takes a second for each new call. */
  async delayCommits(): Promise<void> {
    await this.run(SLOW_COMMIT);
  }

  /** Freezes the platform's writer in the middle of its next commit. What this resolves with lets it go on. */
  async freezeCommit(): Promise<() => void> {
    const pid = await eventually(
      async () => (await this.run(COMMITTING))[0]?.pid as number | undefined,
      'a commit',
    );
    process.kill(pid, 'SIGSTOP');
    return () => process.kill(pid, 'SIGCONT');
  }

  /** Runs statements as the operator. @returns the rows of the last one */
  async run(statements: string, database?: string): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: this.url(database) });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(statements)).rows;
    } finally {
      await client.end();
    }
  }

  /** Lets the server write to a directory. */
  static own(path: string): void {
    asServer().own(path);
  }

  /** Process id of the server's first process. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Ends the server: `fast` breaks connections off in good order, `immediate` is a crash. What was committed stays. */
  async stop(how: 'fast' | 'immediate' = 'fast'): Promise<void> {
    this.#process?.signal(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await this.#process?.exited;
    this.#process = undefined;
  }

  /** Starts a stopped server again, on its port; resolves when it lets clients in. */
  async resume(): Promise<void> {
    const { path } = this.#directory;
    const settings = { listen_addresses: HOST, port: String(this.port), ...this.#settings };
    const flags = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
    const command = [
      ...asServer().prefix,
      `${programs()}/postgres`,
      '-D',
      `${path}/db`,
      '-k',
      path,
      ...flags,
    ];
    const [program = '', ...args] = command;
    const server = new PeerProcess(program, args);
    this.#process = server;
    let ended = false;
    void server.exited.then(() => (ended = true));
    await eventually(async () => {
      if (ended) throw new Error(`PostgreSQL did not start: ${server.output}`);
      return (await this.#admits()) || undefined;
    }, 'PostgreSQL lets clients in');
  }

  async #admits(): Promise<boolean> {
    try {
      await this.run('select 1');
      return true;
    } catch (error) {
      // Nothing listens yet, or it says that it is still starting (cannot_connect_now).
      const { code } = error as { code?: string };
      if (code === 'ECONNREFUSED' || code === '57P03') return false;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('immediate');
    this.#directory[Symbol.dispose]();
  }
}
