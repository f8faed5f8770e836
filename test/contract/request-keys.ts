import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallStore } from '../../src/call/ports.ts';
import type { CallQueries } from '../../src/call/queries.ts';
import { type KeyedPlacement, REQUEST_KEY_LIFETIME, type RequestKeys } from '../../src/call/request-key.ts';
import { Refused } from '../../src/http/voicecall/refused.ts';
import { keyedRequest, RequestsOnce } from '../../src/http/voicecall/request-keys.ts';
import { sampleCall, START } from './samples.ts';

interface KeyStores {
  readonly calls: CallStore;
  readonly queries: CallQueries;
  readonly requestKeys: RequestKeys;
}

const placement = (changed: Partial<KeyedPlacement> = {}): KeyedPlacement => ({
  appKey: 'app-1',
  key: 'order-1',
  digest: 'd1',
  sessionId: 's',
  idlePort: 0,
  placedAt: START,
  ...changed,
});

/** What every store does with the keys of requests. `open` gives an empty one. */
export function requestKeysContract(open: () => Promise<KeyStores>): void {
  it('keeps a key with its call, for one app', async () => {
    const { calls, requestKeys } = await open();
    await calls.create(sampleCall('s'), placement());
    await calls.create(sampleCall('t'), placement({ appKey: 'app-2', sessionId: 't', idlePort: undefined }));
    expect(await requestKeys.find('app-1', 'order-1')).toEqual(placement());
    expect(await requestKeys.find('app-2', 'order-1')).toEqual(
      placement({ appKey: 'app-2', sessionId: 't', idlePort: undefined }),
    );
    expect(await requestKeys.find('app-1', 'order-2')).toBeUndefined();
  });

  it('creates no call whose key is taken, and those beside it all the same', async () => {
    const { calls, queries, requestKeys } = await open();
    await calls.create(sampleCall('s'), placement());
    const outcomes = await Promise.allSettled([
      calls.create(sampleCall('again'), placement({ sessionId: 'again' })),
      calls.create(sampleCall('other'), placement({ key: 'order-2', sessionId: 'other' })),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(await queries.history('again')).toBeUndefined();
    expect(await queries.history('other')).toBeDefined();
    expect((await requestKeys.find('app-1', 'order-1'))?.sessionId).toBe('s');
  });

  it('keeps no key of a call that could not be created', async () => {
    const { calls, requestKeys } = await open();
    await calls.create(sampleCall('s'));
    await expect(calls.create(sampleCall('s'), placement())).rejects.toThrow();
    expect(await requestKeys.find('app-1', 'order-1')).toBeUndefined();
  });

  it('forgets those of a time and before, however many, and leaves their calls', async () => {
    const { calls, queries, requestKeys } = await open();
    const place = (index: number) => {
      const sessionId = `s${index}`;
      const keyed = placement({ key: `order-${index}`, sessionId, placedAt: START + Math.floor(index / 3) });
      return calls.create(sampleCall(sessionId), keyed);
    };
    await Promise.all(Array.from({ length: 1_500 }, (_, index) => place(index)));
    await requestKeys.removeUntil(START + 450);
    const left = Array.from({ length: 1_500 }, (_, index) => requestKeys.find('app-1', `order-${index}`));
    const placedAt = (await Promise.all(left)).flatMap((found) => found?.placedAt ?? []);
    expect(placedAt).toHaveLength(147);
    expect(Math.min(...placedAt)).toBe(START + 451);
    expect(await queries.history('s0')).toBeDefined();
  });

  describe('with what answers requests', () => {
    it('places one call per app and key, whatever arrives at once, and across crashes', async () => {
      const stores = await open();
      let runs = 0;
      const property = fc.asyncProperty(fc.array(waves, { minLength: 1, maxLength: 5 }), (sequence) =>
        oneCallEach(stores, `run-${(runs += 1)}`, sequence),
      );
      await fc.assert(property, { numRuns: 25, seed: 7_230, endOnFailure: true });
    });

    it('lets a key stand for another request a day later', async () => {
      const { calls, requestKeys } = await open();
      const first = placement();
      await calls.create(sampleCall('s'), first);
      const at = async (now: number) =>
        new RequestsOnce({ ...settledKeys(requestKeys), now: () => now }).run(
          'app-1',
          { key: 'order-1', digest: 'd2' },
          async () => {
            await calls.create(sampleCall('t'), placement({ digest: 'd2', sessionId: 't', placedAt: now }));
            return { sessionId: 't' };
          },
        );
      await expect(at(START + REQUEST_KEY_LIFETIME - 1)).rejects.toThrow('Invalid request. Idempotency-Key');
      expect(await at(START + REQUEST_KEY_LIFETIME)).toEqual({ sessionId: 't' });
      expect((await requestKeys.find('app-1', 'order-1'))?.sessionId).toBe('t');
    });
  });
}

/** With no request refused whose commit is in doubt. */
const settledKeys = (keys: RequestKeys) => ({ keys, refusalsSettled: async () => {} });

/** Requests that arrive at once; after them the process may die, and forget what it was serving. */
const waves = fc.record({
  requests: fc.array(
    fc.record({
      second: fc.boolean(),
      key: fc.constantFrom('a', 'b', 'c'),
      body: fc.constantFrom('x', 'x', 'x', 'y'),
      outcome: fc.constantFrom('placed' as const, 'placed' as const, 'refused' as const),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  /** None of these is answered. */
  crash: fc.boolean(),
});

type Wave = typeof waves extends fc.Arbitrary<infer Value> ? Value : never;

/** `name` tells the apps and sessions of this run from others. */
async function oneCallEach(stores: KeyStores, name: string, sequence: readonly Wave[]): Promise<void> {
  const { calls, queries, requestKeys } = stores;
  const apps = [`${name}-1`, `${name}-2`];
  let once = new RequestsOnce({ ...settledKeys(requestKeys), now: () => START });
  let sessions = 0;
  /** What was answered, by app and key: the body and the session. */
  const answered = new Map<string, string>();
  for (const { requests, crash } of sequence) {
    const answers = requests.map(async ({ second, key, body, outcome }) => {
      const app = `${name}-${second ? 2 : 1}`;
      const keyed = keyedRequest(key, [body]);
      if (keyed === undefined) throw new Error('no key');
      const { sessionId } = await once.run(app, keyed, async () => {
        const number = (sessions += 1);
        const placed = { ...keyed, appKey: app, sessionId: `${name}-${number}`, placedAt: START };
        if (outcome === 'refused') throw new Error('refused');
        await calls.create(sampleCall(placed.sessionId, { owner: { appKey: app, spId: 'sp-1' } }), placed);
        // From here on a crash is one between the insert and the answer.
        return { sessionId: placed.sessionId };
      });
      return { asked: `${app} ${key}`, answer: `${body} ${sessionId}` };
    });
    for (const outcome of await Promise.allSettled(answers)) {
      if (outcome.status === 'rejected') {
        const expected = outcome.reason instanceof Refused || /refused/.test(String(outcome.reason));
        if (!expected) throw outcome.reason;
        continue;
      }
      const { asked, answer } = outcome.value;
      if (crash) continue;
      expect(answered.get(asked) ?? answer).toBe(answer);
      answered.set(asked, answer);
    }
    if (crash) once = new RequestsOnce({ ...settledKeys(requestKeys), now: () => START });
  }
  const stored: string[] = [];
  const named: string[] = [];
  for (const app of apps) {
    const page = await queries.list({ appKey: app, limit: 500 });
    stored.push(...page.calls.map(({ sessionId }) => sessionId));
    for (const key of ['a', 'b', 'c']) {
      const found = await requestKeys.find(app, key);
      if (found !== undefined) named.push(found.sessionId);
      const told = answered.get(`${app} ${key}`);
      if (told !== undefined) expect(told.split(' ')[1]).toBe(found?.sessionId);
    }
  }
  expect(stored.sort()).toEqual(named.sort());
}
