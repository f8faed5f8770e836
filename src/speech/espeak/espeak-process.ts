import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SpeechFailure } from '../provider.ts';
import type { EngineAnswer, EngineOrder } from './messages.ts';

/** The engine's program, beside this file: TypeScript in a clone, JavaScript once built. */
export const espeakProgram = new URL(
  `./espeak-program${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`,
  import.meta.url,
);

/** The engine's own memory is WebAssembly, which this does not count. */
const HEAP_MEGABYTES = 256;

interface Pending {
  readonly resolve: (answer: EngineAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** One process of the engine. It answers one order at a time. */
export class EspeakProcess {
  readonly #child: ChildProcess;
  #pending: Pending | undefined;
  #dead = false;

  constructor(program: URL = espeakProgram) {
    this.#child = fork(fileURLToPath(program), [], {
      serialization: 'advanced',
      // No secret of ours is any of its business, and texts that it prints are none of the log's.
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning', `--max-old-space-size=${HEAP_MEGABYTES}`],
    });
    this.#child.on('message', (answer: EngineAnswer) => this.#settle(({ resolve }) => resolve(answer)));
    this.#child.on('error', (cause) => this.#died('the speech engine does not start', cause));
    this.#child.on('exit', () => this.#died('the speech engine ended'));
    this.#child.on('disconnect', () => this.#died('the speech engine listens no more'));
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
  async answer(order: EngineOrder, signal: AbortSignal): Promise<EngineAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<EngineAnswer>();
    this.#pending = { resolve, reject };
    const abort = (): void => this.#died('the speech engine took too long');
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    else if (!this.#child.connected) this.#died('the speech engine is gone');
    else this.#child.send(order, (cause) => cause !== null && this.#died('the speech engine is gone', cause));
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Resolves when it is gone. */
  async end(): Promise<void> {
    this.#dead = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined)
      return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  /** It may only be deaf: then nothing but this ends it. */
  #died(message: string, cause?: unknown): void {
    this.#dead = true;
    this.#child.kill('SIGKILL');
    this.#settle(({ reject }) => reject(new SpeechFailure(message, { retryable: true, cause })));
  }

  #settle(how: (pending: Pending) => void): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) how(pending);
  }
}
