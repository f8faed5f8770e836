import { describe, expect, it } from 'vitest';
import type { Account, App, DisplayNumber } from './account.ts';
import { type Standing, standingOf } from './standing.ts';

const ONE = '+8675528000001';
const TWO = '+8675528000002';
const SERVICE = '+8675528000009';

const number = (of: string, given: Partial<DisplayNumber> = {}): DisplayNumber => ({
  number: of,
  appKey: 'app',
  kind: 'display',
  state: 'in-use',
  createdAt: 0,
  ...given,
});
const suspended = { state: 'suspended' } as const;
const service = { kind: 'service' } as const;

function standing(
  numbers: readonly DisplayNumber[],
  { account = 'active', app = 'active', display = ONE, bindNbr = undefined as string | undefined } = {},
): Promise<Standing> {
  const accounts = {
    account: async () => ({ state: account }) as Account,
    app: async () => ({ state: app }) as App,
    numbers: async () => [...numbers],
  };
  return standingOf({ owner: { spId: 'sp', appKey: 'app' }, bindNbr }, display, accounts, {
    integer: () => 0,
  });
}

describe('a call that is about to dial', () => {
  it.each([
    ['shows what was asked for', [number(ONE), number(TWO)], {}, ONE],
    ['shows another number where it is suspended', [number(ONE, suspended), number(TWO)], {}, TWO],
    [
      'shows bindNbr where there is no other',
      [number(ONE, suspended), number(SERVICE, service)],
      { bindNbr: SERVICE },
      SERVICE,
    ],
    ['shows bindNbr that it fell back to', [number(SERVICE, service)], { display: SERVICE }, SERVICE],
  ])('%s', async (_what, numbers, given, display) => {
    expect(await standing(numbers, given)).toEqual({ kind: 'may-dial', display });
  });

  it.each([
    ['of an app that is suspended', [number(ONE)], { app: 'suspended' }, 'not-permitted'],
    ['whose number the app has no more', [number(TWO)], {}, 'not-permitted'],
    ['whose numbers are all suspended', [number(ONE, suspended)], {}, 'not-permitted'],
    ['of a frozen account', [number(ONE)], { account: 'frozen', app: 'suspended' }, 'account-frozen'],
    ['of a closed account', [number(ONE)], { account: 'closed' }, 'account-frozen'],
  ])('%s may not', async (_what, numbers, given, kind) => {
    expect(await standing(numbers, given)).toEqual({ kind });
  });
});
