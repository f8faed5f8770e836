import { describe, expect, it } from 'vitest';
import type { App, DisplayNumber } from '../../accounts/account.ts';
import type { CallbackOrder } from '../../call/call-record.ts';
import type { ParsedRequest, RequestContext } from './call-request.ts';
import { parseClick2Call } from './click2call.ts';
import { Refused } from './refused.ts';

const app: App = {
  appKey: 'key',
  spId: 'sp',
  name: 'Cars',
  capability: 'callback',
  appSecret: 'secret',
  state: 'active',
  recording: true,
  statusUrl: 'http://app.example/status',
  pushSignature: 'newline',
  ports: 7,
  allowedAddresses: [],
  sandbox: false,
  createdAt: 0,
};

const numberOf = (number: string, rest: Partial<DisplayNumber> = {}): DisplayNumber => ({
  number,
  appKey: 'key',
  kind: 'display',
  state: 'in-use',
  createdAt: 0,
  ...rest,
});

const context: RequestContext = {
  app,
  numbers: [numberOf('+8675528000001'), numberOf('+8675528000002')],
  random: { integer: () => 0 },
  sandbox: false,
};

const minimal = {
  displayNbr: '+8675528000001',
  callerNbr: '+8613500000001',
  displayCalleeNbr: '+8675528000002',
  calleeNbr: '+8613500000002',
};

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function parse(body: object, changes: Partial<RequestContext> = {}): ParsedRequest {
  return parseClick2Call({ ...minimal, ...body }, { ...context, ...changes });
}

/** `resultcode resultdesc` of the refusal, or `0`. */
function answerTo(body: unknown, changes: Partial<RequestContext> = {}): string {
  try {
    parseClick2Call(body, { ...context, ...changes });
    return '0';
  } catch (error) {
    if (error instanceof Refused) return `${error.code.code} ${error.code.description}`;
    throw error;
  }
}

const orderOf = (body: object) => parse(body).request.order;

describe('click2Call', () => {
  it('needs four numbers and fills in the documented defaults', () => {
    expect(parse({})).toEqual({
      returnIdlePort: false,
      request: {
        owner: { appKey: 'key', spId: 'sp' },
        ports: 7,
        statusUrl: 'http://app.example/status',
        sandbox: false,
        order: {
          capability: 'callback',
          ...minimal,
          maxDuration: 0,
          lastMinToUE: 'both',
          playPreVoice: false,
          calleeMedia: 'all',
          recordFlag: false,
          partyTypeRequiredInDisconnect: false,
        },
      },
    });
  });

  it('takes every parameter', () => {
    const { request, returnIdlePort } = parse({
      maxDuration: 60,
      lastMinVoice: 'lastmin.wav',
      lastMinToUE: 'toa',
      playPreVoice: 'true',
      preVoice: 'pre-voice_1.wav',
      waitVoice: 'wait_voice1.wav',
      calleeMedia: 'fail',
      statusUrl: base64('http://10.0.0.1:9330/status?x=1&y=2'),
      feeUrl: 'aHR0cHM6Ly93d3cuaHVhd2VpLmNvbTo5MzMwL2ZlZQ==',
      recordFlag: 'true',
      recordHintTone: 'hint@1.wav',
      callBackTone: 'tone.wav',
      partyTypeRequiredInDisconnect: 'true',
      returnIdlePort: 'true',
      userData: 'customerId123',
    });
    expect(returnIdlePort).toBe(true);
    expect(request).toMatchObject({
      statusUrl: 'http://10.0.0.1:9330/status?x=1&y=2',
      feeUrl: 'https://www.huawei.com:9330/fee',
      userData: 'customerId123',
      order: {
        maxDuration: 60,
        lastMinVoice: 'lastmin.wav',
        lastMinToUE: 'toa',
        playPreVoice: true,
        preVoice: 'pre-voice_1.wav',
        waitVoice: 'wait_voice1.wav',
        calleeMedia: 'fail',
        recordFlag: true,
        recordHintTone: 'hint@1.wav',
        callBackTone: 'tone.wav',
        partyTypeRequiredInDisconnect: true,
      },
    });
  });

  it('is lenient where public clients are loose', () => {
    expect(orderOf({ playPreVoice: true, recordFlag: false, maxDuration: '30' })).toMatchObject({
      playPreVoice: true,
      recordFlag: false,
      maxDuration: 30,
    });
    const empty = {
      lastMinVoice: '',
      userData: '',
      statusUrl: '',
      calleeMedia: '',
      bindNbr: '',
      recordFlag: '',
    };
    expect(parse(empty).request).toEqual(parse({}).request);
    const nulls = { maxDuration: null, waitVoice: null, feeUrl: null, lastMinToUE: null };
    expect(parse(nulls).request).toEqual(parse({}).request);
    expect(parse({ unknownParameter: { x: 1 } }).request).toEqual(parse({}).request);
  });

  it.each(['displayNbr', 'callerNbr', 'displayCalleeNbr', 'calleeNbr'])('misses %s', (name) => {
    for (const value of [
      undefined,
      null,
      '',
      8613500000001,
      '+86',
      `+${'8'.repeat(31)}`,
      ['+8613500000001'],
    ]) {
      expect(answerTo({ ...minimal, [name]: value })).toBe(`1010002 Invalid request. ${name}`);
    }
  });

  it.each([
    ['maxDuration', [-1, 1441, 1.5, '1h', '1e1', true, {}, '9999999999']],
    ['lastMinToUE', ['toA', 'a', 1, true]],
    ['calleeMedia', ['ALL', 'some', 0, []]],
    ['playPreVoice', ['TRUE', 'yes', 1, 0, {}]],
    ['recordFlag', ['on', 1]],
    ['partyTypeRequiredInDisconnect', ['True']],
    ['returnIdlePort', ['1', 1]],
    ['lastMinVoice', ['../x.wav', 'a b.wav', '提示.wav', 'a/b.wav', 'x'.repeat(129), 5]],
    ['preVoice', ['a\\b.wav', 'a\n.wav']],
    ['waitVoice', ['a;b.wav']],
    ['recordHintTone', ['a%2e.wav']],
    ['callBackTone', ['"a".wav']],
    ['bindNbr', ['+86', 5]],
    ['userData', ['{', '}', 'a{b}', 'a\0b', '客户', 'x'.repeat(257), 5]],
  ])('refuses %s outside its rules', (name, values) => {
    for (const value of values) {
      expect(answerTo({ ...minimal, [name]: value }), JSON.stringify(value)).toBe(
        `1010002 Invalid request. ${name}`,
      );
    }
  });

  it.each(['statusUrl', 'feeUrl'])('wants %s as the Base64 of an http(s) URL', (name) => {
    const wrong = [
      'https://www.huawei.com:9330/fee',
      base64('ftp://example.com/'),
      base64('example.com/status'),
      base64('http://example.com/ status'),
      base64('http://example.com/status\n'),
      base64('http://user:pw@example.com/'),
      base64('http://example.com/状态'),
      base64(`http://example.com/${'x'.repeat(80)}`),
      '====',
      5,
    ];
    for (const value of wrong) {
      expect(answerTo({ ...minimal, [name]: value }), String(value)).toBe(`1010002 Invalid request. ${name}`);
    }
  });

  it('prefers a URL of the request to the app’s', () => {
    const feeUrl = 'http://app.example/fee';
    const { request } = parse({ statusUrl: base64('http://b.example/s') }, { app: { ...app, feeUrl } });
    expect(request).toMatchObject({ statusUrl: 'http://b.example/s', feeUrl });
  });

  it('takes 256 characters of userData, braces and Chinese aside', () => {
    const userData = 'é'.repeat(256);
    expect(parse({ userData }).request.userData).toBe(userData);
  });

  it.each([null, [], 'text', 5, true, [minimal]])('refuses %j, which is no JSON object', (body) => {
    expect(answerTo(body)).toBe('1010002 Invalid request.');
  });

  it('is not fooled by members of Object', () => {
    const body = JSON.parse(`{"__proto__":{"displayNbr":"+8675528000001"}}`);
    expect(answerTo(body)).toBe('1010002 Invalid request. displayNbr');
    expect(answerTo({ ...minimal, constructor: 'x', toString: 'y' })).toBe('0');
  });
});

describe('the numbers of click2Call', () => {
  it.each([
    ['displayNbr', '+8675528000003', '1010023 Invalid display number.'],
    ['displayNbr', '8675528000001', '1010023 Invalid display number.'],
    ['displayNbr', ' +8675528000001', '1010023 Invalid display number.'],
    ['displayCalleeNbr', '+8613500000001', '1010023 Invalid display number.'],
    ['callerNbr', '13500000001', '1010024 Invalid caller number.'],
    ['callerNbr', '+861350000000', '1010024 Invalid caller number.'],
    ['callerNbr', '+86 135 0000 0001', '1010024 Invalid caller number.'],
    ['callerNbr', 'sip:a@b.example', '1010024 Invalid caller number.'],
    ['callerNbr', '+8613500000001;x', '1010024 Invalid caller number.'],
    ['calleeNbr', '+86075528000001', '1010025 Invalid callee number.'],
    ['calleeNbr', '+8695588', '1010025 Invalid callee number.'],
  ])('%s %s: %s', (name, value, answer) => {
    expect(answerTo({ ...minimal, [name]: value })).toBe(answer);
  });

  it('are looked at after the form of everything else', () => {
    expect(answerTo({ ...minimal, callerNbr: '1234', userData: '{' })).toBe(
      '1010002 Invalid request. userData',
    );
    const bad = { ...minimal, displayNbr: '+8675528000009', callerNbr: '1234', calleeNbr: '1234' };
    expect(answerTo(bad)).toBe('1010023 Invalid display number.');
  });

  it('are replaced while suspended, alike for both phones when both were to show one', () => {
    const numbers = [
      numberOf('+8675528000001', { state: 'suspended' }),
      numberOf('+8675528000002'),
      numberOf('+8675528000003'),
    ];
    let drawn = 0;
    const random = { integer: (below: number) => drawn++ % below };
    const body = { ...minimal, displayCalleeNbr: '+8675528000001' };
    expect(parse(body, { numbers, random }).request.order).toMatchObject({
      displayNbr: '+8675528000002',
      displayCalleeNbr: '+8675528000002',
    });
  });

  it('fall back to a service number of the app and to no other', () => {
    const numbers = [
      numberOf('+8675528000001', { state: 'suspended' }),
      numberOf('+8675528000002', { state: 'suspended' }),
      numberOf('+8675528000009', { kind: 'service' }),
    ];
    expect(parse({ bindNbr: '+8675528000009' }, { numbers }).request.order).toMatchObject({
      displayNbr: '+8675528000009',
      displayCalleeNbr: '+8675528000009',
      bindNbr: '+8675528000009',
    });
    expect(answerTo({ ...minimal, bindNbr: '+8675528000008' }, { numbers })).toBe(
      '1020151 The bindNum is invalid.',
    );
    expect(answerTo(minimal, { numbers })).toBe('1010023 Invalid display number.');
  });

  it('of 2017 show bindNbr to the caller and the caller to the callee, unless they say otherwise', () => {
    const bindNbr = '+8675528000009';
    const service = numberOf(bindNbr, { kind: 'service' });
    const numbers = [...context.numbers, service];
    const phones = { callerNbr: minimal.callerNbr, calleeNbr: minimal.calleeNbr };
    const order = (body: object) =>
      parseClick2Call({ ...phones, ...body }, { ...context, numbers }).request.order;
    expect(order({ bindNbr })).toMatchObject({
      displayNbr: bindNbr,
      displayCalleeNbr: phones.callerNbr,
      bindNbr,
    });
    const { displayNbr, displayCalleeNbr } = minimal;
    expect(order({ bindNbr, displayNbr })).toMatchObject({ displayNbr, displayCalleeNbr: phones.callerNbr });
    expect(order({ bindNbr, displayCalleeNbr })).toMatchObject({ displayNbr: bindNbr, displayCalleeNbr });
    const refused = (body: object, changes: Partial<RequestContext> = {}) =>
      answerTo({ ...phones, ...body }, { numbers, ...changes });
    expect(refused({})).toBe('1010002 Invalid request. displayNbr');
    expect(refused({ displayNbr })).toBe('1010002 Invalid request. displayCalleeNbr');
    const foreign = { bindNbr: '+8675528000008' };
    expect(refused(foreign)).toMatch(/^1020151 /);
    expect(refused(foreign, { bindNbrTaken: true })).toMatch(/^1012001 /);
    expect(refused({ ...foreign, displayNbr })).toBe('1010002 Invalid request. displayCalleeNbr');
    const suspended = [...context.numbers, { ...service, state: 'suspended' as const }];
    expect(refused({ bindNbr }, { numbers: suspended })).toMatch(/^1020151 /);
    // Only what is left out: nobody may name a number to show that is not the application's.
    expect(refused({ bindNbr, displayNbr, displayCalleeNbr: phones.callerNbr })).toMatch(/^1010023 /);
    expect(refused({ bindNbr, displayNbr: bindNbr, displayCalleeNbr })).toMatch(/^1010023 /);
  });

  it('do not include a bindNbr that is not the app’s and not needed', () => {
    expect(orderOf({ bindNbr: '+8675528000008' }).bindNbr).toBeUndefined();
  });
});

describe('recording', () => {
  it('needs an app that records', () => {
    const silent = { app: { ...app, recording: false } };
    const answer = '1012012 Application does not open recording function.';
    expect(answerTo({ ...minimal, recordFlag: 'true' }, silent)).toBe(answer);
    expect(answerTo({ ...minimal, recordFlag: 'false' }, silent)).toBe('0');
  });

  it.each([
    [{ recordFlag: 'true', recordHintTone: 'own.wav' }, 'app.wav', { recordHintTone: 'own.wav' }],
    [{ recordFlag: 'true', recordHintTone: 'own.wav' }, 'none', { recordHintTone: 'own.wav' }],
    [{ recordFlag: 'true' }, 'app.wav', { recordHintTone: 'app.wav' }],
    [{ recordFlag: 'true' }, 'none', { recordHintOff: true }],
    [{ recordFlag: 'true' }, undefined, {}],
    [{ recordFlag: 'false' }, 'app.wav', {}],
    [{ recordFlag: 'false' }, 'none', {}],
  ])('with %j at an app whose prompt is %s has %j', (body, recordingPrompt, expected) => {
    const { order } = parse({ ...minimal, ...body }, { app: { ...app, recordingPrompt } }).request;
    const { recordHintTone, recordHintOff } = order as CallbackOrder;
    expect({ recordHintTone, recordHintOff }).toEqual(expected);
  });
});
