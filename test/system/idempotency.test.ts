import { describe, expect, it } from 'vitest';
import { numbers } from '../support/platform-client.ts';
import { ServedPlatform } from '../support/served-platform.ts';
import { signedHeaders } from '../support/signed-request.ts';

const REQUESTS = 60;

/** The session of each keyed request that was answered. */
async function send(platform: ServedPlatform, index: number): Promise<string> {
  const { appKey, appSecret } = platform.app;
  const response = await fetch(`${platform.access.http}/rest/httpsessions/click2Call/v2.0`, {
    method: 'POST',
    headers: { ...signedHeaders(appKey, appSecret), 'Idempotency-Key': `order-${index}` },
    body: JSON.stringify({
      displayNbr: numbers.display,
      callerNbr: numbers.a,
      displayCalleeNbr: numbers.displayCallee,
      calleeNbr: numbers.b,
      userData: `order-${index}`,
    }),
  });
  const { sessionId } = (await response.json()) as { sessionId: string };
  expect([response.status, sessionId]).toEqual([200, expect.stringContaining('@')]);
  return sessionId;
}

describe('keyed requests', { timeout: 120_000 }, () => {
  it('that a crash cut off between call and answer get that call when they are sent again', async () => {
    await using before = await ServedPlatform.start();
    const told = new Map<number, string>();
    const first = Promise.withResolvers<void>();
    const sending = Array.from({ length: REQUESTS }, async (_, index) => {
      // Whoever is cut off hears nothing: a failed connection.
      const sessionId = await send(before, index).catch(() => undefined);
      if (sessionId === undefined) return;
      told.set(index, sessionId);
      first.resolve();
    });
    await first.promise;
    await before.kill();
    await Promise.all(sending);

    await using after = await before.restarted();
    const stored = async (): Promise<string[]> => {
      const { calls } = (await after.admin('GET', '/calls?limit=500')) as { calls: { sessionId: string }[] };
      return calls.map(({ sessionId }) => sessionId).sort();
    };
    const cutOff = await stored();
    const sessions = await Promise.all(Array.from({ length: REQUESTS }, (_, index) => send(after, index)));
    expect(new Set(sessions).size).toBe(REQUESTS);
    for (const [index, sessionId] of told) expect(sessions[index]).toBe(sessionId);
    // Every call that the crash left is the answer to one of them, and there are no others.
    expect(sessions).toEqual(expect.arrayContaining(cutOff));
    expect(await stored()).toEqual([...sessions].sort());
  });
});
