/**
 * Twenty sentences and what must be heard, written by hand: Chinese in pinyin as spoken (third tones before others
 * left to the voice), English as words. What the engine is going to say is compared with it phoneme by phoneme.
 */
export interface RoundTripSentence {
  readonly text: string;
  /** In order; a list of syllables, or of words. */
  readonly heard: readonly (readonly ['zh' | 'en', string])[];
}

export const roundTripSentences: readonly RoundTripSentence[] = [
  { text: '您的验证码是1234', heard: [['zh', 'nin2 de5 yan4 zheng4 ma3 shi4 yi1 er4 san1 si4']] },
  {
    text: '密码为907865,请勿泄露',
    heard: [['zh', 'mi4 ma3 wei2 jiu3 ling2 qi1 ba1 liu4 wu3 qing3 wu4 xie4 lou4']],
  },
  { text: '您好,本次通话将被录音', heard: [['zh', 'nin2 hao3 ben3 ci4 tong1 hua4 jiang1 bei4 lu4 yin1']] },
  {
    text: '正在为您转接中,请稍后',
    heard: [['zh', 'zheng4 zai4 wei4 nin2 zhuan3 jie1 zhong1 qing3 shao1 hou4']],
  },
  {
    text: '本次通话时长还剩1分钟',
    heard: [['zh', 'ben3 ci4 tong1 hua4 shi2 chang2 hai2 sheng4 yi4 fen1 zhong1']],
  },
  {
    text: '请于2017/12/31前还款',
    heard: [['zh', 'qing3 yu2 er4 ling2 yi1 qi1 nian2 shi2 er4 yue4 san1 shi2 yi1 ri4 qian2 huan2 kuan3']],
  },
  {
    text: '会议2026-03-05 14:05开始',
    heard: [
      ['zh', 'hui4 yi4 er4 ling2 er4 liu4 nian2 san1 yue4 wu3 ri4 shi2 si4 dian3 ling2 wu3 fen1 kai1 shi3'],
    ],
  },
  {
    text: '截止时间23:59:59',
    heard: [['zh', 'jie2 zhi3 shi2 jian1 er4 shi2 san1 dian3 wu3 shi2 jiu3 fen1 wu3 shi2 jiu3 miao3']],
  },
  {
    text: '重庆银行行长重新播放音乐',
    heard: [['zh', 'chong2 qing4 yin2 hang2 hang2 zhang3 chong2 xin1 bo1 fang4 yin1 yue4']],
  },
  { text: '了解一下,他走了', heard: [['zh', 'liao3 jie3 yi2 xia4 ta1 zou3 le5']] },
  { text: '长城很长,孩子长大了', heard: [['zh', 'chang2 cheng2 hen3 chang2 hai2 zi5 zhang3 da4 le5']] },
  { text: '绿色的女鞋不是旅行用的', heard: [['zh', 'lv4 se4 de5 nv3 xie2 bu2 shi4 lv3 xing2 yong4 de5']] },
  { text: '尊敬的单先生', heard: [['zh', 'zun1 jing4 de5 shan4 xian1 sheng5']] },
  {
    text: '温度-5.5℃,湿度40%',
    heard: [['zh', 'wen1 du4 fu4 wu3 dian3 wu3 she4 shi4 du4 shi1 du4 bai3 fen1 zhi1 si4 shi2']],
  },
  { text: '余额¥1,234.56', heard: [['zh', 'yu2 e2 yi4 qian1 er4 bai3 san1 shi2 si4 dian3 wu3 liu4 yuan2']] },
  {
    text: '尊敬的VIP客户,请到A12窗口',
    heard: [
      ['zh', 'zun1 jing4 de5'],
      ['en', 'V I P'],
      ['zh', 'ke4 hu4 qing3 dao4'],
      ['en', 'A'],
      ['zh', 'yi1 er4 chuang1 kou3'],
    ],
  },
  {
    text: '您的order 305已发货,按#键结束',
    heard: [
      ['zh', 'nin2 de5'],
      ['en', 'order'],
      ['zh', 'san1 ling2 wu3 yi3 fa1 huo4 an4 jing3 hao4 jian4 jie2 shu4'],
    ],
  },
  { text: 'Your code is 8305.', heard: [['en', 'your code is eight three zero five']] },
  {
    text: 'Hello, call A7 at 09:05 on 2017-12-31.',
    heard: [['en', 'hello call A seven at nine oh five on december thirty first twenty seventeen']],
  },
  {
    text: 'Disk full at 95.5%. 请处理。',
    heard: [
      ['en', 'disk full at ninety five point five percent'],
      ['zh', 'qing3 chu3 li3'],
    ],
  },
];
