import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { cpuSeconds } from '../serve-process.ts';
import { pin } from './batch-calls.ts';

/** A program that answers each line with a line. It ends when its input does. */
export class LineProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  constructor(program: string, args: readonly string[]) {
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#reader = createInterface({ input: this.#child.stdout! });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  static node(script: string, ...args: string[]): LineProcess {
    return new LineProcess(process.execPath, [new URL(script, import.meta.url).pathname, ...args]);
  }

  /** @throws Error when the program ended instead; its reason stands on standard error */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#child.spawnargs.join(' ')} ended early`);
    return value;
  }

  async answer<Answer>(): Promise<Answer> {
    return JSON.parse(await this.line()) as Answer;
  }

  tell(text: string): void {
    this.#child.stdin!.write(`${text}\n`);
  }

  ask<Answer>(order: object): Promise<Answer> {
    this.tell(JSON.stringify(order));
    return this.answer();
  }

  endInput(): void {
    this.#child.stdin!.end();
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Seconds of processor time of all its threads so far. */
  get cpu(): number {
    return cpuSeconds(this.pid);
  }

  /** All its threads share one processor from now on. */
  pin(processor: number): void {
    for (const thread of readdirSync(`/proc/${this.pid}/task`)) pin(Number(thread), processor);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reader.close();
    this.#child.stdin!.end();
    this.#child.kill('SIGTERM');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }
}
