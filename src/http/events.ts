/** GET /events: what happens to calls, as server-sent events; a client that lost the connection misses nothing. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { CallEvent } from '../call/call-record.ts';
import type { Clock, EventBus, Logger } from '../call/ports.ts';
import type { CallQueries, EventPosition } from '../call/queries.ts';
import { type Authorization, checkStreamOrigin, maySee } from './admin/authorize.ts';
import { AdminRefusal, adminErrorAnswer } from './admin/errors.ts';
import { seesNumbersOfCalls, shownEvent } from './admin/record-views.ts';

export interface EventRoutesOptions {
  readonly authorization: Authorization;
  readonly bus: EventBus;
  readonly queries: CallQueries;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whether calls leave on a trunk. */
  readonly placing: { readonly commercial: boolean };
}

/** ms between comments that keep proxies from closing a quiet stream. */
const HEARTBEAT = 15_000;

/** Bytes a slow reader may leave unread before it is cut off; it resumes by Last-Event-ID. */
const LONGEST_BACKLOG = 1024 * 1024;

/** Events read from the store at once. */
const PAGE = 500;

const idOf = ({ sessionId, sequence }: EventPosition): string => `${sessionId}:${sequence}`;

function positionOf(id: unknown): EventPosition | undefined {
  if (typeof id !== 'string') return undefined;
  const match = /^(.{1,256}):(\d{1,9})$/.exec(id);
  return match?.[1] === undefined ? undefined : { sessionId: match[1], sequence: Number(match[2]) };
}

/** Calls of which a stream remembers whose they are. */
const MOST_CALLS = 10_000;

interface Viewer {
  /** Only events of this call. */
  readonly sessionId: string | undefined;
  /** Only events of this account's calls. */
  readonly spId: string | undefined;
  readonly seesNumbers: boolean;
  /** Rejects when the viewer may see them no more. */
  readonly check: () => Promise<void>;
}

/** One subscriber's stream: first what it missed, then what happens. */
class EventStream {
  readonly #options: EventRoutesOptions;
  readonly #sessionId: string | undefined;
  readonly #response: FastifyReply['raw'];
  /** Events that came while the store was read, by id; undefined once the stream is live. */
  #waiting: Map<string, CallEvent> | undefined = new Map();
  readonly #unsubscribe: () => void;
  readonly #viewer: Viewer;
  /** Events of which it is being found out whose they are. */
  #finding: Promise<void> = Promise.resolve();
  #stopHeartbeat = (): void => {};
  /** By session id. */
  readonly #mine = new Map<string, boolean>();

  constructor(options: EventRoutesOptions, response: FastifyReply['raw'], viewer: Viewer) {
    const { sessionId } = viewer;
    this.#viewer = viewer;
    this.#options = options;
    this.#response = response;
    this.#sessionId = sessionId;
    this.#unsubscribe = options.bus.subscribe((event) => {
      if (sessionId !== undefined && event.sessionId !== sessionId) return;
      if (viewer.spId === undefined || sessionId !== undefined) this.#happened(event);
      else this.#finding = this.#finding.then(() => this.#happenedToSomebody(event));
    });
    response.once('close', () => this.end());
    this.#beat();
  }

  /** Sends what was committed after `last`; of a single call without `last`, all of it. */
  async catchUp(last: EventPosition | undefined): Promise<void> {
    for await (const event of this.#missed(last)) {
      this.#waiting?.delete(idOf(event));
      this.#send(event);
    }
    const waiting = this.#waiting?.values() ?? [];
    this.#waiting = undefined;
    for (const event of waiting) this.#send(event);
  }

  end(): void {
    this.#unsubscribe();
    this.#stopHeartbeat();
    this.#response.end();
  }

  #happened(event: CallEvent): void {
    if (this.#waiting === undefined) this.#send(event);
    else this.#waiting.set(idOf(event), event);
  }

  /** Of another account's calls nothing is told. */
  async #happenedToSomebody(event: CallEvent): Promise<void> {
    try {
      if (await this.#isMine(event)) this.#happened(event);
    } catch {
      // Whose it is cannot be read now; the client comes back and asks for what it missed.
      this.#response.destroy();
    }
  }

  async #isMine({ sessionId }: CallEvent): Promise<boolean> {
    const { spId } = this.#viewer;
    if (spId === undefined) return true;
    const known = this.#mine.get(sessionId);
    if (known !== undefined) return known;
    const owner = await this.#options.queries.owner(sessionId);
    if (this.#mine.size >= MOST_CALLS) this.#mine.clear();
    this.#mine.set(sessionId, owner?.spId === spId);
    return owner?.spId === spId;
  }

  async *#missed(last: EventPosition | undefined): AsyncIterable<CallEvent> {
    const { queries } = this.#options;
    if (this.#sessionId !== undefined) {
      const after = last?.sessionId === this.#sessionId ? last.sequence : 0;
      const history = await queries.history(this.#sessionId);
      yield* (history?.events ?? []).filter(({ sequence }) => sequence > after);
      return;
    }
    for (let after = last; after !== undefined && this.#response.writable; ) {
      const page = await queries.events({ after, limit: PAGE });
      for (const event of page) if (await this.#isMine(event)) yield event;
      after = page.length === PAGE ? page.at(-1) : undefined;
    }
  }

  #send(event: CallEvent): void {
    this.#write(
      `id: ${idOf(event)}\nevent: call\ndata: ${JSON.stringify(shownEvent(event, this.#viewer.seesNumbers))}\n\n`,
    );
  }

  #write(text: string): void {
    if (this.#response.writableLength > LONGEST_BACKLOG) this.#response.destroy();
    else if (this.#response.writable) this.#response.write(text);
  }

  #beat(): void {
    this.#stopHeartbeat = this.#options.clock.after(HEARTBEAT, () => {
      this.#write(': still here\n\n');
      this.#beat();
      // Who signed out, or has another role since, sees no more.
      this.#viewer.check().catch(() => this.end());
    });
  }
}

/** What a client wrote twice comes as a list. */
interface EventsQuery {
  readonly token?: string | readonly string[];
  readonly sessionId?: string | readonly string[];
}

export function registerEvents(server: FastifyInstance, options: EventRoutesOptions): void {
  const open = new Set<EventStream>();
  server.addHook('preClose', async () => {
    for (const stream of open) stream.end();
  });
  server.get<{ Querystring: EventsQuery }>(
    '/events',
    { schema: { hide: true }, errorHandler: adminErrorAnswer(options.log) },
    async (request, reply) => {
      const { token, sessionId } = request.query;
      const check = (): Promise<void> =>
        options.authorization.check(request, 'read', typeof token === 'string' ? token : undefined);
      await check();
      checkStreamOrigin(request);
      if (typeof sessionId === 'object') {
        const remedy = 'Give one sessionId, or none for the events of all calls.';
        throw new AdminRefusal(400, 'invalid-request', 'sessionId is given twice.', remedy);
      }
      const history = sessionId === undefined ? undefined : await options.queries.history(sessionId);
      if (sessionId !== undefined && (history === undefined || !maySee(request, history.call.owner.spId))) {
        throw new AdminRefusal(404, 'call-unknown', 'There is no call with this session id.');
      }
      reply.hijack();
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      reply.raw.write(': OpenVoiceCall\n\n');
      const seesNumbers = seesNumbersOfCalls(request, options.placing);
      const stream = new EventStream(options, reply.raw, {
        sessionId,
        spId: request.spId,
        seesNumbers,
        check,
      });
      open.add(stream);
      reply.raw.once('close', () => open.delete(stream));
      await stream.catchUp(positionOf(request.headers['last-event-id'])).catch((error: unknown) => {
        options.log.warn(
          { error: String((error as Error).name) },
          'an event stream could not read the store',
        );
        reply.raw.destroy();
      });
    },
  );
}
