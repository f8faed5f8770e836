import { describe, expect, it } from 'vitest';
import { ruleOf } from '../../test/support/rule-of.ts';
import {
  accepts,
  changedTemplate,
  checkContent,
  fillTemplate,
  newTemplate,
  templateParts,
  type TemplateVariable,
  templateWarnings,
} from './template.ts';

describe('the content of a template', () => {
  it.each([
    ['the first example of the documentation', '尊敬的${TXT_8}您的初始密码为${NUM_6}。'],
    ['the second one', '请于${DATE},${TIME}前领取您的快递。'],
    ['a full-width comma between date and time', '请于${DATE}\uff0c${TIME}前'],
    ['time before date', '请于${TIME}, ${DATE}前'],
    ['a word between date and time', '请于${DATE}的${TIME}前'],
    ['two dates next to each other', '从${DATE}${DATE}'],
    ['no variable', '您好'],
    ['variables next to each other', '您${TXT_1}${NUM_1}${TXT_32}${NUM_32}'],
    ['dollars and braces that are no variables', '共$5和{x}以及$'],
    ['a rare character', '𠮷祥'],
    ['300 characters of 3 octets', '好'.repeat(300)],
    ['900 octets of both kinds', `好${'x'.repeat(897)}`],
  ])('may have %s', (_case, content) => expect(ruleOf(() => checkContent(content))).toBeUndefined());

  it.each([
    ['nothing', ''],
    ['901 octets', `${'好'.repeat(300)}x`],
    ['900 octets and a character of 3 across the edge', `好${'x'.repeat(895)}好`],
    ['a Latin letter first', 'Hello您好'],
    ['a digit first', '1号'],
    ['a variable first', '${TXT_8}您好'],
    ['a Chinese punctuation mark first', '《通知》'],
    ['a blank first', ' 您好'],
    ['kana first', 'こんにちは'],
    ['a variable of no length', '您${TXT_0}'],
    ['a variable of 33', '您${TXT_33}'],
    ['a number of 33', '您${NUM_33}'],
    ['a variable without length', '您${TXT}'],
    ['a padded length', '您${TXT_08}'],
    ['an unknown variable', '您${NAME}'],
    ['a variable in small letters', '您${date}'],
    ['a blank in a variable', '您${ DATE }'],
    ['a date with a length', '您${DATE_8}'],
    ['an empty variable', '您${}'],
    ['a variable that is never closed', '您${TXT_8'],
    ['date and time next to each other', '请于${DATE}${TIME}前'],
    ['time and date next to each other', '请于${TIME}${DATE}前'],
    ['only a blank between date and time', '请于${DATE} ${TIME}前'],
    ['half a character', '您\ud842'],
  ])('may not have %s', (_case, content) => {
    expect(ruleOf(() => checkContent(content))).toBe('content-invalid');
  });

  it('is taken apart in order', () => {
    expect(templateParts('请于${DATE},${TIME}前${TXT_8}')).toEqual([
      { kind: 'text', text: '请于' },
      { kind: 'DATE' },
      { kind: 'text', text: ',' },
      { kind: 'TIME' },
      { kind: 'text', text: '前' },
      { kind: 'TXT', most: 8 },
    ]);
  });
});

describe('the value of a variable', () => {
  const text = (most: number): TemplateVariable => ({ kind: 'TXT', most });
  const number = (most: number): TemplateVariable => ({ kind: 'NUM', most });
  const date: TemplateVariable = { kind: 'DATE' };
  const time: TemplateVariable = { kind: 'TIME' };

  it.each([
    [text(8), '12345678'],
    [text(9), '张先生'],
    [text(5), '12.50'],
    [text(1), ''],
    [text(32), 'x'.repeat(32)],
    [text(4), '𠮷'],
    [number(1), '0'],
    [number(6), '000123'],
    [number(32), '9'.repeat(32)],
    [date, '2017/07/16'],
    [date, '2024/02/29'],
    [date, '2000/02/29'],
    [time, '00:00'],
    [time, '23:59'],
    [time, '14:30:30'],
    [time, '23:59:59'],
  ])('%j may be %j', (variable, value) => expect(accepts(variable, value)).toBe(true));

  it.each([
    [text(8), '123456789'],
    [text(8), '张先生'],
    [text(32), 'x'.repeat(33)],
    [text(3), '𠮷'],
    [text(8), '\ud842'],
    [number(6), '1234567'],
    [number(6), ''],
    [number(6), '12.5'],
    [number(6), '-1'],
    [number(6), ' 12'],
    [number(6), '12\n'],
    [number(6), '\uff11\uff12\uff13'],
    [number(6), '١٢'],
    [number(6), '1e3'],
    [date, '2017-07-16'],
    [date, '2017/7/16'],
    [date, '17/07/16'],
    [date, '2017/02/29'],
    [date, '1900/02/29'],
    [date, '2017/13/01'],
    [date, '2017/00/01'],
    [date, '2017/01/00'],
    [date, '2017/04/31'],
    [date, '2017/07/16 '],
    [date, ''],
    [time, '24:00'],
    [time, '14:60'],
    [time, '14:30:60'],
    [time, '4:30'],
    [time, '14:30:'],
    [time, '14:30:3'],
    [time, '14:30\n'],
    [time, ''],
  ])('%j may not be %j', (variable, value) => expect(accepts(variable, value)).toBe(false));
});

describe('what looks like a variable', () => {
  it.each([
    ['您好{TXT_3}', ['{TXT_3} is spoken as it stands; a variable is written ${TXT_3}.']],
    ['您好＄｛num_6｝', ['｛num_6｝ is spoken as it stands; a variable is written ${NUM_6}.']],
    ['您好{DATE},${TIME}', ['{DATE} is spoken as it stands; a variable is written ${DATE}.']],
    ['您好${TXT_3}{a}', []],
  ])('is warned of: %s', (content, warnings) => {
    expect(templateWarnings(content)).toEqual(warnings);
  });
});

describe('filling a template', () => {
  const template = '尊敬的${TXT_9},请于${DATE},${TIME}前凭${NUM_6}领取,${TXT_9}。';
  const values = ['张先生', '2017/07/16', '14:30', '123456', '谢谢'];

  it('puts the values in order of appearance', () => {
    expect(fillTemplate(template, values)).toEqual({
      kind: 'text',
      text: '尊敬的张先生,请于2017/07/16,14:30前凭123456领取,谢谢。',
    });
  });

  it('takes a value as it is, whatever it looks like', () => {
    expect(fillTemplate('您${TXT_32}${TXT_3}', ['${NUM_6}$&$1', '$$'])).toEqual({
      kind: 'text',
      text: '您${NUM_6}$&$1$$',
    });
  });

  it('needs as many values as variables', () => {
    expect(fillTemplate(template, values.slice(1))).toEqual({ kind: 'count', variables: values.length });
    expect(fillTemplate(template, [...values, 'x'])).toEqual({ kind: 'count', variables: values.length });
    expect(fillTemplate('您好', [])).toEqual({ kind: 'text', text: '您好' });
    expect(fillTemplate('您好', ['x'])).toEqual({ kind: 'count', variables: 0 });
  });

  it('names the first value that its variable does not take', () => {
    for (const [index] of values.entries()) {
      const wrong = values.with(index, 'wrong'.repeat(7));
      expect(fillTemplate(template, wrong)).toMatchObject({ kind: 'value', index });
    }
    expect(fillTemplate(template, values.with(1, '').with(3, ''))).toMatchObject({ kind: 'value', index: 1 });
  });
});

describe('a template', () => {
  const context = { templateId: 'f7f131ce72d34f34a519926ccdbae89c', spId: 'sp', now: 7 };
  const wanted = { name: 'Parcel', content: '您好' };
  const template = newTemplate(wanted, context);

  it('is under review at first, unless it is approved at once', () => {
    const { templateId, spId } = context;
    const latest = { number: 1, state: 'pending', content: { text: '您好' }, submittedAt: 7 };
    const rest = { templateId, spId, name: 'Parcel', speed: 0, createdAt: 7, updatedAt: 7 };
    expect(template).toEqual({ ...rest, latest });
    const { inService } = newTemplate({ ...wanted, approve: true, by: 'mei' }, context);
    expect(inService).toMatchObject({ number: 1, state: 'approved', reviewedBy: 'mei', reviewedAt: 7 });
  });

  it.each([
    [{ name: '' }, 'name-invalid'],
    [{ name: ' a' }, 'name-invalid'],
    [{ name: 'x'.repeat(65) }, 'name-invalid'],
    [{ speed: -201 }, 'speed-invalid'],
    [{ speed: 501 }, 'speed-invalid'],
    [{ speed: 0.5 }, 'speed-invalid'],
    [{ content: 'Hello' }, 'content-invalid'],
  ] as const)('cannot have %j, when made and when changed', (member, rule) => {
    expect(ruleOf(() => newTemplate({ ...wanted, ...member }, context))).toBe(rule);
    expect(ruleOf(() => changedTemplate(template, member, 9))).toBe(rule);
  });

  it.each([{ name: 'x'.repeat(64) }, { speed: -200 }, { speed: 500 }])('may have %j', (member) => {
    expect(newTemplate({ ...wanted, ...member }, context)).toMatchObject(member);
  });

  it('has another revision when its content changes, and not for its name or speed', () => {
    const approved = newTemplate({ ...wanted, approve: true }, context);
    const { latest, inService } = approved;
    const renamed = changedTemplate(approved, { name: 'New', speed: 20, content: '您好' }, 9);
    expect(renamed.template).toMatchObject({ name: 'New', speed: 20 });
    expect(renamed.change).toEqual({ revisions: { latest, inService }, changed: latest });
    const { change } = changedTemplate(approved, { content: '再见', by: 'mei' }, 9);
    expect(change.revisions).toEqual({ latest: change.changed, inService: latest });
    expect(change.changed).toMatchObject({
      number: 2,
      state: 'pending',
      content: { text: '再见' },
      submittedBy: 'mei',
      submittedAt: 9,
    });
  });
});
