import { describe, expect, it } from 'vitest';
import { chineseNumber, chineseQuantity } from './chinese-numbers.ts';
import { englishNumber, englishOrdinal, englishQuantity, englishYear } from './english-numbers.ts';
import { speechSegments, spokenText } from './segments.ts';

type Table = readonly (readonly [text: string, spoken: string])[];

const chinese: Table = [
  // Digits one by one.
  ['您的验证码是1234', '您的验证码是一二三四'],
  ['密码为007865。', '密码为零零七八六五.'],
  ['共100元', '共一零零元'],
  ['２０号', '二零号'],
  ['+8613800138000', '加八六一三八零零一三八零零零'],
  ['400-800-1234', '四零零,八零零,一二三四'],
  ['138****8000', '一三八,八零零零'],
  ['123 456', '一二三,四五六'],
  // Dates.
  ['2017/12/31', '二零一七年十二月三十一日'],
  ['2017-12-31', '二零一七年十二月三十一日'],
  ['2017.12.31', '二零一七年十二月三十一日'],
  ['2017/1/2', '二零一七年一月二日'],
  ['2024/02/29', '二零二四年二月二十九日'],
  ['2023/02/29', '二零二三,零二,二九'],
  ['2017/13/01', '二零一七,一三,零一'],
  ['2017/12/00', '二零一七,一二,零零'],
  ['2017-12/31', '二零一七,一二,三一'],
  ['12017/12/31', '一二零一七,一二,三一'],
  ['2017年12月31日', '二零一七年十二月三十一日'],
  ['2017年5月', '二零一七年五月'],
  ['2017年', '二零一七年'],
  ['5月1号', '五月一号'],
  ['14点05分', '十四点五分'],
  ['14时5分30秒', '十四时五分三十秒'],
  // Times.
  ['14:30', '十四点三十分'],
  ['14:05', '十四点零五分'],
  ['14:00', '十四点'],
  ['02:00', '两点'],
  ['00:00', '零点'],
  ['24:00', '二十四点'],
  ['23:59:59', '二十三点五十九分五十九秒'],
  ['14:00:00', '十四点'],
  ['14:00:05', '十四点零分零五秒'],
  ['14：30', '十四点三十分'],
  ['24:01', '二四,零一'],
  ['25:00', '二五,零零'],
  ['12:60', '一二,六零'],
  ['1:2', '一,二'],
  ['2017/12/31 23:59:59', '二零一七年十二月三十一日二十三点五十九分五十九秒'],
  ['2017-12-31T23:59:59', '二零一七年十二月三十一日二十三点五十九分五十九秒'],
  ['2017/12/31,23:59', '二零一七年十二月三十一日,二十三点五十九分'],
  ['09:00-11:30', '九点至十一点三十分'],
  ['2017/07/16-2017/07/18', '二零一七年七月十六日至二零一七年七月十八日'],
  // Decimals, versions, shares, measures, money.
  ['3.14', '三点一四'],
  ['12.50', '十二点五零'],
  ['-0.5', '负零点五'],
  ['1,234', '一千二百三十四'],
  ['1,234.5', '一千二百三十四点五'],
  ['v1.2.3', 'V一点二点三'],
  ['192.168.1.10', '一九二点一六八点一点一零'],
  ['50%', '百分之五十'],
  ['99.9%', '百分之九十九点九'],
  ['3‰', '千分之三'],
  ['气温-5℃', '气温负五摄氏度'],
  ['36.5°C', '三十六点五摄氏度'],
  ['20km', '二十公里'],
  ['2 km', '两公里'],
  ['120km/h', '一百二十公里每小时'],
  ['89㎡', '八十九平方米'],
  ['2.5kg', '二点五千克'],
  ['5G', '五 G'],
  ['$12.50', '十二点五零美元'],
  ['$2', '两美元'],
  ['¥1,234.56', '一千二百三十四点五六元'],
  ['￥100', '一百元'],
  ['¥1,234.5元', '一千二百三十四点五元'],
  ['¥1.2万', '一点二万元'],
  ['￥2万元整', '两万元整'],
  ['$30美元', '三十美元'],
  // Counted.
  ['还剩1分钟', '还剩一分钟'],
  ['2个包裹', '两个包裹'],
  ['第2个', '第二个'],
  ['12个', '一二个'],
  // Symbols.
  ['按#键', '按井号键'],
  ['按*键', '按星号键'],
  ['甲&乙', '甲和乙'],
  ['1+1=2', '一加一等于二'],
  ['你好…………', '你好,'],
  ['【通知】您好！在吗？', '通知,您好!在吗?'],
  ['您好 请稍等', '您好,请稍等'],
  ['一😀二', '一二'],
  // Latin words among Chinese.
  ['VIP客户', 'V I P客户'],
  ['连接WIFI', '连接 WIFI'],
  ['A栋12B', 'A栋一二 B'],
  ['服务器db1.example.com', '服务器 D B一点 example点 com'],
];

const english: Table = [
  ['Your code is 1203.', 'Your code is one two zero three.'],
  [
    'on 2017/12/31 at 23:59:59',
    'on December thirty first twenty seventeen at twenty three fifty nine and fifty nine seconds',
  ],
  ['2005-01-02', 'January second two thousand five'],
  ['1905-11-12', 'November twelfth nineteen oh five'],
  ['1900-03-03', 'March third nineteen hundred'],
  ['at 09:05', 'at nine oh five'],
  ['at 14:00', "at fourteen o'clock"],
  ['14:00:01', "fourteen o'clock and one second"],
  ['09:00-11:30', "nine o'clock to eleven thirty"],
  ['2017-02-30', 'two zero one seven, zero two, three zero'],
  ['3.14', 'three point one four'],
  ['-5.5°C', 'minus five point five degrees Celsius'],
  ['1 km', 'one kilometer'],
  ['95.5%', 'ninety five point five percent'],
  ['$12.50', 'twelve dollars and fifty cents'],
  ['$1.01', 'one dollar and one cent'],
  ['$3.00', 'three dollars'],
  ['£1,234', 'one thousand two hundred thirty four pounds'],
  ['€1.5', 'one point five euros'],
  ['¥100', 'one hundred yuan'],
  ['press # or *', 'press hash or star'],
  ['A12 alarm-01', 'A one two alarm, zero one'],
  ['don’t stop', "don't stop"],
  ['www.example.com', 'www dot example dot com'],
  ['a@b.com', 'a at b dot com'],
];

describe('reading a text', () => {
  it.each(chinese)('in Chinese: %s', (text, spoken) => {
    expect(spokenText(text, 'zh')).toBe(spoken);
  });

  it.each(english)('in English: %s', (text, spoken) => {
    expect(spokenText(text, 'en')).toBe(spoken);
  });

  it.each([
    ['Code 12. 验证码12。', 'Code one two.验证码一二.'],
    ['验证码12。Code 12.', '验证码一二.Code one two.'],
    ['12', '一二'],
    ['12. Code', 'one two.Code'],
    ['订单order 12', '订单 order一二'],
    ['db1.example.com 12', 'D B one dot example dot com one two'],
  ])('decides the language of numbers for each sentence: %s', (text, spoken) => {
    expect(spokenText(text, 'auto').replaceAll('. ', '.')).toBe(spoken);
  });

  it.each([
    ['0', '零'],
    ['10', '十'],
    ['11', '十一'],
    ['20', '二十'],
    ['101', '一百零一'],
    ['110', '一百一十'],
    ['1001', '一千零一'],
    ['1010', '一千零一十'],
    ['10000', '一万'],
    ['10001', '一万零一'],
    ['100100', '十万零一百'],
    ['12345678', '一千二百三十四万五千六百七十八'],
    ['100000000', '一亿'],
    ['100000001', '一亿零一'],
    ['1000000000000', '一万亿'],
    ['1200300000000', '一万二千零三亿'],
    ['007', '零零七'],
    ['12345678901234567', '一二三四五六七八九零一二三四五六七'],
  ])('quantities in Chinese: %s', (digits, spoken) => {
    expect(chineseQuantity(digits)).toBe(spoken);
  });

  it.each([
    ['0', 'zero'],
    ['15', 'fifteen'],
    ['90', 'ninety'],
    ['100', 'one hundred'],
    ['1001', 'one thousand one'],
    ['1000000', 'one million'],
    ['12345678', 'twelve million three hundred forty five thousand six hundred seventy eight'],
    ['05', 'zero five'],
  ])('quantities in English: %s', (digits, spoken) => {
    expect(englishQuantity(digits)).toBe(spoken);
  });

  it('signs, ordinals and years', () => {
    expect(chineseNumber('−1,000.05')).toBe('负一千点零五');
    expect(englishNumber('-1,000.05')).toBe('minus one thousand point zero five');
    expect([1, 2, 3, 5, 8, 9, 11, 12, 13, 20, 22, 30, 31].map(englishOrdinal).join(' ')).toBe(
      'first second third fifth eighth ninth eleventh twelfth thirteenth twentieth twenty second thirtieth thirty first',
    );
    expect([2000, 2009, 2010, 1999, 1100].map(englishYear)).toEqual([
      'two thousand',
      'two thousand nine',
      'twenty ten',
      'nineteen ninety nine',
      'eleven hundred',
    ]);
  });

  it('never takes longer than the text is long', () => {
    const start = performance.now();
    for (const text of [
      '1'.repeat(5000),
      '-1'.repeat(2500),
      '1,'.repeat(2500),
      '2017-'.repeat(1000),
      ' '.repeat(5000),
      '一 '.repeat(2500),
      'a.'.repeat(2500),
    ])
      speechSegments(text, 'auto');
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('segments', () => {
  it('are Chinese in pinyin and English in words, with marks on what they close', () => {
    expect(speechSegments('您好,VIP客户! Bye. ', 'auto')).toEqual([
      { language: 'zh', text: 'nin2 hao3,' },
      { language: 'en', text: 'V I P' },
      { language: 'zh', text: 'ke4 hu4!' },
      { language: 'en', text: 'Bye.' },
    ]);
  });

  it.each(['', ' ', '。。。', '😀', '！？'])('are none where nothing can be spoken: %j', (text) => {
    expect(speechSegments(text, 'auto')).toEqual([]);
  });

  it('hold nothing that the engine takes as a command', () => {
    const all = Array.from({ length: 0x3100 }, (_, code) => String.fromCharCode(code)).join(' ');
    for (const { text } of speechSegments(`${all} [[a]] <b> & {c} \\`, 'auto'))
      expect(text.replaceAll(/[\p{Script=Latin}1-5 ,.?!']/gu, '')).toBe('');
  });
});
