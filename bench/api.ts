import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../test/support/peer-process.ts';
import { postgresMissing, PostgresServer } from '../test/support/postgres.ts';
import type { LoadFigures, LoadOptions } from './api/load.ts';
import type { PlatformOptions } from './api/platform.ts';
import type { PrototypeOptions } from './api/prototype.ts';
import { cpuSeconds } from './serve-process.ts';

/** As fast as it goes, then at a fixed rate. */
export interface ApiFigures {
  /** Accepted requests per second, 256 customers at once, on connections that stay open. */
  readonly perSecond: number;
  /** ms, at as many requests as it can take. */
  readonly p99Busy: number;
  readonly cpuMicrosecondsPerRequest: number;
  readonly refused: number;
  /** At 4,000 requests per second, half of the goal; ms. */
  readonly halfLoad: {
    readonly perSecond: number;
    readonly refused: number;
    readonly p50: number;
    readonly p99: number;
    readonly max: number;
  };
}

/** Of one database. */
export interface ApiComparison {
  readonly platform: ApiFigures;
  /** The platform with `connection: close`, as the service answers by default. */
  readonly closingPerSecond: number;
  readonly oneByOnePerSecond: number;
  /** Bare fastify with the digest check and one durable insert. */
  readonly prototype: { readonly perSecond: number; readonly oneByOnePerSecond: number };
}

const CUSTOMERS = 256;
const HALF_LOAD = 4_000;

/** Requests per second, `seconds` for each figure, on SQLite and where it is installed on PostgreSQL. */
export async function api(seconds: number): Promise<Record<string, ApiComparison>> {
  const sqlite = await onDatabases(seconds, async (use) => {
    using directory = temporaryDirectory();
    return await use(directory.path, `sqlite:${join(directory.path, 'bench.db')}`);
  });
  if (postgresMissing) return { sqlite };
  await using server = await PostgresServer.start();
  const postgres = await onDatabases(seconds, async (use) => {
    using directory = temporaryDirectory();
    return await use(directory.path, await server.createDatabase());
  });
  return { sqlite, postgres };
}

/** Calls back with a new directory and a new database. */
type WithDatabase = <T>(use: (directory: string, database: string) => Promise<T>) => Promise<T>;

async function onDatabases(seconds: number, withDatabase: WithDatabase): Promise<ApiComparison> {
  const platform = <T>(
    options: Partial<PlatformOptions>,
    measure: (server: Server) => Promise<T>,
  ): Promise<T> =>
    withDatabase(async (data, database) => {
      await using server = await Server.start('platform', { data, database, keepAlive: true, ...options });
      return await measure(server);
    });
  const prototype = (options: Partial<PrototypeOptions>): Promise<number> =>
    withDatabase(async (_, database) => {
      await using server = await Server.start('prototype', { database, ...options });
      return (await server.load({ seconds })).perSecond;
    });
  const perSecond = async (server: Server): Promise<number> => (await server.load({ seconds })).perSecond;
  return {
    platform: {
      ...(await platform({}, (server) => figures(server, seconds))),
      // A platform of its own: an accepted call of this bench never ends, so those of the full rate would be in its memory.
      halfLoad: await platform({}, (server) => halfLoad(server, seconds)),
    },
    closingPerSecond: await platform(
      { keepAlive: false },
      async (server) => (await server.load({ seconds, close: true })).perSecond,
    ),
    oneByOnePerSecond: await platform({ oneByOne: true }, perSecond),
    prototype: {
      perSecond: await prototype({}),
      oneByOnePerSecond: await prototype({ oneByOne: true }),
    },
  };
}

async function figures(server: Server, seconds: number): Promise<Omit<ApiFigures, 'halfLoad'>> {
  const before = server.cpu;
  const busy = await server.load({ seconds });
  const cpu = server.cpu - before;
  return {
    perSecond: busy.perSecond,
    p99Busy: busy.latency.p99,
    cpuMicrosecondsPerRequest: Math.round((cpu * 1e6) / busy.accepted),
    refused: busy.refused,
  };
}

async function halfLoad(server: Server, seconds: number): Promise<ApiFigures['halfLoad']> {
  const { perSecond, refused, latency } = await server.load({ seconds, rate: HALF_LOAD, connections: 500 });
  return { perSecond, refused, ...latency };
}

type Access = Pick<LoadOptions, 'url' | 'appKey' | 'appSecret'>;

/** Profiles the platform while it takes all it can, on SQLite or the database given, for bench/flame-graph.ts. */
export async function profileApi(file: string, seconds: number, database?: string): Promise<void> {
  using directory = temporaryDirectory();
  await using server = await Server.start('platform', {
    data: directory.path,
    database,
    keepAlive: true,
    profile: file,
  });
  server.signal('SIGUSR2');
  await server.load({ seconds });
}

/** A server of the bench in a process of its own, warmed up. */
class Server {
  readonly #child: ReturnType<typeof spawn>;
  readonly #access: Access;

  private constructor(child: ReturnType<typeof spawn>, access: Access) {
    this.#child = child;
    this.#access = access;
  }

  static async start(
    name: 'platform' | 'prototype',
    options: PlatformOptions | PrototypeOptions,
  ): Promise<Server> {
    const child = run(name, options);
    const access = JSON.parse(await firstLine(child)) as Access;
    const server = new Server(child, access);
    await server.load({ seconds: 2 });
    return server;
  }

  /** Seconds of processor time so far. */
  get cpu(): number {
    return cpuSeconds(this.#child.pid);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async load(options: Partial<LoadOptions> & { seconds: number }): Promise<LoadFigures> {
    const child = run('load', { ...this.#access, connections: CUSTOMERS, ...options });
    return JSON.parse(await firstLine(child)) as LoadFigures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGTERM');
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}

function run(name: string, options: object): ReturnType<typeof spawn> {
  const program = fileURLToPath(new URL(`api/${name}.ts`, import.meta.url));
  return spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function firstLine(child: ReturnType<typeof spawn>): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) return line;
  throw new Error('a process of the bench ended; its reason stands above');
}
