import { loadConfig } from '../../src/config.ts';
import type { Logger } from '../../src/call/ports.ts';
import { startPlatform, type Platform } from '../../src/main.ts';
import { freePort, temporaryDirectory } from './peer-process.ts';
import { type ApiAnswer, callApi } from './signed-request.ts';

/** UDP ports for media: a pair for each of 100 legs. */
const MEDIA_PORTS = 200;
/** How long an event of a call is waited for, ms. */
const PATIENCE = 30_000;

export interface ShownEvent {
  readonly type: string;
  readonly party?: string;
  readonly stateCode?: number;
}

/** A call as `GET /admin/v1/calls/{sessionId}` shows it; only what tests look at. */
export interface ShownCall {
  readonly state: string;
  readonly legs: readonly { party: string; callId?: string }[];
  readonly events: readonly ShownEvent[];
  readonly pushes: readonly { kind: string; state: string }[];
  readonly cdr?: Record<string, unknown>;
}

/** The numbers that tests call from and to. */
export const numbers = {
  display: '+8675528000001',
  displayCallee: '+8675528000002',
  a: '+8613500000001',
  b: '+8613500000002',
} as const;

/** The whole platform as `serve` starts it, on free ports and a directory of its own, with an app that may call. */
export class TestPlatform {
  readonly platform: Platform;
  readonly app: { readonly appKey: string; readonly appSecret: string };
  /** Every log line, as one text. */
  readonly logged: string[];
  readonly #directory: { [Symbol.dispose](): void };

  private constructor(
    platform: Platform,
    app: { appKey: string; appSecret: string },
    logged: string[],
    directory: { [Symbol.dispose](): void },
  ) {
    this.platform = platform;
    this.app = app;
    this.logged = logged;
    this.#directory = directory;
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
    const admin = adminOf(platform);
    const created = (await admin('POST', '/apps', { name: 'Test', capability: 'callback', ...app })) as {
      appKey: string;
      appSecret: string;
    };
    const display =
      flags.trunk === undefined
        ? ['+8675528000003', '+8675528000002']
        : [numbers.display, numbers.displayCallee];
    for (const number of display) await admin('POST', '/numbers', { number, appKey: created.appKey });
    return new TestPlatform(platform, created, logged, directory);
  }

  admin(method: string, path: string, body?: object): Promise<unknown> {
    return adminOf(this.platform)(method, path, body);
  }

  /** A signed click2Call from A to B, changed by `body`. */
  click2Call(body: object = {}): Promise<ApiAnswer> {
    return callApi(this.platform.http, '/rest/httpsessions/click2Call/v2.0', this.app, {
      displayNbr: numbers.display,
      callerNbr: numbers.a,
      displayCalleeNbr: numbers.displayCallee,
      calleeNbr: numbers.b,
      ...body,
    });
  }

  /** {@link click2Call} that must be accepted. Returns the session id. */
  async accepted(body: object = {}): Promise<string> {
    const answer = await this.click2Call(body);
    if (answer.body.resultcode !== '0' || !answer.body.sessionId) throw new Error(JSON.stringify(answer));
    return answer.body.sessionId;
  }

  async stop(sessionid: string): Promise<ApiAnswer> {
    return callApi(this.platform.http, '/rest/httpsessions/callStop/v2.0', this.app, {
      sessionid,
      signal: 'call_stop',
    });
  }

  async call(sessionId: string): Promise<ShownCall> {
    return (await this.admin('GET', `/calls/${encodeURIComponent(sessionId)}`)) as ShownCall;
  }

  /** Waits for an event of the call. */
  async until(sessionId: string, type: string, party?: string): Promise<void> {
    const query = new URLSearchParams({ sessionId, token: this.platform.adminToken });
    const signal = AbortSignal.timeout(PATIENCE);
    try {
      const { body } = await fetch(`${this.platform.http}/events?${query}`, { signal });
      if (body === null) throw new Error('no stream of events');
      let text = '';
      for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const events = [...text.matchAll(/^data: (.*)\n/gm)].map(
          ([, json = '']) => JSON.parse(json) as ShownEvent,
        );
        if (events.some((event) => event.type === type && (party === undefined || event.party === party)))
          return;
      }
      throw new Error('the stream of events ended');
    } catch (error) {
      const { events } = await this.call(sessionId);
      const happened = events.map((event) => `${event.type} ${event.party ?? ''}`).join(', ');
      throw new Error(`no ${type} ${party ?? ''} in ${sessionId}, but: ${happened}`, { cause: error });
    }
  }

  /** The call once it ended. */
  async ended(sessionId: string): Promise<ShownCall & { cdr: Record<string, unknown> }> {
    await this.until(sessionId, 'disconnect');
    const call = await this.call(sessionId);
    if (call.cdr === undefined) throw new Error('a call ended without a record');
    return { ...call, cdr: call.cdr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.platform.close();
    this.#directory[Symbol.dispose]();
  }
}

const errorsAsText = (_key: string, value: unknown): unknown =>
  value instanceof Error ? (value.stack ?? value.message) : value;

const adminOf =
  (platform: Platform) =>
  async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${platform.http}/admin/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${platform.adminToken}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      body: body ? JSON.stringify(body) : undefined,
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
