import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, temporaryDirectory } from './peer-process.ts';
import { type AppAccess, PlatformClient, type PlatformAccess } from './platform-client.ts';
import { CliProcess, type CliResult } from './run-cli.ts';

/** UDP ports for media: a pair for each of 50 legs. */
const MEDIA_PORTS = 100;

export interface ServeOptions {
  /** Further flags of `serve`. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Further members of the app, as in `app create`. */
  readonly app?: Record<string, unknown>;
  /** UDP ports for media, {@link MEDIA_PORTS} unless set. */
  readonly mediaPorts?: number;
}

/** What a start leaves for the next one: the data directory, the ports, the app. */
interface Premises {
  readonly data: { readonly path: string; [Symbol.dispose](): void };
  readonly ports: { readonly http: string; readonly sip: string; readonly rtp: string };
  readonly app: AppAccess | undefined;
  readonly options: ServeOptions;
}

async function freePorts({ mediaPorts = MEDIA_PORTS }: ServeOptions): Promise<Premises['ports']> {
  const rtp = await freePort('127.0.0.1', mediaPorts);
  return {
    // Not any that the system would give to somebody's connection between a crash and the next start.
    http: `127.0.0.1:${await freePort()}`,
    sip: `127.0.0.1:${await freePort()}`,
    rtp: `127.0.0.1:${rtp}-${rtp + mediaPorts - 1}`,
  };
}

/** `openvoicecall serve` as a process of its own, with an app that may hold a hundred calls. */
export class ServedPlatform extends PlatformClient {
  readonly process: CliProcess;
  readonly #premises: Premises;

  private constructor(access: PlatformAccess, app: AppAccess, process: CliProcess, premises: Premises) {
    super(access, app);
    this.process = process;
    this.#premises = premises;
  }

  static async start(options: ServeOptions = {}): Promise<ServedPlatform> {
    const ports = await freePorts(options);
    return ServedPlatform.#serve({ data: temporaryDirectory(), ports, app: undefined, options });
  }

  static async #serve(premises: Premises): Promise<ServedPlatform> {
    const { data, ports, options } = premises;
    const places = ['--data', data.path, '--http', ports.http, '--sip', ports.sip, '--rtp', ports.rtp];
    const fixed = ['--media-workers', '1', '--host-name', 'ovc.test', '--fee-gathering-window', '0ms'];
    const process = new CliProcess(['serve', ...places, ...fixed, ...(options.flags ?? [])], options.env);
    await process.says('\n');
    const { http, sip } = JSON.parse(process.stdout) as { http: string; sip: string };
    const { token } = JSON.parse(readFileSync(join(data.path, 'admin.json'), 'utf8')) as { token: string };
    const access = { http, sip, token };
    const app = premises.app ?? (await PlatformClient.createApp(access, { ports: 100, ...options.app }));
    const bound = { http: new URL(http).host, sip, rtp: ports.rtp };
    return new ServedPlatform(access, app, process, { ...premises, ports: bound, app });
  }

  get data(): string {
    return this.#premises.data.path;
  }

  /** UDP ports of media, both included. */
  get mediaPorts(): { readonly first: number; readonly last: number } {
    const [first = 0, last = 0] = (this.#premises.ports.rtp.split(':')[1] ?? '').split('-').map(Number);
    return { first, last };
  }

  get sipPort(): number {
    return Number(this.access.sip.split(':').at(-1));
  }

  /** Dies at once, as in a crash. */
  async kill(): Promise<void> {
    this.process.signal('SIGKILL');
    await this.process.exited();
  }

  /** Ends as it is asked to. */
  async terminated(): Promise<CliResult> {
    this.process.signal('SIGTERM');
    return this.process.exited();
  }

  /** The next start, of a platform whose process has ended: with the same data, on the same ports, and with `flags` more. */
  restarted(flags: readonly string[] = []): Promise<ServedPlatform> {
    const { options } = this.#premises;
    const more = { ...options, flags: [...(options.flags ?? []), ...flags] };
    return ServedPlatform.#serve({ ...this.#premises, options: more });
  }

  /** Another platform with the data of a backup of this one, and its app; on ports of its own. */
  async restored(data: string, flags: readonly string[] = []): Promise<ServedPlatform> {
    const { options } = this.#premises;
    const ports = await freePorts(options);
    const kept = { path: data, [Symbol.dispose]: () => {} };
    return ServedPlatform.#serve({
      data: kept,
      ports,
      app: this.#premises.app,
      options: { ...options, flags },
    });
  }

  /** Lines of the log, without what `serve` says to people. */
  get logged(): string[] {
    return this.process.stderr.split('\n').filter((line) => line.startsWith('{'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.#premises.data[Symbol.dispose]();
  }
}
