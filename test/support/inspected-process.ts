import { readdirSync, readFileSync } from 'node:fs';
import { eventually } from './peer-process.ts';

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

/** Of the protocol, what is read here; one to or from a thread is wrapped in another. */
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: unknown;
  readonly params?: { readonly sessionId?: string; readonly message?: string };
}

/** A Node process from outside, over the protocol of its debugger. */
export class InspectedProcess {
  readonly #pid: number;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  /** Sessions of its threads. */
  readonly #threads = new Set<string>();
  #requests = 0;

  private constructor(pid: number, socket: WebSocket) {
    this.#pid = pid;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(String(data)) as Message));
  }

  static async of(process: { readonly pid: number; readonly stderr: string }): Promise<InspectedProcess> {
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
    const inspected = new InspectedProcess(process.pid, socket);
    await inspected.#ask('NodeWorker.enable', { waitForDebuggerOnStart: false });
    return inspected;
  }

  async holdings(): Promise<Holdings> {
    for (let round = 0; round < 3; round += 1) {
      await this.#ask('HeapProfiler.collectGarbage');
      // Threads that allocate little collect late: what they hold on to would look like growth.
      await Promise.all([...this.#threads].map((sessionId) => this.#collectIn(sessionId)));
    }
    const expression = 'process.memoryUsage().heapUsed';
    const { result } = (await this.#ask('Runtime.evaluate', { expression })) as { result: { value: number } };
    const pages = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.#pid}/status`, 'utf8'))?.[1]);
    const files = readdirSync(`/proc/${this.#pid}/fd`).length;
    return { heap: result.value, resident: pages * 1_024, files };
  }

  #receive({ id, method, result, params }: Message): void {
    if (id !== undefined) this.#waiting.get(id)?.(result);
    else if (method === 'NodeWorker.attachedToWorker') this.#threads.add(params?.sessionId ?? '');
    else if (method === 'NodeWorker.detachedFromWorker') this.#threads.delete(params?.sessionId ?? '');
    else if (method === 'NodeWorker.receivedMessageFromWorker')
      this.#receive(JSON.parse(params?.message ?? '{}') as Message);
  }

  /** Resolves when the thread has answered. */
  async #collectIn(sessionId: string): Promise<void> {
    const id = ++this.#requests;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, resolve);
    const message = JSON.stringify({ id, method: 'HeapProfiler.collectGarbage' });
    await this.#ask('NodeWorker.sendMessageToWorker', { sessionId, message });
    await promise;
    this.#waiting.delete(id);
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
