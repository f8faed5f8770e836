import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { installed } from './peer-process.ts';

const program = fileURLToPath(new URL('../../bin/openvoicecall.js', import.meta.url));

/** Each command starts in half the time when it need not be compiled again. */
const compileCache = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url));

/** A test that runs out of time does not end what it started: then the system does, where it can. */
const untilWeDie = installed('setpriv') ? ['setpriv', '--pdeathsig', 'KILL', '--'] : [];

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as a process of its own; `stdout` and `stderr` grow while it runs. */
export class CliProcess {
  readonly #child;
  readonly #closed: Promise<unknown>;
  stdout = '';
  stderr = '';

  /** `stdin`: what it reads; nothing where it is absent. */
  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}, stdin?: string) {
    const command = [...untilWeDie, process.execPath, program, ...args];
    this.#child = spawn(command[0]!, command.slice(1), {
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // A command that reads nothing may be gone before it is written.
    this.#child.stdin.on('error', () => {});
    this.#child.stdin.end(stdin);
    this.#child.stdout.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.#child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.#closed = once(this.#child, 'close');
  }

  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGKILL'): void {
    this.#child.kill(name);
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async exited(): Promise<CliResult> {
    await this.#closed;
    return { code: this.#child.exitCode, stdout: this.stdout, stderr: this.stderr };
  }

  /** Resolves when standard output holds `text`; rejects when the command ends without it. */
  async says(text: string): Promise<void> {
    while (!this.stdout.includes(text)) {
      const next = await Promise.race([
        once(this.#child.stdout, 'data'),
        this.#closed.then(() => 'closed' as const),
      ]);
      if (next === 'closed' && !this.stdout.includes(text)) {
        const how = this.#child.signalCode ?? this.#child.exitCode;
        throw new Error(`ended (${how}) without "${text}": ${this.stdout}${this.stderr}`);
      }
    }
  }
}

/** Runs a command to its end. */
export function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  stdin?: string,
): Promise<CliResult> {
  return new CliProcess(args, env, stdin).exited();
}
