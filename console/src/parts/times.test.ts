import { expect, it } from 'vitest';
import { clockTime, dateAndTime, dayAndZone, duration } from './times.ts';

it('writes times in one form, with the zone', () => {
  const at = '2026-05-01T06:03:09.250Z';
  const minutes = -new Date(at).getTimezoneOffset();
  const here = new Date(Date.parse(at) + minutes * 60_000).toISOString();
  const [day, clock] = [here.slice(0, 10), here.slice(11, 23)];
  const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const offset = `${minutes < 0 ? '-' : '+'}${hours}${rest === 0 ? '' : `:${rest}`}`;
  expect(dateAndTime(at)).toBe(`${day} ${clock.slice(0, 8)}\u00a0GMT${offset}`);
  expect(clockTime(at)).toBe(clock);
  expect(dayAndZone(at)).toBe(`${day}\u00a0GMT${offset}`);
  expect(duration(65_000)).toBe('1:05');
});
