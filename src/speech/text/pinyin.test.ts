import { describe, expect, it } from 'vitest';
import { numeralPinyin, pinyinOf } from './pinyin.ts';
import { speechSegments } from './segments.ts';

/** Words that hold the same character in the same reading: the syllables beside it do not matter. */
function group(reading: string, character: string, texts: string): [word: string, pinyin: RegExp][] {
  return texts.split(' ').map((text) => {
    const at = text.indexOf(character);
    return [text, new RegExp(`^(?:\\S+ ){${at}}${reading}(?: |$)`)];
  });
}

const words: readonly (readonly [word: string, pinyin: string | RegExp])[] = [
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
  ...group(
    'huan2',
    '还',
    '逾期未还 未还金额 还给 还本付息 尽快还清 还书 还车 还卡 请还 已还 归还 退还 自动还款 提前还',
  ),
  ...group('hai2', '还', '还有 还是 还没到 还未缴费 已还有 请还有 您还在 还需 还剩 还差 还车位 还卡在'),
  ...group(
    'hang2',
    '行',
    '交行 招行 分行 支行 央行 跨行 他行 我行 贵行 农行 开户行 发卡行 收款行 我行为您 车行 排行榜 行内转账',
  ),
  ...group('xing2', '行', '提交行程 部分行人 本行程 他行动 途中行驶 我行我素 行李 同行人 自行车行驶 行政'),
  ...group(
    'ying1',
    '应',
    '应付金额 应付款 应收账款 应缴 应还 应纳 应退 应发工资 应在 应于 应立即 应按时 不应收取',
  ),
  ...group('ying4', '应', '对应 供应在 反应及时 应急 应用 应答 响应 效应 应付了事 应聘 应邀'),
  ...group('zhong4', '种', '种植 种树 种花 接种疫苗 种菜'),
  ...group('zhong3', '种', '一种花 各种 品种 两种 种类'),
  ...group('dao4', '倒', '倒车 倒车影像 倒计时 倒退 倒数 倒水'),
  ...group('dao3', '倒', '摔倒 倒班 倒闭 晕倒'),
  ...group('dei3', '得', '得去领 得先交费 您得带 必须得 还得去 得等 总得来'),
  ...group('de5', '得', '记得去 记得带 觉得去 显得'),
  ...group('de2', '得', '得到 获得 取得 得知 不得再 不得在 难得'),
  ...group('chong2', '重', '重置密码 重发 重装 重选 重做 重拨 重启 重新 重连 重考 重传'),
  ...group('zhong4', '重', '体重 超重 重要 载重 重量 严重 重伤'),
  ...group('gong1', '供', '供暖 供热 供电 供水 供您 供货 提供 供应'),
  ...group('zhang3', '长', '处长 所长 店长 局长 船长 校长 家长 院长 成长'),
  ...group('chang2', '长', '长期 会长期 时长 延长 市长途 长按'),
  ...group('ka3', '卡', '发卡 银行卡 信用卡'),
  ...group('zhi3', '只', '只限 只能 只收'),
  ['呕吐', 'ou3 tu4'],
  ['理发', 'li3 fa4'],
  ['差旅', 'chai1 lü3'],
  ['教书', 'jiao1 shu1'],
  ['给付', 'ji3 fu4'],
  ['创可贴', 'chuang1 ke3 tie1'],
  ['卡住', 'qia3 zhu4'],
  ['不应收', 'bu4 ying1 shou1'],
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
    const read = pinyinOf(word).join(' ');
    if (typeof pinyin === 'string') expect(read).toBe(pinyin);
    else expect(read).toMatch(pinyin);
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
