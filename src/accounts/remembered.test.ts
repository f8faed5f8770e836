import { expect, it } from 'vitest';
import { Remembered } from './remembered.ts';

it('asks once for each of the latest questions, and again for one of long ago', () => {
  const asked: string[] = [];
  const remembered = new Remembered(2, (question) => {
    asked.push(question);
    return question === 'no' ? false : question.length;
  });
  const answers = (...questions: string[]): unknown[] => questions.map((question) => remembered.of(question));
  expect(answers('no', 'one', 'no', 'one')).toEqual([false, 3, false, 3]);
  expect(asked).toEqual(['no', 'one']);
  // The third makes the first two the older half; asked again, one of them is among the newer ones.
  expect(answers('three', 'no', 'five')).toEqual([5, false, 4]);
  expect(answers('no', 'one')).toEqual([false, 3]);
  expect(asked).toEqual(['no', 'one', 'three', 'five', 'one']);
});
