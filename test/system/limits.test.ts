import { describe, expect, it } from 'vitest';
import { ServedPlatform } from '../support/served-platform.ts';

const busy = '+8613500000010';

interface Queue {
  readonly calls: readonly { readonly sessionId: string; readonly position: number }[];
}

describe('limits, across a crash', { timeout: 120_000 }, () => {
  it('still count what was accepted, and let those who waited wait on and begin at their pace', async () => {
    await using before = await ServedPlatform.start();
    const amounts = { callsPerMinute: 1, callsPerDay: 4, excess: 'queue', longestWait: 3_600 };
    await before.admin('PUT', '/limits/app/*', amounts);
    const first = await before.accepted({ callerNbr: busy });
    await before.ended(first);
    const waiting = [
      await before.accepted({ callerNbr: busy }),
      await before.accepted({ callerNbr: busy }),
      await before.accepted({ callerNbr: busy }),
    ];
    const queued = (platform: ServedPlatform) => platform.admin('GET', '/queue') as Promise<Queue>;
    const places = waiting.map((sessionId, index) => ({ sessionId, position: index + 1 }));
    expect(await queued(before)).toMatchObject({ calls: places });
    expect(await before.metric('openvoicecall_calls_waiting')).toBe(3);
    await before.kill();

    await using after = await before.restarted();
    expect(await queued(after)).toMatchObject({ calls: places });
    const [cancelled = ''] = waiting.splice(1, 1);
    await after.admin('DELETE', `/queue/${encodeURIComponent(cancelled)}`);
    expect((await after.ended(cancelled)).cdr).toMatchObject({ ulFailReason: 8017 });
    expect(await after.click2Call({ callerNbr: busy })).toMatchObject({ body: { resultcode: '1013002' } });
    expect(await after.metric('openvoicecall_calls_refused_total{reason="calls-per-day"}')).toBe(1);
    // With another pace they need not wait for a minute each.
    await after.admin('PUT', '/limits/app/*', { ...amounts, callsPerMinute: 100 });
    for (const sessionId of waiting) {
      expect((await after.ended(sessionId)).cdr).toMatchObject({ ulFailReason: 8108 });
    }
    expect(await queued(after)).toEqual({ calls: [] });
    expect(await after.metric('openvoicecall_calls_running')).toBe(0);
  });
});
