import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, HttpPlatform } from '../../test/support/http-platform.ts';
import { addUser, ask, bearer, signIn } from '../../test/support/signed-in.ts';
import { settle } from '../../test/support/manual-clock.ts';
import type { App } from '../accounts/account.ts';

let platform: HttpPlatform;
let app: App;

beforeEach(async () => {
  platform = new HttpPlatform();
  app = await platform.administration.createApp({ name: 'Cars', capability: 'callback' });
  await platform.administration.addNumber('+8675528000001', app.appKey);
  await platform.listen();
});
afterEach(() => platform.close());

async function placeCall(): Promise<string> {
  const { body } = await platform.admin<{ sessionId: string }>('POST', '/admin/v1/calls', {
    appKey: app.appKey,
    displayNbr: '+8675528000001',
    callerNbr: '+8613500000001',
    displayCalleeNbr: '+8675528000001',
    calleeNbr: '+8613500000002',
  });
  await settle();
  return body.sessionId;
}

interface Message {
  readonly id: string;
  readonly text: string;
}

/** An open event stream whose messages can be waited for. */
class Subscription {
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #abort: AbortController;
  #buffer = '';

  private constructor(response: Response, abort: AbortController) {
    this.#abort = abort;
    if (response.body === null) throw new Error('no stream');
    this.#reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async open(
    query: string,
    headers: Record<string, string> = {},
    token = ADMIN_TOKEN,
  ): Promise<Subscription> {
    const abort = new AbortController();
    const response = await fetch(`${platform.url}/events?token=${token}${query}`, {
      headers,
      signal: abort.signal,
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    return new Subscription(response, abort);
  }

  /** Everything up to and including the next comment or message. */
  async block(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#buffer.slice(0, end);
        this.#buffer = this.#buffer.slice(end + 2);
        return block;
      }
      const { value, done } = await this.#reader.read();
      if (done) throw new Error('the stream ended');
      this.#buffer += value;
    }
  }

  async messages(count: number): Promise<Message[]> {
    const messages: Message[] = [];
    while (messages.length < count) {
      const block = await this.block();
      const [, id = '', json = ''] = /^id: (.*)\nevent: call\ndata: (.*)$/.exec(block) ?? [];
      if (id === '') continue;
      const { type, party = '' } = JSON.parse(json) as { type: string; party?: string };
      messages.push({ id, text: `${type}${party}` });
    }
    return messages;
  }

  close(): void {
    this.#abort.abort();
  }
}

const texts = (messages: Message[]): string[] => messages.map(({ text }) => text);
const untilBridged = ['calloutA', 'alertingA', 'answerA', 'calloutB', 'alertingB', 'answerB'];

describe('/events of an account', () => {
  it('tell its people of its own calls only, live and after a break', async () => {
    await addUser(platform, 'mei', 'read-only');
    await addUser(platform, 'li', 'owner', 'other');
    const mine = await Subscription.open('', {}, await signIn(platform, 'mei'));
    const token = await signIn(platform, 'li', 'other');
    const others = await Subscription.open('', {}, token);
    const sessionId = await placeCall();
    expect((await mine.messages(6)).map(({ id }) => id)).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => `${sessionId}:${n}`),
    );
    mine.close();
    const again = await Subscription.open('', { 'last-event-id': `${sessionId}:1` }, token);
    // Nothing before the first heartbeat but what the stream begins with.
    await platform.clock.advance(15_000);
    for (const stream of [others, again]) {
      expect([await stream.block(), await stream.block()]).toEqual([': OpenVoiceCall', ': still here']);
      stream.close();
    }
  });

  it('end when their reader is signed out', async () => {
    await addUser(platform, 'mei', 'read-only');
    const token = await signIn(platform, 'mei');
    const stream = await Subscription.open('', {}, token);
    await ask(platform, 'DELETE', '/session', { headers: bearer(token) });
    await platform.clock.advance(15_000);
    await expect(stream.messages(1)).rejects.toThrow('the stream ended');
  });
});

describe('/events', () => {
  it('tells what happens to every call, as it happens', async () => {
    const subscription = await Subscription.open('');
    const [first, second] = [await placeCall(), await placeCall()];
    const messages = await subscription.messages(12);
    expect(texts(messages)).toEqual([...untilBridged, ...untilBridged]);
    expect(messages[0]?.id).toBe(`${first}:1`);
    expect(messages[11]?.id).toBe(`${second}:6`);
    subscription.close();
  });

  it('tells all of one call, what was before the subscription too', async () => {
    await placeCall();
    const sessionId = await placeCall();
    const subscription = await Subscription.open(`&sessionId=${encodeURIComponent(sessionId)}`);
    expect(texts(await subscription.messages(6))).toEqual(untilBridged);
    await placeCall();
    platform.telephony.legs[3]?.hangUpByUser();
    const [last] = await subscription.messages(1);
    expect(last?.text).toBe('disconnectB');
    expect(last?.id).toBe(`${sessionId}:7`);
    subscription.close();
  });

  it('goes on after the last event that a client has seen', async () => {
    const sessionId = await placeCall();
    const one = await Subscription.open(`&sessionId=${sessionId}`, { 'last-event-id': `${sessionId}:4` });
    expect(texts(await one.messages(2))).toEqual(['alertingB', 'answerB']);
    one.close();
    const other = await placeCall();
    const all = await Subscription.open('', { 'last-event-id': `${sessionId}:5` });
    expect(texts(await all.messages(7))).toEqual(['answerB', ...untilBridged]);
    platform.telephony.legs[3]?.hangUpByUser();
    expect((await all.messages(1))[0]?.id).toBe(`${other}:7`);
    all.close();
  });

  it('says each event once when it happens while the past is read', async () => {
    const sessionId = await placeCall();
    const read = Promise.withResolvers<void>();
    const events = platform.store.events.bind(platform.store);
    platform.store.events = async (query) => {
      const page = await events(query);
      platform.telephony.leg('B').hangUpByUser();
      await settle();
      // The store has the event by now, and the subscriber was told of it as well.
      read.resolve();
      return [...page, ...(await events({ ...query, after: page.at(-1) ?? query.after }))];
    };
    const subscription = await Subscription.open('', { 'last-event-id': `${sessionId}:5` });
    await read.promise;
    expect(texts(await subscription.messages(2))).toEqual(['answerB', 'disconnectB']);
    platform.store.events = events;
    await placeCall();
    expect(texts(await subscription.messages(1))).toEqual(['calloutA']);
    subscription.close();
  });

  it('starts afresh when the last event id is none of ours', async () => {
    for (const id of ['nonsense', 'x:1', ':', '1:2:3']) {
      const subscription = await Subscription.open('', { 'last-event-id': id });
      await placeCall();
      expect((await subscription.messages(1))[0]?.text).toBe('calloutA');
      subscription.close();
    }
  });

  it('keeps quiet streams alive, and forgets those that left', async () => {
    const subscription = await Subscription.open('');
    expect(await subscription.block()).toBe(': OpenVoiceCall');
    expect(platform.bus.subscribers).toBe(1);
    await platform.clock.advance(15_000);
    expect(await subscription.block()).toBe(': still here');
    await platform.clock.advance(15_000);
    expect(await subscription.block()).toBe(': still here');
    subscription.close();
    await expect.poll(() => platform.bus.subscribers).toBe(0);
    expect(platform.clock.pending).toBe(0);
  });

  it('knows when there is no such call', async () => {
    const response = await fetch(`${platform.url}/events?token=${ADMIN_TOKEN}&sessionId=nothing`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'call-unknown' } });
  });

  it('refuses a token, or a session, that is given twice', async () => {
    const status = async (query: string): Promise<number> =>
      (await fetch(`${platform.url}/events?${query}`)).status;
    expect(await status(`token=${ADMIN_TOKEN}&token=x`)).toBe(401);
    expect(await status(`token=${ADMIN_TOKEN}&sessionId=a&sessionId=b`)).toBe(400);
    expect(platform.logged).toEqual([]);
  });

  it('ends its streams when the server closes', async () => {
    const subscription = await Subscription.open('');
    await subscription.block();
    await platform.close();
    await expect(subscription.block()).rejects.toThrow('the stream ended');
  });
});
