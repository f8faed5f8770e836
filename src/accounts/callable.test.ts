import { describe, expect, it } from 'vitest';
import { isCallable, uncallableAreas, type UncallableRules } from './callable.ts';
import { isE164 } from './e164.ts';

const rules = (changed: Partial<UncallableRules> = {}): UncallableRules => ({
  prefixes: [],
  countries: [],
  types: [],
  ...changed,
});

describe('numbers that are not called', () => {
  const areas = rules({ prefixes: uncallableAreas });

  it.each([
    ['Urumqi', '+869918888888'],
    ['Hami', '+869022222222'],
    ['Lhasa', '+868916333333'],
    ['Ngari', '+868972666666'],
  ])('are those of %s', (_place, number) => {
    expect([isE164(number), isCallable(number, areas)]).toEqual([true, false]);
    expect(isCallable(number, rules())).toBe(true);
  });

  it.each([
    ['Haikou', '+8689866666666'],
    ['Yinchuan', '+869515555555'],
    ['Shenzhen', '+8675528000001'],
    ['a mobile', '+8613500000002'],
  ])('are not those of %s', (_place, number) => {
    expect([isE164(number), isCallable(number, areas)]).toEqual([true, true]);
  });

  it('are short numbers without any rule: they are in no numbering plan', () => {
    expect(isE164('+8695566')).toBe(false);
  });

  it('are those of countries that are not among the ones that are called', () => {
    const here = rules({ countries: ['CN', 'HK'] });
    expect(isCallable('+8613500000002', here)).toBe(true);
    expect(isCallable('+85221234567', here)).toBe(true);
    expect(isCallable('+12025550123', here)).toBe(false);
    // International numbers of no country, such as satellite phones.
    expect(isCallable('+870773111632', here)).toBe(false);
  });

  it('are those of kinds that are refused', () => {
    const cheap = rules({ types: ['premium-rate', 'shared-cost'] });
    expect(isCallable('+19005551234', cheap)).toBe(false);
    expect(isCallable('+864001234567', cheap)).toBe(false);
    expect(isCallable('+8613500000002', cheap)).toBe(true);
    expect(isCallable('+19005551234', rules())).toBe(true);
  });
});
