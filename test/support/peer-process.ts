import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether a program of someone else's is installed; tests that need it skip themselves where it is not. */
export function installed(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** An IPv4 address that is not loopback, for peers that refuse to work without one. */
export function outwardAddress(): string | undefined {
  for (const addresses of Object.values(networkInterfaces())) {
    const found = addresses?.find(({ family, internal }) => family === 'IPv4' && !internal);
    if (found) return found.address;
  }
  return undefined;
}

/** A directory that goes away with the test. */
export function temporaryDirectory(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'ovc-test-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

const taken = new Set<number>();

/**
 * A port free for UDP and TCP on `host` just now, even, with `span` ports free above it for UDP. Below the ephemeral range,
 * so that no outgoing connection takes it meanwhile; each process starts elsewhere, so that parallel tests rarely meet.
 */
export async function freePort(host = '127.0.0.1', span = 1): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = 10_000 + 2 * Math.floor(Math.random() * 10_500);
    const wanted = Array.from({ length: span }, (_, index) => port + index);
    if (wanted.some((one) => taken.has(one))) continue;
    const free = await Promise.all([tcpFree(host, port), ...wanted.map((one) => udpFree(host, one))]);
    if (!free.every(Boolean)) continue;
    for (const one of wanted) taken.add(one);
    return port;
  }
  throw new Error(`no free port on ${host}`);
}

/** Gives ports of {@link freePort} back when who held them is gone: benches take thousands, again and again. */
export function returnPorts(port: number, span = 1): void {
  for (let index = 0; index < span; index++) taken.delete(port + index);
}

const tcpFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });

/** Whether nobody holds a UDP port. */
export const udpFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4').once('error', () => resolve(false));
    socket.bind(port, host, () => socket.close(() => resolve(true)));
  });

export interface PeerProcessOptions {
  readonly cwd?: string;
  /** Takes standard output, where that is no text. */
  readonly onOutput?: (chunk: Buffer) => void;
}

/**
 * Someone else's program, running for one test; disposing it kills it and waits until it is gone. Should the tests
 * themselves be killed, the system ends it.
 */
export class PeerProcess {
  readonly #child: ChildProcess;
  readonly exited: Promise<number | null>;
  /** Standard output and error, for messages of failing tests. */
  output = '';

  constructor(program: string, args: readonly string[], options: PeerProcessOptions = {}) {
    const dying = ['--pdeathsig', 'TERM', '--', program, ...args];
    this.#child = spawn('setpriv', dying, { cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString()).slice(-100_000);
    };
    this.#child.stdout?.on('data', options.onOutput ?? keep);
    this.#child.stderr?.on('data', keep);
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code) => resolve(code));
      this.#child.once('error', (error) => {
        this.output += String(error);
        resolve(null);
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.exited;
  }
}

/** Whether something accepts TCP connections at `port`. */
export const accepts = (port: number, host = '127.0.0.1'): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** Asks again until `condition` holds; for what another program does in its own time. */
export async function eventually<T>(
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
  milliseconds = 20_000,
): Promise<T> {
  const until = performance.now() + milliseconds;
  for (;;) {
    const result = await condition();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > until) throw new Error(`still not: ${what}`);
    await new Promise<void>((resolve) => setTimeout(resolve, 25));
  }
}
