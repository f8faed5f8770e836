import { expect, test } from 'vitest';
import { behaviours } from './behaviours.ts';
import { behaviourOf, directory } from './directory.ts';
import { speechOf, voiceOf } from './voice.ts';
import { findTones } from '../audio/spectrum.ts';

test('every behaviour can be called, and no number stands twice', () => {
  expect(new Set(directory.map(({ behaviour }) => behaviour))).toEqual(new Set(Object.keys(behaviours)));
  expect(new Set(directory.map(({ number }) => number)).size).toBe(directory.length);
  expect(directory.every(({ number, shows }) => /^\+86135\d{8}$/.test(number) && shows.length > 0)).toBe(
    true,
  );
});

test('a number is found with and without its plus sign; any other one talks', () => {
  expect(behaviourOf('+8613500000010')).toBe('busy');
  expect(behaviourOf('8613500000010')).toBe('busy');
  expect(behaviourOf('+49-30-1234567')).toBe('talk');
  expect(behaviourOf('alice')).toBe('talk');
  expect(behaviourOf('')).toBe('talk');
});

test('a hundred numbers have a hundred voices, and none of their notes is that of another', () => {
  const voices = Array.from({ length: 100 }, (_, last) =>
    voiceOf(`+861350000${String(last).padStart(4, '0')}`),
  );
  const notes = voices.flatMap(({ low, high }) => [low, high]).sort((one, other) => one - other);
  for (let index = 1; index < notes.length; index += 1)
    expect(notes[index]! - notes[index - 1]!).toBeGreaterThanOrEqual(10);
  expect(notes[0]).toBe(705);
  expect(notes.at(-1)).toBe(2695);
});

test('the voices of the first two phones, as they are heard', () => {
  const heard = ['+8613500000001', '+8613500000002'].map((number) =>
    findTones(speechOf(voiceOf(number)))
      .map(({ frequency }) => Math.round(frequency))
      .sort((one, other) => one - other),
  );
  expect(heard).toEqual([
    [1075, 2075],
    [1445, 2445],
  ]);
});
