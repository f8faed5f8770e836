import { describe, expect, it } from 'vitest';
import type { Account, DisplayNumber } from './account.ts';
import { APPS_PER_ACCOUNT, changedApp, isPushUrl, newApp, newCredential } from './apps.ts';
import { isE164 } from './e164.ts';
import { chooseDisplayNumber, newNumber } from './numbers.ts';
import { RuleViolation, type Rule } from './rule-violation.ts';

const account: Account = { spId: 'sp', name: 'Cars', state: 'active', createdAt: 1 };
const random = (...values: number[]) => {
  let next = 0;
  return { integer: (below: number) => (values[next++ % values.length] ?? 0) % below };
};
const context = { now: 7, random: random(...Array.from({ length: 62 }, (_, index) => index)) };
const callbackApp = newApp({ name: 'Cars', capability: 'callback' }, account, [], context);

const ruleOf = (action: () => unknown): Rule | undefined => {
  try {
    action();
  } catch (error) {
    if (error instanceof RuleViolation) return error.rule;
    throw error;
  }
  return undefined;
};

describe('applications', () => {
  it('start active, with ten ports, a key and another secret of 28 letters and digits', () => {
    expect(callbackApp).toMatchObject({
      spId: 'sp',
      state: 'active',
      ports: 10,
      recording: false,
      pushSignature: 'newline',
      sandbox: false,
      createdAt: 7,
    });
    expect(callbackApp.appKey).toMatch(/^[A-Za-z0-9]{28}$/);
    expect(callbackApp.appSecret).toMatch(/^[A-Za-z0-9]{28}$/);
    expect(callbackApp.appSecret).not.toBe(callbackApp.appKey);
  });

  it('draw each character of a credential from all 62', () => {
    expect(newCredential(random(0, 25, 26, 51, 52, 61))).toBe('AZaz09AZaz09AZaz09AZaz09AZaz');
  });

  it('are at most five an account, sandbox apps and other accounts not counted', () => {
    const five = Array.from({ length: APPS_PER_ACCOUNT }, () => callbackApp);
    const wanted = { name: 'One more', capability: 'callback' } as const;
    expect(ruleOf(() => newApp(wanted, account, five, context))).toBe('too-many-apps');
    expect(ruleOf(() => newApp({ ...wanted, sandbox: true }, account, five, context))).toBeUndefined();
    expect(ruleOf(() => newApp(wanted, { ...account, spId: 'other' }, five, context))).toBeUndefined();
    expect(ruleOf(() => newApp(wanted, { ...account, maxApps: 6 }, five, context))).toBeUndefined();
    expect(ruleOf(() => newApp(wanted, account, five, { ...context, appsPerAccount: 6 }))).toBeUndefined();
    const none = { ...account, maxApps: 0 };
    expect(ruleOf(() => newApp(wanted, none, [], { ...context, appsPerAccount: 6 }))).toBe('too-many-apps');
    const four = [...five.slice(1), { ...callbackApp, sandbox: true }];
    expect(ruleOf(() => newApp(wanted, account, four, context))).toBeUndefined();
  });

  it.each([
    ['an empty name', { name: '' }, 'name-invalid'],
    ['a name of blanks', { name: '  ' }, 'name-invalid'],
    ['a name of 65 characters', { name: 'x'.repeat(65) }, 'name-invalid'],
    ['a fraction of a port', { ports: 1.5 }, 'ports-invalid'],
    ['fewer ports than none', { ports: -1 }, 'ports-invalid'],
    ['more ports than idlePort can tell', { ports: 65_536 }, 'ports-invalid'],
    ['a push address of another scheme', { statusUrl: 'ftp://example.com/' }, 'url-invalid'],
    ['a push address with blanks', { feeUrl: 'http://example.com/ fee' }, 'url-invalid'],
  ] as const)('refuse %s, when made and when changed', (_case, member, rule) => {
    const wanted = { name: 'Cars', capability: 'callback', ...member } as const;
    expect(ruleOf(() => newApp(wanted, account, [], context))).toBe(rule);
    expect(ruleOf(() => changedApp(callbackApp, member))).toBe(rule);
  });

  it('record only callbacks', () => {
    const wanted = { name: 'Codes', capability: 'verification', recording: true } as const;
    expect(ruleOf(() => newApp(wanted, account, [], context))).toBe('recording-needs-callback');
    expect(changedApp(callbackApp, { recording: true }).recording).toBe(true);
  });

  it('keep what a change does not name, and lose an address that it sets to null', () => {
    const before = changedApp(callbackApp, { statusUrl: 'http://a.example/s', feeUrl: 'http://a.example/f' });
    const after = changedApp(before, { ports: 20, statusUrl: null });
    expect(after).toEqual({ ...before, ports: 20, statusUrl: undefined });
    expect(before.statusUrl).toBe('http://a.example/s');
  });
});

describe('push addresses', () => {
  it.each(['https://www.huawei.com:9330/fee', 'http://10.1.2.3/x?a=b&c=d#e', 'http://[2001:db8::1]:8080/'])(
    'may be %s',
    (url) => expect(isPushUrl(url)).toBe(true),
  );

  it.each([
    '',
    'example.com/fee',
    'file:///etc/passwd',
    'http://',
    'http://user:secret@example.com/',
    'http://user@example.com/',
    'http://example.com/状态',
    'http://example.com/"',
    'http://example.com/a\r\nHost: b',
    ' http://example.com/',
    'http://example.com:99999/',
  ])('may not be %j', (url) => expect(isPushUrl(url)).toBe(false));
});

describe('numbers', () => {
  it.each(['+8613500000001', '+8675528000001', '+8675588880000', '+442079460018'])('%s is global', (text) =>
    expect(isE164(text)).toBe(true),
  );

  it.each([
    '13500000001',
    '8613500000001',
    '+86 135 0000 0001',
    '+86075528000001',
    '+861350000000',
    '+86135000000011',
    '+8695588',
    '+861',
    '+',
    '',
    '+0013500000001',
    '+86135000000O1',
    '+٨٦١٣٥٠٠٠٠٠٠٠١',
    `+${'1'.repeat(31)}`,
    '+8613500000001;ext=1',
  ])('%j is not', (text) => expect(isE164(text)).toBe(false));

  const number = '+8675528000001';
  const held = newNumber(number, callbackApp, undefined, { now: 9 });

  it('are in use from the start', () => {
    expect(held).toEqual({
      number,
      appKey: callbackApp.appKey,
      kind: 'display',
      state: 'in-use',
      createdAt: 9,
    });
  });

  it('belong to one application only', () => {
    const other = { ...callbackApp, appKey: 'other' };
    expect(ruleOf(() => newNumber(number, other, held, { now: 9 }))).toBe('number-taken');
    expect(ruleOf(() => newNumber(number, callbackApp, held, { now: 9 }))).toBe('number-taken');
    expect(ruleOf(() => newNumber('075528000001', callbackApp, undefined, { now: 9 }))).toBe(
      'number-invalid',
    );
  });
});

describe('the number a phone shows', () => {
  const entry = (number: string, rest: Partial<DisplayNumber> = {}): DisplayNumber => ({
    number,
    appKey: 'key',
    kind: 'display',
    state: 'in-use',
    createdAt: 0,
    ...rest,
  });
  const suspended = entry('+1', { state: 'suspended' });
  const service = entry('+9', { kind: 'service' });
  const choose = (numbers: DisplayNumber[], bindNbr?: string, draw = 0) =>
    chooseDisplayNumber('+1', numbers, bindNbr, random(draw));

  it('is the one asked for while it is in use', () => {
    expect(choose([entry('+1'), entry('+2')])).toEqual({ kind: 'chosen', number: '+1' });
  });

  it('is any other usable one when that is suspended', () => {
    const numbers = [suspended, entry('+2'), entry('+3', { state: 'suspended' }), entry('+4'), service];
    expect(choose(numbers, '+9', 0)).toEqual({ kind: 'chosen', number: '+2' });
    expect(choose(numbers, '+9', 1)).toEqual({ kind: 'chosen', number: '+4' });
  });

  it('is the service number when no display number is left', () => {
    expect(choose([suspended, service], '+9')).toEqual({ kind: 'chosen', number: '+9' });
    expect(choose([suspended, service])).toEqual({ kind: 'invalid' });
  });

  it('is never a number that the operator did not give to the app', () => {
    expect(choose([entry('+2')])).toEqual({ kind: 'invalid' });
    expect(choose([service], '+9')).toEqual({ kind: 'invalid' });
    expect(choose([suspended], '+9')).toEqual({ kind: 'bind-invalid' });
    expect(choose([suspended], '+1')).toEqual({ kind: 'bind-invalid' });
    expect(choose([suspended, { ...service, state: 'suspended' }], '+9')).toEqual({ kind: 'bind-invalid' });
    expect(chooseDisplayNumber('+9', [service], undefined, random(0))).toEqual({ kind: 'invalid' });
  });
});
