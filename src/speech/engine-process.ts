import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SpeechFailure } from './provider.ts';

/** The JavaScript heap; what an engine holds in WebAssembly or C++ is not counted. */
const HEAP_MEGABYTES = 256;

interface Pending<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export interface EngineProgram {
  readonly program: URL;
  /** For messages: 'the speech engine'. */
  readonly name: string;
}

/**
 * One process of a speech engine, which answers one order at a time, over Node's IPC with structured cloning. An engine
 * that crashes takes nothing but this process with it.
 */
export class EngineProcess<Order extends object, Answer> {
  readonly #child: ChildProcess;
  readonly #name: string;
  #pending: Pending<Answer> | undefined;
  #dead = false;

  constructor({ program, name }: EngineProgram) {
    this.#name = name;
    this.#child = fork(fileURLToPath(program), [], {
      serialization: 'advanced',
      // No secret of ours is any of its business, and texts that it prints are none of the log's.
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning', `--max-old-space-size=${HEAP_MEGABYTES}`],
    });
    this.#child.on('message', (answer: Answer) => this.#settle(({ resolve }) => resolve(answer)));
    this.#child.on('error', (cause) => this.#died('does not start', cause));
    this.#child.on('exit', (code, signal) => this.#died(`ended (${signal ?? `code ${code}`})`));
    this.#child.on('disconnect', () => this.#deaf());
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** It ended, or is about to. */
  get dead(): boolean {
    return this.#dead;
  }

  /**
   * @param signal kills the process, for the engine cannot be interrupted
   * @throws {SpeechFailure}
   */
  async answer(order: Order, signal: AbortSignal): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#pending = { resolve, reject };
    const abort = (): void => this.#died('took too long');
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    else if (!this.#child.connected) this.#deaf();
    // Where it is not sent, the process is gone or going, which its exit says better.
    else this.#child.send(order, (cause) => cause !== null && this.#deaf());
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Resolves when it is gone. */
  async end(): Promise<void> {
    this.#dead = true;
    if (this.#ended || this.#child.pid === undefined) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** One that ends is deaf a moment before its exit, which says more; one that is only deaf has to be ended. */
  #deaf(): void {
    this.#dead = true;
    if (this.#ended) this.#died('is gone');
    else this.#child.kill('SIGKILL');
  }

  #died(how: string, cause?: unknown): void {
    this.#dead = true;
    this.#child.kill('SIGKILL');
    this.#settle(({ reject }) =>
      reject(new SpeechFailure(`${this.#name} ${how}`, { retryable: true, cause })),
    );
  }

  #settle(how: (pending: Pending<Answer>) => void): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) how(pending);
  }
}
