import { describe, expect, it } from 'vitest';
import { MemoryTemplates } from '../../../test/support/memory-stores.ts';
import type { App, DisplayNumber } from '../../accounts/account.ts';
import { changedTemplate, newTemplate, type Template } from '../../accounts/template.ts';
import type { NotificationOrder } from '../../call/call-record.ts';
import { type NotifyVersion, parseCallNotify } from './call-notify.ts';
import type { ParsedRequest } from './call-request.ts';
import { Refused } from './refused.ts';

const app: App = {
  appKey: 'key',
  spId: 'sp',
  name: 'Parcels',
  capability: 'notification',
  appSecret: 'secret',
  state: 'active',
  recording: false,
  feeUrl: 'http://app.example/fee',
  pushSignature: 'newline',
  ports: 7,
  allowedAddresses: [],
  sandbox: false,
  createdAt: 0,
};

const numbers: DisplayNumber[] = [
  { number: '+8653159511234', appKey: 'key', kind: 'display', state: 'in-use', createdAt: 0 },
];

const TEMPLATE = 'f7f131ce72d34f34a519926ccdbae89c';
const CONTENT = '您有${NUM_1}件快递,请于${DATE}前领取。';
const template: Template = newTemplate(
  { name: 'Parcel', content: CONTENT, speed: 50, approve: true },
  { templateId: TEMPLATE, spId: 'sp', now: 0 },
);

/** The official example (spec 03). */
const example = {
  displayNbr: '+8653159511234',
  calleeNbr: '+8613500000001',
  playInfoList: [
    { notifyVoice: 'test.wav' },
    {
      templateId: TEMPLATE,
      templateParas: ['3', '2017/07/16'],
      collectInd: 1,
      replayAfterCollection: 'true',
      collectContentTriggerReplaying: '1',
    },
  ],
  statusUrl: 'aHR0cDovLzIxOC40LjMzLjU1Ojg4ODgvdGVzdA==',
  userData: 'customerId123',
};

async function parse(body: unknown, version: NotifyVersion = 'v2.0'): Promise<ParsedRequest> {
  const templates = new MemoryTemplates();
  const { latest } = template;
  // What is under review beside it is not spoken.
  const change = changedTemplate(template, { content: '您好' }, 1);
  await templates.put({ ...change.template, ...change.change.revisions });
  const pending = { ...template, inService: undefined, latest: { ...latest, state: 'pending' as const } };
  await templates.put({ ...pending, templateId: 'pending' });
  const refused = { ...pending, latest: { ...latest, state: 'rejected' as const } };
  await templates.put({ ...refused, templateId: 'refused' });
  await templates.put({ ...template, templateId: 'others', spId: 'other' });
  const random = { integer: () => 0 };
  return parseCallNotify(version, body, { app, numbers, templates, random, sandbox: false });
}

/** `resultcode resultdesc` of the refusal, or `0`. */
async function answerTo(changes: object, version?: NotifyVersion): Promise<string> {
  try {
    await parse({ ...example, ...changes }, version);
    return '0';
  } catch (error) {
    if (error instanceof Refused) return `${error.code.code} ${error.code.description}`;
    throw error;
  }
}

const playing = (...playInfoList: unknown[]): object => ({ playInfoList });

async function segmentsOf(playInfoList: unknown[], version?: NotifyVersion) {
  const { request } = await parse({ ...example, playInfoList }, version);
  return (request.order as NotificationOrder).segments;
}

const voice = { notifyVoice: 'test.wav' };
const keys = { ...voice, collectInd: 2, replayAfterCollection: 'true' };
const filled = { templateId: TEMPLATE, templateParas: ['3', '2017/07/16'] };

describe('callnotify', () => {
  it('takes the official example', async () => {
    expect(await parse(example)).toEqual({
      returnIdlePort: false,
      request: {
        owner: { appKey: 'key', spId: 'sp' },
        ports: 7,
        statusUrl: 'http://218.4.33.55:8888/test',
        feeUrl: 'http://app.example/fee',
        userData: 'customerId123',
        sandbox: false,
        order: {
          capability: 'notification',
          displayNbr: '+8653159511234',
          calleeNbr: '+8613500000001',
          bindNbr: undefined,
          segments: [
            { prompt: { kind: 'file', name: 'test.wav' }, collect: 0, replayOn: undefined },
            {
              prompt: {
                kind: 'speech',
                text: '您有3件快递,请于2017/07/16前领取。',
                speed: 50,
                templateId: TEMPLATE,
              },
              collect: 1,
              replayOn: '1',
            },
          ],
        },
      },
    });
  });

  it('takes what clients send besides the documented types', async () => {
    const [segment] = await segmentsOf([
      {
        templateId: TEMPLATE,
        templateParas: '["3","2017/07/16"]',
        collectInd: '2',
        replayAfterCollection: true,
        collectContentTriggerReplaying: 1,
        collectContentTips: 'of another product',
        playMode: 0,
      },
    ]);
    expect(segment).toMatchObject({ collect: 2, replayOn: '1' });
    const [numbered] = await segmentsOf([{ ...filled, templateParas: [3, '2017/07/16'] }]);
    expect(numbered?.prompt).toEqual(segment?.prompt);
    const [silent] = await segmentsOf([{ ...voice, templateId: '', templateParas: null, ttsContent: '' }]);
    expect(silent).toMatchObject({ prompt: { kind: 'file', name: 'test.wav' }, collect: 0 });
  });

  it.each([
    ['no list', { playInfoList: undefined }, 'playInfoList'],
    ['an empty list', playing(), 'playInfoList'],
    ['six segments', playing(voice, voice, voice, voice, voice, voice), 'playInfoList'],
    ['an object for the list', { playInfoList: voice }, 'playInfoList'],
    ['a text among the segments', playing(voice, 'test.wav'), 'playInfoList'],
    ['a list among the segments', playing([voice]), 'playInfoList'],
    ['nothing to play', playing({ collectInd: 1 }), 'notifyVoice'],
    ['two things to play', playing({ ...voice, ...filled }), 'notifyVoice'],
    ['a file name with a slash', playing({ notifyVoice: '../x.wav' }), 'notifyVoice'],
    ['33 characters of template id', playing({ templateId: 'a'.repeat(33) }), 'templateId'],
    ['free text', playing({ ttsContent: '您好' }), 'ttsContent'],
    ['values that are no list', playing({ ...filled, templateParas: '3' }), 'templateParas'],
    ['values that are no JSON', playing({ ...filled, templateParas: '[3' }), 'templateParas'],
    ['a value that is no text', playing({ ...filled, templateParas: [true, '2017/07/16'] }), 'templateParas'],
    ['letters for a number', playing({ ...filled, templateParas: ['x', '2017/07/16'] }), 'templateParas'],
    ['a day that is none', playing({ ...filled, templateParas: ['3', '2017/02/30'] }), 'templateParas'],
    ['33 keys', playing({ ...voice, collectInd: 33 }), 'collectInd'],
    ['-1 keys', playing({ ...voice, collectInd: -1 }), 'collectInd'],
    ['half a key', playing({ ...voice, collectInd: 1.5 }), 'collectInd'],
    ['a replay of what collects nothing', playing({ ...keys, collectInd: 0 }), 'replayAfterCollection'],
    ['a replay that is neither', playing({ ...keys, replayAfterCollection: 'yes' }), 'replayAfterCollection'],
    [
      'a trigger without a replay',
      playing({ ...voice, collectInd: 1, collectContentTriggerReplaying: '1' }),
      'collectContentTriggerReplaying',
    ],
    [
      'a trigger longer than what is collected',
      playing({ ...keys, collectContentTriggerReplaying: '123' }),
      'collectContentTriggerReplaying',
    ],
    [
      'a trigger that no phone has the keys for',
      playing({ ...keys, collectContentTriggerReplaying: 'x' }),
      'collectContentTriggerReplaying',
    ],
    ['no callee', { calleeNbr: undefined }, 'calleeNbr'],
    ['user data in braces', { userData: '{x}' }, 'userData'],
    ['an address that is no Base64', { statusUrl: 'http://a' }, 'statusUrl'],
  ])('refuses %s, naming the parameter', async (_case, changes, parameter) => {
    expect(await answerTo(changes)).toBe(`1010002 Invalid request. ${parameter}`);
  });

  it.each([
    ['unknown', '1012003'],
    ['others', '1012003'],
    ['pending', '1012002'],
    ['refused', '1012002'],
  ])('answers the template %s with %s', async (templateId, code) => {
    expect(await answerTo(playing({ ...filled, templateId }))).toContain(`${code} The template ID`);
  });

  it.each([[undefined], [[]], [['3']], [['3', '2017/07/16', 'x']]])(
    'counts the values %j',
    async (templateParas) => {
      expect(await answerTo(playing({ templateId: TEMPLATE, templateParas }))).toContain('1012004');
    },
  );

  it.each([
    [['x', '2017/07/16'], 'value 1 is not one of ${NUM_1}, which takes 1 to 1 digits.'],
    [
      ['3', '2017/02/30'],
      'value 2 is not one of ${DATE}, which takes a day of the calendar, such as 2017/07/16.',
    ],
    [['3'], 'its template takes 2 values, and 1 was given.'],
  ])('explains what is wrong with the values %j', async (templateParas, why) => {
    const segments = playing(voice, { templateId: TEMPLATE, templateParas });
    const { displayNbr, calleeNbr } = example;
    await expect(parse({ ...example, ...segments })).rejects.toMatchObject({
      kept: { reason: 'template-values', explanation: `Segment 2: ${why}`, displayNbr, calleeNbr },
    });
  });

  it.each([
    [{ displayNbr: '+8675528009999' }, '1010023 Invalid display number.'],
    [{ calleeNbr: '13500000001' }, '1010025 Invalid callee number.'],
  ])('refuses %j', async (changes, answer) => {
    expect(await answerTo(changes)).toBe(answer);
  });

  it('takes free text in v1.0, as long as a template', async () => {
    expect(await segmentsOf([{ ttsContent: '您好' }, voice], 'v1.0')).toMatchObject([
      { prompt: { kind: 'speech', text: '您好' } },
      { prompt: { kind: 'file' } },
    ]);
    expect(await answerTo(playing({ ttsContent: '好'.repeat(300) }), 'v1.0')).toBe('0');
    expect(await answerTo(playing({ ttsContent: '好'.repeat(301) }), 'v1.0')).toContain('ttsContent');
    expect(await answerTo(playing({ ttsContent: '您好', ...voice }), 'v1.0')).toContain('notifyVoice');
  });
});
