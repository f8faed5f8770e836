import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const TICKS_PER_SECOND = 100;

/** User and system time a process has used so far, seconds (Linux: /proc/PID/stat, fields 14 and 15). */
export function cpuSeconds(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** `openvoicecall serve` in a process of its own, so that its processor time is its own. */
export class ServeProcess {
  readonly #child: ChildProcess;
  readonly url: string;
  readonly #token: string;

  /** What it said that is no log; where it is inspected, how. */
  readonly stderr: string;

  private constructor(child: ChildProcess, stderr: string, url: string, token: string) {
    this.#child = child;
    this.stderr = stderr;
    this.url = url;
    this.#token = token;
  }

  /** @param node where it runs, and flags of Node itself */
  static async start(
    data: string,
    args: readonly string[],
    node: { readonly cwd?: string; readonly flags?: readonly string[] } = {},
  ): Promise<ServeProcess> {
    const program = fileURLToPath(new URL('../bin/openvoicecall.js', import.meta.url));
    const child = spawn(
      process.execPath,
      [
        ...(node.flags ?? []),
        program,
        'serve',
        '--data',
        data,
        '--http',
        '127.0.0.1:0',
        '--sip',
        '127.0.0.1:0',
        '--log-level',
        'error',
        // A bench does not wait for calls that are still up.
        '--drain-seconds',
        '0',
        ...args,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], cwd: node.cwd },
    );
    let words = '';
    createInterface({ input: child.stderr! }).on('line', (line) => {
      // What a newcomer reads at a start is no figure; what goes wrong, which the log tells in JSON, is.
      if (line.startsWith('{')) console.error(line);
      else words += `${line}\n`;
    });
    for await (const line of createInterface({ input: child.stdout! })) {
      const { http } = JSON.parse(line) as { http: string };
      const { token } = JSON.parse(readFileSync(`${data}/admin.json`, 'utf8')) as { token: string };
      return new ServeProcess(child, words, http, token);
    }
    throw new Error(`the platform did not start: ${words}`);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get cpu(): number {
    return cpuSeconds(this.pid);
  }

  /** Resident memory, MiB. */
  get memory(): number {
    return Math.round(this.residentKiB / 1024);
  }

  get residentKiB(): number {
    return residentKiBOf(this.pid);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async admin<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.url}/admin/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** An app that may hold `ports` calls, with the number it shows. */
  async app(
    ports: number,
    capability: 'callback' | 'notification' = 'callback',
  ): Promise<{ appKey: string; appSecret: string }> {
    const app = await this.admin<{ appKey: string; appSecret: string }>('POST', '/apps', {
      name: 'Bench',
      capability,
      ports,
    });
    await this.admin('POST', '/numbers', { number: '+8675528000001', appKey: app.appKey });
    return app;
  }

  /** An approved voice file. */
  async upload(name: string, wav: Uint8Array): Promise<void> {
    const form = new FormData();
    form.set('name', name);
    form.set('approve', 'true');
    form.set('file', new Blob([new Uint8Array(wav)]), name);
    const headers = { authorization: `Bearer ${this.#token}` };
    const response = await fetch(`${this.url}/admin/v1/voice-files`, { method: 'POST', headers, body: form });
    if (!response.ok) throw new Error(`upload: ${response.status} ${await response.text()}`);
  }

  /** Calls `listener` for every event, as the console would see it, until `signal`. */
  async events(
    listener: (event: { type: string; stateCode?: number }) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const response = await fetch(`${this.url}/events`, {
      headers: { authorization: `Bearer ${this.#token}` },
      signal,
    });
    void this.#read(response, listener, signal);
  }

  async #read(
    response: Response,
    listener: (event: { type: string; stateCode?: number }) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let rest = '';
    try {
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line.startsWith('data:')) listener(JSON.parse(line.slice(5)));
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** The value of a metric, by its name and labels as they stand at `/metrics`. */
  async metric(name: string): Promise<number> {
    return valueIn(await this.metrics(), name);
  }

  /** What stands at `/metrics` now: values of one instant. */
  async metrics(): Promise<string> {
    return (await fetch(`${this.url}/metrics`)).text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGTERM');
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}

/** Resident memory of a process, KiB. */
export function residentKiBOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** The value of a metric in the text of `/metrics`, by its name and labels as they stand there. */
export function valueIn(text: string, name: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  if (line === undefined) throw new Error(`there is no metric ${name}`);
  return Number(line.slice(name.length + 1));
}
