import { describe, expect, it } from 'vitest';
import { daysBetween, isTimeZone, startOfDay } from './statistics.ts';

describe('the days of statistics', () => {
  it.each([
    ['2026-01-01', 'UTC', '2026-01-01T00:00:00Z'],
    ['2026-01-01', 'Asia/Shanghai', '2025-12-31T16:00:00Z'],
    ['2026-01-01', 'Asia/Kathmandu', '2025-12-31T18:15:00Z'],
    ['2026-01-01', 'Pacific/Kiritimati', '2025-12-31T10:00:00Z'],
    ['2026-01-01', 'Pacific/Pago_Pago', '2026-01-01T11:00:00Z'],
    // The days on which clocks change, and those after them.
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00Z'],
    ['2026-03-30', 'Europe/Berlin', '2026-03-29T22:00:00Z'],
    ['2026-10-25', 'Europe/Berlin', '2026-10-24T22:00:00Z'],
    ['2026-10-26', 'Europe/Berlin', '2026-10-25T23:00:00Z'],
    // Clocks leapt from midnight to one o'clock.
    ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00Z'],
    // There was no such day in Samoa: it is as long as nothing.
    ['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00Z'],
    ['2011-12-31', 'Pacific/Apia', '2011-12-30T10:00:00Z'],
  ])('%s in %s begins at %s', (day, zone, begins) => {
    expect(new Date(startOfDay(day, zone)).toISOString()).toBe(begins.replace('Z', '.000Z'));
  });

  it('are all from the first to the last', () => {
    expect(daysBetween('2024-02-28', '2024-03-01')).toEqual(['2024-02-28', '2024-02-29', '2024-03-01']);
    expect(daysBetween('2024-02-28', '2024-02-27')).toEqual([]);
  });

  it('are told in zones that there are', () => {
    expect(isTimeZone('Asia/Shanghai')).toBe(true);
    expect(isTimeZone('Mars/Olympus')).toBe(false);
  });
});
