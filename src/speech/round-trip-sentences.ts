/**
 * Fifty sentences and what must be heard, written by hand: Chinese in pinyin as spoken (third tones before others
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
  // Banks, deliveries, surgeries, schools, utilities, alarms.
  { text: '您有一笔账单逾期未还', heard: [['zh', 'nin2 you3 yi4 bi3 zhang4 dan1 yu2 qi1 wei4 huan2']] },
  {
    text: '本期应付金额¥1,234.5元',
    heard: [['zh', 'ben3 qi1 ying1 fu4 jin1 e2 yi4 qian1 er4 bai3 san1 shi2 si4 dian3 wu3 yuan2']],
  },
  {
    text: '未还金额800元,请于5月8日前还清',
    heard: [['zh', 'wei4 huan2 jin1 e2 ba1 ling2 ling2 yuan2 qing3 yu2 wu3 yue4 ba1 ri4 qian2 huan2 qing1']],
  },
  {
    text: '交行和招行的分行都可办理',
    heard: [['zh', 'jiao1 hang2 he2 zhao1 hang2 de5 fen1 hang2 dou1 ke3 ban4 li3']],
  },
  {
    text: '您尾号6789的信用卡消费2笔',
    heard: [['zh', 'nin2 wei3 hao4 liu4 qi1 ba1 jiu3 de5 xin4 yong4 ka3 xiao1 fei4 liang3 bi3']],
  },
  {
    text: '应收账款已到账,请查收',
    heard: [['zh', 'ying1 shou1 zhang4 kuan3 yi3 dao4 zhang4 qing3 cha2 shou1']],
  },
  { text: '我行为您调低了利率', heard: [['zh', 'wo3 hang2 wei4 nin2 tiao2 di1 le5 li4 lv4']] },
  { text: '请重置密码并重新登录', heard: [['zh', 'qing3 chong2 zhi4 mi4 ma3 bing4 chong2 xin1 deng1 lu4']] },
  {
    text: '您的快递到了,得去驿站领取',
    heard: [['zh', 'nin2 de5 kuai4 di4 dao4 le5 dei3 qu4 yi4 zhan4 ling3 qu3']],
  },
  {
    text: '取件码5-2-1034,请记得带手机',
    heard: [['zh', 'qu3 jian4 ma3 wu3 er4 yi1 ling2 san1 si4 qing3 ji4 de5 dai4 shou3 ji1']],
  },
  {
    text: '包裹已发往转运中心,还没到',
    heard: [['zh', 'bao1 guo3 yi3 fa1 wang3 zhuan3 yun4 zhong1 xin1 hai2 mei2 dao4']],
  },
  { text: '倒车时请注意行人', heard: [['zh', 'dao4 che1 shi2 qing3 zhu4 yi4 xing2 ren2']] },
  {
    text: '您预约的门诊是3月15日9点30分',
    heard: [['zh', 'nin2 yu4 yue1 de5 men2 zhen3 shi4 san1 yue4 shi2 wu3 ri4 jiu3 dian3 san1 shi2 fen1']],
  },
  { text: '请空腹抽血,不要喝水', heard: [['zh', 'qing3 kong1 fu4 chou1 xue4 bu2 yao4 he1 shui3']] },
  {
    text: '第二剂疫苗接种时间已到',
    heard: [['zh', 'di4 er4 ji4 yi4 miao2 jie1 zhong4 shi2 jian1 yi3 dao4']],
  },
  {
    text: '血压偏高,体重超重,请复诊',
    heard: [['zh', 'xue4 ya1 pian1 gao1 ti3 zhong4 chao1 zhong4 qing3 fu4 zhen3']],
  },
  {
    text: '孩子的体温38.5℃,请家长来校',
    heard: [
      ['zh', 'hai2 zi5 de5 ti3 wen1 san1 shi2 ba1 dian3 wu3 she4 shi4 du4 qing3 jia1 zhang3 lai2 xiao4'],
    ],
  },
  { text: '学校周一召开家长会', heard: [['zh', 'xue2 xiao4 zhou1 yi1 zhao4 kai1 jia1 zhang3 hui4']] },
  {
    text: '校长和教师参加植树,种植200棵',
    heard: [['zh', 'xiao4 zhang3 he2 jiao4 shi1 can1 jia1 zhi2 shu4 zhong4 zhi2 er4 ling2 ling2 ke1']],
  },
  { text: '图书馆的书请按时还', heard: [['zh', 'tu2 shu1 guan3 de5 shu1 qing3 an4 shi2 huan2']] },
  {
    text: '您家欠电费,将停止供电',
    heard: [['zh', 'nin2 jia1 qian4 dian4 fei4 jiang1 ting2 zhi3 gong1 dian4']],
  },
  {
    text: '供暖阀门漏水,请联系物业',
    heard: [['zh', 'gong1 nuan3 fa2 men2 lou4 shui3 qing3 lian2 xi4 wu4 ye4']],
  },
  {
    text: '燃气表号00123456,应缴费用45.6元',
    heard: [
      [
        'zh',
        'ran2 qi4 biao3 hao4 ling2 ling2 yi1 er4 san1 si4 wu3 liu4 ying1 jiao3 fei4 yong4 si4 shi2 wu3 dian3 liu4 yuan2',
      ],
    ],
  },
  {
    text: '明天09:00-11:30停水检修',
    heard: [['zh', 'ming2 tian1 jiu3 dian3 zhi4 shi2 yi1 dian3 san1 shi2 fen1 ting2 shui3 jian3 xiu1']],
  },
  {
    text: '服务器CPU使用率达98%',
    heard: [
      ['zh', 'fu2 wu4 qi4'],
      ['en', 'C P U'],
      ['zh', 'shi3 yong4 lv4 da2 bai3 fen1 zhi1 jiu3 shi2 ba1'],
    ],
  },
  {
    text: '磁盘空间不足,服务中断,请重启',
    heard: [['zh', 'ci2 pan2 kong1 jian1 bu4 zu2 fu2 wu4 zhong1 duan4 qing3 chong2 qi3']],
  },
  { text: '机房空调告警,温度过高', heard: [['zh', 'ji1 fang2 kong1 tiao2 gao4 jing3 wen1 du4 guo4 gao1']] },
  { text: '差旅费由处长审批', heard: [['zh', 'chai1 lv3 fei4 you2 chu4 zhang3 shen3 pi1']] },
  {
    text: '尊敬的任女士,您的行程已取消',
    heard: [['zh', 'zun1 jing4 de5 ren2 nv3 shi4 nin2 de5 xing2 cheng2 yi3 qu3 xiao1']],
  },
  {
    text: '还有1天到期,只能续借一次',
    heard: [['zh', 'hai2 you3 yi4 tian1 dao4 qi1 zhi3 neng2 xu4 jie4 yi2 ci4']],
  },
];
