import { type ApiAnswer, callApi } from './signed-request.ts';

/** How long an event of a call is waited for, ms. */
const PATIENCE = 30_000;

export interface ShownEvent {
  readonly type: string;
  readonly party?: string;
  readonly stateCode?: number;
  readonly at: string;
}

/** A call as `GET /admin/v1/calls/{sessionId}` shows it; only what tests look at. */
export interface ShownCall {
  readonly sessionId: string;
  readonly state: string;
  readonly legs: readonly ShownLeg[];
  readonly events: readonly ShownEvent[];
  readonly pushes: readonly ShownPush[];
  readonly cdr?: Record<string, unknown>;
}

export interface ShownLeg {
  readonly party: string;
  readonly callId?: string;
  readonly recording?: string;
  readonly answeredAt?: string;
  readonly answeredBy?: { readonly verdict: string; readonly confidence: number; readonly after: number };
  readonly beepAt?: string;
  readonly audio?: {
    readonly audio: string;
    readonly causes: readonly string[];
    readonly received?: { readonly packets: number; readonly mos: number };
    readonly level?: number;
  };
}

export interface ShownPush {
  readonly kind: string;
  readonly state: string;
  readonly deliveries: readonly { httpStatus?: number; error?: string }[];
}

/** A call that is over, with its record. */
export type EndedCall = ShownCall & { cdr: Record<string, unknown> };

/** The numbers that tests call from and to. */
export const numbers = {
  display: '+8675528000003',
  displayCallee: '+8675528000002',
  a: '+8613500000001',
  b: '+8613500000002',
} as const;

/** How to reach a running platform. */
export interface PlatformAccess {
  /** Base URL. */
  readonly http: string;
  /** `HOST:PORT`. */
  readonly sip: string;
  /** The operator's. */
  readonly token: string;
}

export interface AppAccess {
  readonly appKey: string;
  readonly appSecret: string;
}

/** A running platform as a customer and an operator use it, from outside; the customer has one app. */
export class PlatformClient {
  readonly access: PlatformAccess;
  readonly app: AppAccess;

  constructor(access: PlatformAccess, app: AppAccess) {
    this.access = access;
    this.app = app;
  }

  /** An app as in `app create`, with the numbers it may show. */
  static async createApp(
    access: PlatformAccess,
    app: Record<string, unknown> = {},
    display: readonly string[] = [numbers.display, numbers.displayCallee],
  ): Promise<AppAccess> {
    const admin = new PlatformClient(access, { appKey: '', appSecret: '' });
    const wanted = { name: 'Test', capability: 'callback', ...app };
    const created = (await admin.admin('POST', '/apps', wanted)) as AppAccess;
    for (const number of display) await admin.admin('POST', '/numbers', { number, appKey: created.appKey });
    return created;
  }

  async admin(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.access.http}/admin/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.access.token}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      body: body ? JSON.stringify(body) : undefined,
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  /** A signed click2Call from A to B, changed by `body`. */
  click2Call(
    body: object = {},
    prefix: '' | '/sandbox' = '',
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiAnswer> {
    const order = {
      displayNbr: numbers.display,
      callerNbr: numbers.a,
      displayCalleeNbr: numbers.displayCallee,
      calleeNbr: numbers.b,
      ...body,
    };
    const path = `${prefix}/rest/httpsessions/click2Call/v2.0`;
    return callApi(this.access.http, path, this.app, order, headers);
  }

  /** {@link click2Call} that must be accepted. Returns the session id. */
  async accepted(body: object = {}): Promise<string> {
    const answer = await this.click2Call(body);
    if (answer.body.resultcode !== '0' || !answer.body.sessionId) throw new Error(JSON.stringify(answer));
    return answer.body.sessionId;
  }

  async stop(sessionid: string): Promise<ApiAnswer> {
    return callApi(this.access.http, '/rest/httpsessions/callStop/v2.0', this.app, {
      sessionid,
      signal: 'call_stop',
    });
  }

  async call(sessionId: string): Promise<ShownCall> {
    return (await this.admin('GET', `/calls/${encodeURIComponent(sessionId)}`)) as ShownCall;
  }

  /** Waits for an event of the call. */
  async until(sessionId: string, type: string, party?: string): Promise<void> {
    const query = new URLSearchParams({ sessionId, token: this.access.token });
    const signal = AbortSignal.timeout(PATIENCE);
    try {
      const { body } = await fetch(`${this.access.http}/events?${query}`, { signal });
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
      throw new Error(`no ${type} ${party ?? ''} in ${sessionId}, but: ${storyOf(events).join(', ')}`, {
        cause: error,
      });
    }
  }

  /** The call once it ended. */
  async ended(sessionId: string): Promise<EndedCall> {
    await this.until(sessionId, 'disconnect');
    const call = await this.call(sessionId);
    if (call.cdr === undefined) throw new Error('a call ended without a record');
    return { ...call, cdr: call.cdr };
  }

  /** The value of a metric, by its name and labels as they stand at `/metrics`; undefined when there is none. */
  async metric(name: string): Promise<number | undefined> {
    const text = await (await fetch(`${this.access.http}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.slice(name.length + 1));
  }
}

/** Events in short: `callout A`. */
export const storyOf = (events: readonly ShownEvent[]): string[] =>
  events.map(({ type, party = '' }) => `${type} ${party}`.trim());
