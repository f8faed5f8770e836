import { describe, expect, it } from 'vitest';
import { formatReason, parseReasons, q850Cause } from './reason.ts';

describe('Reason', () => {
  it('is read in every protocol', () => {
    expect(
      parseReasons([
        'Q.850 ;cause = 16;text="Terminated, normally"',
        'SIP;cause=200',
        'X.int;reason-code=0x00000000',
      ]),
    ).toEqual([
      { protocol: 'Q.850', cause: 16, text: 'Terminated, normally' },
      { protocol: 'SIP', cause: 200 },
      { protocol: 'X.int' },
    ]);
  });

  it('leaves out what cannot be read', () => {
    expect(
      parseReasons(['', ';cause=16', 'Q.850;;', 'Q.850;cause="16', 'Q 850;cause=16', 'Q.850;cause=17']),
    ).toEqual([{ protocol: 'Q.850', cause: 17 }]);
    expect(parseReasons(['Q.850;cause=abc;text=plain'])).toEqual([{ protocol: 'Q.850', text: 'plain' }]);
  });

  it('gives the first cause of Q.850 that can be one', () => {
    expect(q850Cause(parseReasons(['SIP;cause=486', 'q.850;cause=17', 'Q.850;cause=16']))).toBe(17);
    expect(q850Cause(parseReasons(['Q.850;cause=0', 'Q.850;cause=128', 'Q.850;cause=127']))).toBe(127);
    expect(q850Cause(parseReasons(['SIP;cause=486']))).toBeUndefined();
  });

  it('is written with its text quoted', () => {
    const reason = { protocol: 'Q.850', cause: 16, text: 'Normal "call" clearing' };
    expect(formatReason(reason)).toBe('Q.850;cause=16;text="Normal \\"call\\" clearing"');
    expect(parseReasons([formatReason(reason)])).toEqual([reason]);
    expect(formatReason({ protocol: 'SIP' })).toBe('SIP');
  });
});
