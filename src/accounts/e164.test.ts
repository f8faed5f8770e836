import { expect, it } from 'vitest';
import { writtenNumber } from './e164.ts';

it.each([
  ['+8613500000001', '+8613500000001', '86', '13500000001'],
  ['+86 135-0000 0001', '+8613500000001', '86', '13500000001'],
  ['0086 (135) 0000.0001', '+8613500000001', '86', '13500000001'],
  ['+1 212 555 0123', '+12125550123', '1', '2125550123'],
])('takes %s apart', (text, number, countryCode, national) => {
  expect(writtenNumber(text)).toEqual({ number, countryCode, national });
});

it.each(['13500000001', '', '+', '+0123456', 'call +8613500000001', '+86x13500000001', '+8612'])(
  'takes %j for none',
  (text) => {
    expect(writtenNumber(text)).toBeUndefined();
  },
);
