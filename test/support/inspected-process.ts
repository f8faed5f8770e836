import { readdirSync, readFileSync } from 'node:fs';
import { eventually } from './peer-process.ts';
import type { CliProcess } from './run-cli.ts';

/** For the environment of a process that is to be inspected. */
export const inspectable = { NODE_OPTIONS: '--inspect=127.0.0.1:0' } as const;

/** What a process holds at the moment, after a garbage collection. */
export interface Holdings {
  /** Octets. */
  readonly heap: number;
  /** Octets, the memory of its threads included. */
  readonly resident: number;
  /** Sockets included. */
  readonly files: number;
}

/** The main thread of a Node process from outside, over the protocol of its debugger. */
export class InspectedProcess {
  readonly #pid: number;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  #requests = 0;

  private constructor(pid: number, socket: WebSocket) {
    this.#pid = pid;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
      if (id !== undefined) this.#waiting.get(id)?.(result);
    });
  }

  static async of(process: CliProcess): Promise<InspectedProcess> {
    const address = await eventually(
      () => /ws:\/\/127\.0\.0\.1:\d+\/[\w-]+/.exec(process.stderr)?.[0],
      'the process can be inspected',
    );
    const socket = new WebSocket(address);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', () =>
        reject(new Error('the process does not let itself be inspected')),
      );
    });
    return new InspectedProcess(process.pid, socket);
  }

  async holdings(): Promise<Holdings> {
    for (let round = 0; round < 3; round += 1) await this.#ask('HeapProfiler.collectGarbage');
    const expression = 'process.memoryUsage().heapUsed';
    const { result } = (await this.#ask('Runtime.evaluate', { expression })) as { result: { value: number } };
    const pages = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.#pid}/status`, 'utf8'))?.[1]);
    const files = readdirSync(`/proc/${this.#pid}/fd`).length;
    return { heap: result.value, resident: pages * 1_024, files };
  }

  #ask(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#requests;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, resolve);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return promise.finally(() => this.#waiting.delete(id));
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
