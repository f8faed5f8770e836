import { expect, test } from 'vitest';
import { LiveSpeech } from './live-speech.ts';

const counting = (from: number, count: number): Int16Array =>
  Int16Array.from({ length: count }, (_, index) => from + index);

function taken(speech: LiveSpeech, count: number): number[] {
  const samples = new Int16Array(count).fill(99);
  speech.take(samples);
  return [...samples];
}

test('gives what was pushed, in order and once', () => {
  const speech = new LiveSpeech();
  speech.push(counting(1, 3));
  speech.push(counting(4, 2));
  expect(taken(speech, 4)).toEqual([1, 2, 3, 4]);
  expect(taken(speech, 3)).toEqual([5, 0, 0]);
});

test('drops the oldest when a browser sends faster than the clock takes', () => {
  const speech = new LiveSpeech();
  speech.push(counting(1, 1_000));
  speech.push(counting(1_001, 1_000));
  expect(taken(speech, 1_920)[0]).toBe(81);
  speech.push(counting(1, 5_000));
  const newest = taken(speech, 1_920);
  expect([newest[0], newest.at(-1)]).toEqual([3_081, 5_000]);
});
