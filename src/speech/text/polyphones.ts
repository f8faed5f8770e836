/**
 * Characters of several readings, by what stands beside them: the vocabulary of alarms, banks, deliveries, surgeries,
 * schools and utilities, where a dictionary of words has the everyday reading or none. (CC-CEDICT's and pinyin-pro's
 * larger dictionaries were weighed: the one of 2 MB has none of these but five, the one of 18 MB takes half a gigabyte of memory.)
 */
interface Polyphone {
  readonly reading: string;
  /** Matches the one character. */
  readonly where: RegExp;
}

/** What 行 begins when it is no bank: 行程, 行人. */
const WALK =
  '程|人|动|驶|李|政|车|走|使|至|进|径|踪|经|星|事|文|我素|不|得|之|到|过|万|为(?!您|你|客户|用户|其|个人)';
/** What 得 follows as a particle or a part of a word, not as a verb: 记得去. */
const PARTICLE_AFTER = '记觉值懂显舍使获取晓认免省难不只来赢博懒乐变算值见';

const polyphones: readonly Polyphone[] = [
  {
    reading: 'huan2',
    where:
      /还(?=款|贷|清|给|书|车(?!位|间|站|牌)|卡(?!在|住)|钱|完|本付息|本金|账|债|息|原|价|掉|欠|信用卡|押金|金额|逾期)/g,
  },
  {
    reading: 'huan2',
    where:
      /(?<=[未已应待请归返退偿交代欠借奉送]|逾期|按[时期]|及时|尽[快早]|提前|全额|最低|自动|如数)还(?![有是在没未需要不能会可将剩请得差])/g,
  },
  {
    reading: 'hang2',
    where: new RegExp(
      `(?<=[银交招支总央跨他我贵本同中工建农商车药]|(?<![部百十充])分|开户|发卡|收单|代理|[付放收]款)行(?!${WALK})`,
      'g',
    ),
  },
  { reading: 'hang2', where: /(?<=排)行(?=榜|第|前|名)|行(?=[内外](?:转账|汇款|账户|客户))/g },
  { reading: 'xing2', where: /(?<!银)行(?=程|驶|动|走|李|政)/g },
  { reading: 'wei4', where: /(?<=行)为(?=您|你|客户|用户)/g },
  {
    reading: 'ying1',
    where:
      /(?<![供相对响适反效感答呼照因策顺一])应(?=付(?!了事|自如|检查|过去)|收|缴|交|还|纳|退|扣|补|领|发(?!性)|到(?!来)|在|于|由|及时|立即|立刻|尽快|尽早|按|将|先|为|有|予|享|计|自|提前|携带|前往)/g,
  },
  { reading: 'zhong4', where: /(?<![一两多各这那几品某此何])种(?=植|地|田|树|花|菜|草|牛痘|疫苗)/g },
  { reading: 'dao4', where: /倒(?=车|水|计时|退|数|置|影|挡|流|序|贴|垃圾|出|灌|吸|查)/g },
  {
    reading: 'dei3',
    where: new RegExp(
      `(?<![${PARTICLE_AFTER}])得(?=去|先|交|等|在[^]|带|把|付|办|找|问|换|重新|提前|亲自|马上|尽快|赶紧|自己|再)|(?<=必须|[还总非])得(?![到知以出])`,
      'g',
    ),
  },
  {
    reading: 'chong2',
    where:
      /(?<![体轻严净毛超比权载负慎尊注看侧着保加繁沉贵隆])重(?=置|发|装|选|做|拨|连|传|填|签|绑|扫|考|组|建|开|来|现|印|算|写|排|跑|联|配|设|申)/g,
  },
  { reading: 'ji3', where: /给(?=付|予|排水)/g },
  { reading: 'gong1', where: /供(?=暖|热|电|水|气|货|餐|氧|您|需|求|方|应|参考)/g },
  {
    reading: 'zhang3',
    where: /(?<=[处船站所科局院店组队会社镇县省厂村机市校])长(?![期途度短久城大]|时间|达)/g,
  },
  { reading: 'chang2', where: /(?<![家校])长(?=[期途度短久]|时间|达)/g },
  { reading: 'chai1', where: /差(?=旅|遣)|(?<=[出公])差/g },
  { reading: 'fa4', where: /(?<=理)发(?=店|师|$)/g },
  { reading: 'ka3', where: /(?<=发)卡/g },
  { reading: 'fa1', where: /发(?=卡)/g },
  { reading: 'qia3', where: /(?<!刷)卡(?=住)/g },
  { reading: 'tu4', where: /(?<=呕)吐|吐(?=血|泻)/g },
  { reading: 'jiao1', where: /(?<=[请来])教(?=书|课)|教(?=书)/g },
  { reading: 'zhi3', where: /只(?=限|接|收|能|需|有|可|用|在|支持)/g },
  { reading: 'chuang1', where: /创(?=可贴|伤|口)/g },
  { reading: 'zai4', where: /(?<=挂)载/g },
  { reading: 'shu3', where: /数(?=一数)|(?<=数一)数/g },
];

/** The readings of a text of Han characters that its dictionary may not have, by the offset of the character. */
export function polyphonesOf(text: string): ReadonlyMap<number, string> {
  const readings = new Map<number, string>();
  for (const { reading, where } of polyphones)
    for (const { index } of text.matchAll(where)) readings.set(index, reading);
  return readings;
}
