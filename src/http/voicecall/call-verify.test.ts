import { describe, expect, it } from 'vitest';
import type { App } from '../../accounts/account.ts';
import { parseCallVerify } from './call-verify.ts';
import type { ParsedRequest } from './call-request.ts';
import { Refused } from './refused.ts';

const app: App = {
  appKey: 'key',
  spId: 'sp',
  name: 'Codes',
  capability: 'verification',
  appSecret: 'secret',
  state: 'active',
  recording: false,
  pushSignature: 'newline',
  ports: 7,
  allowedAddresses: [],
  sandbox: false,
  createdAt: 0,
};

/** The official example (spec 04). */
const example = {
  displayNbr: '+8653159511234',
  calleeNbr: '+8613500000001',
  languageType: 2,
  preTone: 'test.wav',
  verifyCode: '1234',
  posTone: 'postone.wav',
  times: 3,
};

function parse(body: object): ParsedRequest {
  return parseCallVerify(body, {
    app,
    numbers: [{ number: '+8653159511234', appKey: 'key', kind: 'display', state: 'in-use', createdAt: 0 }],
    random: { integer: () => 0 },
    sandbox: true,
  });
}

/** `resultcode resultdesc` of the refusal, or `0`. */
function answerTo(changes: object): string {
  try {
    parse({ ...example, ...changes });
    return '0';
  } catch (error) {
    if (error instanceof Refused) return `${error.code.code} ${error.code.description}`;
    throw error;
  }
}

describe('callVerify', () => {
  it('takes the official example', () => {
    const { languageType: _only, ...order } = example;
    expect(parse(example)).toEqual({
      returnIdlePort: false,
      request: {
        owner: { appKey: 'key', spId: 'sp' },
        ports: 7,
        sandbox: true,
        order: { capability: 'verification', ...order },
      },
    });
  });

  it('needs no posTone and reads the code three times unless told otherwise', () => {
    const { request, returnIdlePort } = parse({
      ...example,
      posTone: undefined,
      times: undefined,
      returnIdlePort: 'true',
    });
    expect(returnIdlePort).toBe(true);
    expect(request.order).toMatchObject({ times: 3, posTone: undefined });
  });

  it.each([
    { times: 0 },
    { times: 9 },
    { verifyCode: '00' },
    { verifyCode: '12345678' },
    { languageType: '2' },
  ])('takes %j', (changes) => {
    expect(answerTo(changes)).toBe('0');
  });

  it.each([
    [{ languageType: undefined }, 'languageType'],
    [{ languageType: 0 }, 'languageType'],
    [{ languageType: 1 }, 'languageType'],
    [{ preTone: undefined }, 'preTone'],
    [{ preTone: 'a b.wav' }, 'preTone'],
    [{ posTone: 'a/b.wav' }, 'posTone'],
    [{ verifyCode: undefined }, 'verifyCode'],
    [{ verifyCode: '1' }, 'verifyCode'],
    [{ verifyCode: '123456789' }, 'verifyCode'],
    [{ verifyCode: '12a4' }, 'verifyCode'],
    [{ verifyCode: '١٢٣٤' }, 'verifyCode'],
    [{ verifyCode: 1234 }, 'verifyCode'],
    [{ times: 10 }, 'times'],
    [{ times: -1 }, 'times'],
    [{ displayNbr: '123' }, 'displayNbr'],
    [{ feeUrl: 'x' }, 'feeUrl'],
  ])('refuses %j, naming %s', (changes, parameter) => {
    expect(answerTo(changes)).toBe(`1010002 Invalid request. ${parameter}`);
  });

  it.each([
    [{ displayNbr: '+8675528009999' }, '1010023 Invalid display number.'],
    [{ calleeNbr: '13500000001' }, '1010025 Invalid callee number.'],
  ])('refuses %j', (changes, answer) => {
    expect(answerTo(changes)).toBe(answer);
  });
});
