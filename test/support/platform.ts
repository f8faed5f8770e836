import { loadConfig } from '../../src/config/load.ts';
import type { Logger } from '../../src/call/ports.ts';
import { startPlatform, type Platform } from '../../src/main.ts';
import { freePort, temporaryDirectory } from './peer-process.ts';
import { PlatformClient, type PlatformAccess, type AppAccess } from './platform-client.ts';

/** UDP ports for media: a pair for each of 100 legs. */
const MEDIA_PORTS = 200;

export { numbers, type ShownCall, type ShownEvent } from './platform-client.ts';

/** The whole platform as `serve` starts it, on free ports and a directory of its own, with an app that may call. */
export class TestPlatform extends PlatformClient {
  /** Every log line, as one text. */
  readonly logged: string[];
  readonly platform: Platform;
  readonly #directory: ReturnType<typeof temporaryDirectory>;

  private constructor(
    access: PlatformAccess,
    app: AppAccess,
    platform: Platform,
    logged: string[],
    directory: ReturnType<typeof temporaryDirectory>,
  ) {
    super(access, app);
    this.platform = platform;
    this.logged = logged;
    this.#directory = directory;
  }

  /** The data directory. */
  get data(): string {
    return this.#directory.path;
  }

  /**
   * `flags` as on the command line of `serve`, by their keys, and the `host` where SIP and media are; `app` as in
   * `app create`.
   */
  static async start(
    { host = '127.0.0.1', ...flags }: Record<string, unknown> & { host?: string } = {},
    app: Record<string, unknown> = {},
  ): Promise<TestPlatform> {
    const directory = temporaryDirectory();
    const rtp = await freePort(host, MEDIA_PORTS);
    const config = loadConfig({
      flags: {
        data: directory.path,
        http: '127.0.0.1:0',
        sip: `${host}:0`,
        rtp: `${host}:${rtp}-${rtp + MEDIA_PORTS - 1}`,
        mediaWorkers: 1,
        hostName: 'ovc.test',
        feeGatheringWindow: '0ms',
        ...flags,
      },
      env: {},
    });
    const logged: string[] = [];
    const write = (level: string) => (fields: object, message: string) => {
      logged.push(`${level} ${JSON.stringify(fields, errorsAsText)} ${message}`);
    };
    const log: Logger = {
      debug: () => {},
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
    };
    const platform = await startPlatform(config, { log, version: 'test', adminToken: 'test-token' });
    const access = { http: platform.http, sip: platform.sip, token: platform.adminToken };
    const created = await PlatformClient.createApp(access, app);
    return new TestPlatform(access, created, platform, logged, directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.platform.close();
    this.#directory[Symbol.dispose]();
  }
}

const errorsAsText = (_key: string, value: unknown): unknown =>
  value instanceof Error ? (value.stack ?? value.message) : value;
