import { expect, it } from 'vitest';
import { qualityLines } from './quality-lines.ts';

const leg = {
  party: 'A',
  from: '2026-01-31T08:00:58.500Z',
  secondsPerRow: 1,
  milliseconds: 2_400,
  heard: ['audio', 'silence', 'no-packets'],
  received: [40, 50, 0],
  sent: [50, 50, 20],
  lost: [10, 0, 0],
  late: [1, 0, 0],
  jitter: [1.25, 0, 0],
  level: [-20, null, null],
  mos: [2.5, 4.38, null],
} as const;

it('shows a row for each second, with nothing where nothing is known', () => {
  expect(qualityLines([leg])).toEqual([
    'Leg A: 2.4 s, a row a second',
    '  TIME (UTC)  HEARD       RECEIVED  LOST  LATE  JITTER MS  LEVEL DBFS  MOS   SENT',
    '  08:00:58    audio       40        10    1     1.3        -20         2.50  50',
    '  08:00:59    silence     50        0     0     0.0                    4.38  50',
    '  08:01:00    no-packets  0         0     0     0.0                          20',
  ]);
});

it('tells how much time a row covers, leg by leg', () => {
  const long = { ...leg, party: 'B', secondsPerRow: 8, milliseconds: 24_000 } as const;
  const lines = qualityLines([leg, long]);
  expect(lines[5]).toBe('');
  expect(lines[6]).toBe('Leg B: 24.0 s, a row each 8 seconds');
  expect(lines.at(-1)).toContain('08:01:14');
});

it('says that there were no media', () => {
  expect(qualityLines([])).toEqual(['No media: no leg of the call has carried a packet.']);
});
