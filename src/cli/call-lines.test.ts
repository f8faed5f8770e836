import { expect, it } from 'vitest';
import type { CallHistoryView, LegView } from './api.ts';
import { callLines } from './call-lines.ts';

/** The part of a call that tells of its audio. */
function audioOf(...legs: readonly Partial<LegView>[]): string[] {
  const call: CallHistoryView = {
    sessionId: 'session',
    appKey: 'key',
    state: 'ended',
    sandbox: false,
    acceptedAt: '2026-01-02T03:04:05.000Z',
    order: { calleeNbr: '+8613500000002' },
    legs: legs.map((leg) => ({ party: 'A', display: '', to: '', callId: '', ...leg })),
    events: [],
    pushes: [],
  };
  const lines = callLines(call);
  const title = lines.indexOf('Audio');
  return title < 0 ? [] : lines.slice(title + 1).map((line) => line.trim());
}

it('tells of each leg packets, loss, jitter, MOS and the longest quiet', () => {
  const received = { packets: 250, loss: 0.0041, jitter: 2.34, mos: 4.3 };
  const lines = audioOf(
    {
      party: 'A',
      audio: {
        audio: 'both-ways',
        causes: [],
        received,
        sent: { packets: 251, loss: 0, jitter: 0.5, mos: 4.4 },
        longestQuiet: 2_340,
      },
    },
    {
      party: 'B',
      audio: { audio: 'from-far-end', causes: ['far-end-receives-nothing'], received, longestQuiet: 0 },
      answeredBy: { verdict: 'machine', confidence: 0.9 },
    },
  );
  expect(lines).toEqual([
    'A both-ways; from it 250 packets, loss 0.4 %, jitter 2.3 ms, MOS 4.3; to it 251 packets, loss 0 %, jitter 0.5 ms, MOS 4.4; longest quiet 2.3 s',
    'B from-far-end, far-end-receives-nothing; from it 250 packets, loss 0.4 %, jitter 2.3 ms, MOS 4.3; longest quiet 0 s; answered by machine (0.9)',
  ]);
});

it('tells the packets that were sent where the far end reported nothing of them', () => {
  const audio = {
    audio: 'to-far-end',
    causes: ['no-packets-received'],
    sent: { packets: 12 },
    longestQuiet: 500,
  };
  expect(audioOf({ audio })).toEqual([
    'A to-far-end, no-packets-received; to it 12 packets; longest quiet 0.5 s',
  ]);
});

it('says nothing of audio before a leg is over', () => {
  expect(audioOf({})).toEqual([]);
});
