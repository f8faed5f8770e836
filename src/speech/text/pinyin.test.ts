import { describe, expect, it } from 'vitest';
import { numeralPinyin, pinyinOf } from './pinyin.ts';
import { speechSegments } from './segments.ts';

const words: readonly (readonly [word: string, pinyin: string])[] = [
  ['银行', 'yin2 hang2'],
  ['行走', 'xing2 zou3'],
  ['行长在银行里行走', 'hang2 zhang3 zai4 yin2 hang2 li3 xing2 zou3'],
  ['行李', 'xing2 li5'],
  ['重庆', 'chong2 qing4'],
  ['重要', 'zhong4 yao4'],
  ['重复', 'chong2 fu4'],
  ['音乐', 'yin1 yue4'],
  ['快乐', 'kuai4 le4'],
  ['长城很长', 'chang2 cheng2 hen3 chang2'],
  ['他长大了', 'ta1 zhang3 da4 le5'],
  ['了解', 'liao3 jie3'],
  ['还款', 'huan2 kuan3'],
  ['应还', 'ying1 huan2'],
  ['还有', 'hai2 you3'],
  ['为您服务', 'wei4 nin2 fu2 wu4'],
  ['地址为北京', 'di4 zhi3 wei2 bei3 jing1'],
  ['觉得', 'jue2 de5'],
  ['得到', 'de2 dao4'],
  ['睡觉', 'shui4 jiao4'],
  ['方便', 'fang1 bian4'],
  ['便宜', 'pian2 yi5'],
  ['都市', 'du1 shi4'],
  ['都是', 'dou1 shi4'],
  ['出差', 'chu1 chai1'],
  ['差不多', 'cha4 bu4 duo1'],
  ['头发', 'tou2 fa5'],
  ['发现', 'fa1 xian4'],
  ['调整', 'tiao2 zheng3'],
  ['调查', 'diao4 cha2'],
  ['大厦', 'da4 sha4'],
  ['厦门', 'xia4 men2'],
  ['朝阳区', 'chao2 yang2 qu1'],
  ['的确', 'di2 que4'],
  ['目的', 'mu4 di4'],
  ['绿色女士', 'lü4 se4 nü3 shi4'],
  ['单先生', 'shan4 xian1 sheng5'],
  ['任女士', 'ren2 nü3 shi4'],
  ['订单号', 'ding4 dan1 hao4'],
  // 一 and 不 by what follows.
  ['一个', 'yi2 ge4'],
  ['一起', 'yi4 qi3'],
  ['一天', 'yi4 tian1'],
  ['第一', 'di4 yi1'],
  ['周一到', 'zhou1 yi1 dao4'],
  ['星期一到', 'xing1 qi1 yi1 dao4'],
  ['一月', 'yi1 yue4'],
  ['不是', 'bu2 shi4'],
  ['不能', 'bu4 neng2'],
  ['一', 'yi1'],
];

describe('pinyin', () => {
  it.each(words)('%s', (word, pinyin) => {
    expect(pinyinOf(word).join(' ')).toBe(pinyin);
  });

  it('leaves out what nobody can read', () => {
    expect(pinyinOf('好\u{2FFFF}吗')).toEqual(['hao3', 'ma5']);
  });

  it('numerals keep their tone, but for 一 before hundreds and more', () => {
    expect(numeralPinyin('一二一零').join(' ')).toBe('yi1 er4 yi1 ling2');
    expect(numeralPinyin('一万一千一百一十一').join(' ')).toBe('yi2 wan4 yi4 qian1 yi4 bai3 yi1 shi2 yi1');
    expect(numeralPinyin('二十一万').join(' ')).toBe('er4 shi2 yi1 wan4');
  });

  it.each([
    ['尾号为1234', 'wei3 hao4 wei2 yi1 er4 san1 si4'],
    ['二十一日', 'er4 shi2 yi1 ri4'],
    ['还剩1分钟', 'hai2 sheng4 yi4 fen1 zhong1'],
    ['共11个', 'gong4 yi1 yi1 ge4'],
  ])('in a sentence: %s', (text, pinyin) => {
    expect(speechSegments(text, 'auto')).toEqual([{ language: 'zh', text: pinyin }]);
  });
});
