import { describe, expect, it } from 'vitest';
import type { Call, CallEvent } from '../api/types.ts';
import { afterEvent, liveCall } from './live-calls.ts';

const accepted: Call = {
  sessionId: 's',
  icid: 'i',
  appKey: 'app',
  state: 'accepted',
  sandbox: true,
  acceptedAt: '2026-01-01T00:00:00.000Z',
  order: { capability: 'callback', callerNbr: '+8613500000001', calleeNbr: '+8613500000002' },
  legs: [],
};
const event = (type: string, party: 'A' | 'B'): CallEvent => ({
  sessionId: 's',
  sequence: 1,
  type,
  at: accepted.acceptedAt,
  party,
});

describe('a call of the live view', () => {
  it('goes on by its events, as far as a reading of it would tell', () => {
    let call = liveCall(accepted);
    expect(call).toMatchObject({ stage: 'waiting', from: '+8613500000001', to: '+8613500000002' });
    const stages: string[] = [];
    for (const party of ['A', 'B'] as const) {
      for (const type of ['callout', 'alerting', 'answer']) {
        call = afterEvent(call, event(type, party));
        stages.push(`${call.party} ${call.stage}`);
      }
    }
    expect(stages).toEqual([
      'A dialling',
      'A ringing',
      'A answered',
      'B dialling',
      'B ringing',
      'B connected',
    ]);
    expect(afterEvent(call, event('collectInfo', 'A'))).toBe(call);
    const at = accepted.acceptedAt;
    const a = { party: 'A', display: '', to: '', startedAt: at, alertingAt: at, answeredAt: at } as const;
    const b = { party: 'B', display: '', to: '', startedAt: at, alertingAt: at } as const;
    const running = { ...accepted, state: 'running' } as const;
    expect(liveCall({ ...running, legs: [a] })).toMatchObject({ stage: 'answered', party: 'A' });
    expect(liveCall({ ...running, legs: [a, b] })).toMatchObject({ stage: 'ringing', party: 'B' });
    const notification = { capability: 'notification', displayNbr: '+8675528000001', calleeNbr: '+86135' };
    expect(liveCall({ ...running, order: notification, legs: [a] })).toMatchObject({
      stage: 'connected',
      from: '+8675528000001',
    });
  });
});
