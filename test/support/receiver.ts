/**
 * A customer's server as the documentation describes it: it takes pushes over real HTTP, checks each one's form and
 * signature and the order within each call, and can misbehave on request. It shares no code with what it checks.
 */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedPush {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  readonly eventType: string;
  /** One for a status push, one or more for CDRs. */
  readonly sessionIds: readonly string[];
  /** 1 for the first push this receiver got. */
  readonly count: number;
}

/**
 * What the receiver does with a push: answers with a status (at once, or once a promise resolves), keeps silent, or
 * closes the connection without an answer.
 */
export type Behaviour =
  | {
      readonly answer: number;
      readonly when?: Promise<void>;
      readonly location?: string;
      readonly body?: string;
    }
  | 'hang'
  | 'close';

export type SignatureForm = 'newline' | 'concatenated' | 'none';

export interface ReceiverOptions {
  /** Secrets by app key; signatures are not checked without it. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** 'newline' by default. */
  readonly signature?: SignatureForm;
  readonly behaviour?: (push: ReceivedPush) => Behaviour;
}

interface StatusBody {
  readonly eventType: string;
  readonly statusInfo?: {
    readonly sessionId: string;
    readonly timestamp: string;
    readonly [member: string]: unknown;
  };
  readonly feeLst?: readonly { readonly sessionId: string; readonly [member: string]: unknown }[];
}

interface SessionProgress {
  unanswered: number;
  lastText?: string;
  lastTimestamp: string;
  ended?: string;
}

const OK: Behaviour = { answer: 200, body: '{"resultcode":"0","resultdesc":"Success"}' };

export class Receiver {
  readonly pushes: ReceivedPush[] = [];
  /** What a customer would complain about; empty when all is well. */
  readonly faults: string[] = [];
  /** May be exchanged at any time. */
  behaviour: (push: ReceivedPush) => Behaviour;
  /** Connections accepted so far. */
  connections = 0;
  readonly #server: Server;
  readonly #options: ReceiverOptions;
  readonly #sessions = new Map<string, SessionProgress>();
  readonly #waiting: { count: number; resolve: () => void }[] = [];

  private constructor(server: Server, options: ReceiverOptions) {
    this.#server = server;
    this.#options = options;
    this.behaviour = options.behaviour ?? (() => OK);
    server.on('connection', () => {
      this.connections += 1;
    });
    server.on('request', (request, response) => void this.#take(request, response));
  }

  /** Listens on a free port of 127.0.0.1, or on `port`. */
  static async start(options: ReceiverOptions = {}, port = 0): Promise<Receiver> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    return new Receiver(server, options);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** Resolves once this many pushes have come in altogether. */
  async received(count: number): Promise<readonly ReceivedPush[]> {
    if (this.pushes.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
    }
    return this.pushes;
  }

  /** The bodies of all pushes, in order of arrival. */
  get bodies(): unknown[] {
    return this.pushes.map(({ text }) => JSON.parse(text) as unknown);
  }

  /** What a status push tells of the call, in order of arrival; only those of that type. */
  statusesOf(sessionId: string, eventType: string): Readonly<Record<string, unknown>>[] {
    return (this.bodies as StatusBody[]).flatMap((body) =>
      body.eventType === eventType && body.statusInfo?.sessionId === sessionId ? [body.statusInfo] : [],
    );
  }

  /** The CDR of the call, once it was pushed: the last of its pushes. */
  async feeOf(sessionId: string): Promise<Readonly<Record<string, unknown>>> {
    for (;;) {
      const bodies = this.bodies as StatusBody[];
      const fee = bodies.flatMap(({ feeLst = [] }) => feeLst).find((each) => each.sessionId === sessionId);
      if (fee !== undefined) return { ...fee };
      await this.received(this.pushes.length + 1);
    }
  }

  /** Whoever pushes next has to connect again. */
  dropConnections(): void {
    this.#server.closeAllConnections();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    // A sender that was cut off, such as by a stop, told nothing.
    if (!request.complete) return;
    const bytes = Buffer.concat(chunks);
    if (bytes.length === 0) return void this.faults.push('a push without a body');
    const push = this.#read(request, bytes);
    this.#checkForm(request, bytes);
    this.#checkSignature(request, push);
    this.#checkOrder(push);
    this.pushes.push(push);
    for (const waiter of this.#waiting) if (this.pushes.length >= waiter.count) waiter.resolve();
    await this.#behave(push, response);
  }

  #read(request: IncomingMessage, bytes: Buffer): ReceivedPush {
    const text = bytes.toString();
    const { eventType, statusInfo, feeLst } = JSON.parse(text) as StatusBody;
    if (eventType === 'fee' ? !feeLst?.length || feeLst.length > 50 : statusInfo === undefined) {
      this.faults.push(`a ${eventType} push without its content`);
    }
    const sessionIds = feeLst?.map(({ sessionId }) => sessionId) ?? [statusInfo?.sessionId ?? ''];
    const count = this.pushes.length + 1;
    return { path: request.url ?? '', headers: request.headers, text, eventType, sessionIds, count };
  }

  #checkForm(request: IncomingMessage, bytes: Buffer): void {
    if (request.method !== 'POST') this.faults.push(`method ${request.method}`);
    if (request.headers['content-type'] !== 'application/json;charset=UTF-8') {
      this.faults.push(`Content-Type ${request.headers['content-type']}`);
    }
    if (request.headers['content-length'] !== String(bytes.length))
      this.faults.push('Content-Length missing');
  }

  #checkSignature(request: IncomingMessage, push: ReceivedPush): void {
    const { secrets, signature = 'newline' } = this.#options;
    if (secrets === undefined) return;
    const { authorization, 'x-aksk': token } = request.headers;
    if (signature === 'none') {
      if (authorization ?? token) this.faults.push('signed, though it should not be');
      return;
    }
    if (authorization !== 'AKSK realm="SDP",profile="UsernameToken",type="Appkey"') {
      this.faults.push(`Authorization ${authorization}`);
    }
    const field = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(String(token))?.[1] ?? '';
    const between = signature === 'newline' ? '\n' : '';
    const created = field('Created');
    const expected = createHmac('sha256', secrets[field('Username')] ?? '')
      .update(this.url(push.path) + between + field('Nonce') + between + created)
      .digest('base64');
    if (field('PasswordDigest') !== expected) this.faults.push(`wrong digest in ${String(token)}`);
    if (!/^[0-9A-Za-z]{1,128}$/.test(field('Nonce'))) this.faults.push(`nonce ${field('Nonce')}`);
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(created)) this.faults.push(`created ${created}`);
  }

  /** Pushes of a call come one after another, in the order of their times, and its CDR comes last. */
  #checkOrder(push: ReceivedPush): void {
    const { statusInfo } = JSON.parse(push.text) as StatusBody;
    for (const sessionId of push.sessionIds) {
      const progress = this.#progressOf(sessionId);
      const told = `${push.eventType} of ${sessionId}`;
      if (progress.unanswered > 0) this.faults.push(`${told} before the one before was answered`);
      const repeated = progress.lastText === push.text;
      if (progress.ended === 'fee' && push.eventType !== 'fee') this.faults.push(`${told} after its CDR`);
      else if (progress.ended === 'disconnect' && push.eventType !== 'fee' && !repeated) {
        this.faults.push(`${told} after its end`);
      }
      const timestamp = statusInfo?.timestamp ?? progress.lastTimestamp;
      if (timestamp < progress.lastTimestamp) this.faults.push(`${told} goes back in time`);
      progress.lastTimestamp = timestamp;
      progress.lastText = push.text;
      if (push.eventType === 'fee' || push.eventType === 'disconnect') progress.ended = push.eventType;
    }
  }

  #progressOf(sessionId: string): SessionProgress {
    const progress = this.#sessions.get(sessionId) ?? { unanswered: 0, lastTimestamp: '' };
    this.#sessions.set(sessionId, progress);
    return progress;
  }

  async #behave(push: ReceivedPush, response: ServerResponse): Promise<void> {
    const behaviour = this.behaviour(push);
    const settled = this.#expectAnswer(push);
    response.once('close', settled);
    if (behaviour === 'hang') return;
    if (behaviour === 'close') {
      response.destroy();
      return;
    }
    await behaviour.when;
    if (behaviour.location !== undefined) response.setHeader('Location', behaviour.location);
    response.writeHead(behaviour.answer, { 'Content-Type': 'application/json;charset=UTF-8' });
    settled();
    response.end(behaviour.body ?? '');
  }

  /** Until the returned function is called, no other push of these calls may come. */
  #expectAnswer(push: ReceivedPush): () => void {
    const sessions = push.sessionIds.map((sessionId) => this.#progressOf(sessionId));
    for (const session of sessions) session.unanswered += 1;
    let settled = false;
    return () => {
      if (settled) return;
      settled = true;
      for (const session of sessions) session.unanswered -= 1;
    };
  }
}
