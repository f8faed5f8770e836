import { expect, it } from 'vitest';
import { KeyPresses, type KeySource } from './key-presses.ts';

function told(reports: readonly (readonly [at: number, key: string, source: KeySource])[]): string {
  const presses = new KeyPresses();
  return reports.map(([at, key, source]) => (presses.isNew(key, source, at) ? key : '')).join('');
}

it('tells a press once, whichever way comes first', () => {
  expect(
    told([
      [0, '5', 'telephone-event'],
      [120, '5', 'in-band'],
    ]),
  ).toBe('5');
  expect(
    told([
      [0, '5', 'in-band'],
      [60, '5', 'telephone-event'],
      [300, '5', 'info'],
    ]),
  ).toBe('5');
});

it('tells every press of one source', () => {
  expect(
    told([
      [0, '5', 'info'],
      [50, '5', 'info'],
      [100, '5', 'info'],
    ]),
  ).toBe('555');
});

it('pairs quick presses of the same key in their order', () => {
  expect(
    told([
      [0, '1', 'telephone-event'],
      [110, '1', 'in-band'],
      [200, '1', 'telephone-event'],
      [310, '1', 'in-band'],
      [400, '2', 'telephone-event'],
      [510, '2', 'in-band'],
    ]),
  ).toBe('112');
});

it('pairs them where one source lags by more than a press', () => {
  expect(
    told([
      [0, '1', 'telephone-event'],
      [100, '1', 'telephone-event'],
      [300, '1', 'info'],
      [400, '1', 'info'],
    ]),
  ).toBe('11');
});

it('tells what one source missed', () => {
  expect(
    told([
      [0, '1', 'telephone-event'],
      [400, '2', 'in-band'],
      [800, '3', 'telephone-event'],
    ]),
  ).toBe('123');
});

it('does not pair presses a second apart', () => {
  expect(
    told([
      [0, '5', 'telephone-event'],
      [1001, '5', 'in-band'],
    ]),
  ).toBe('55');
});
