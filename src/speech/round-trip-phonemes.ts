/**
 * What pinyin sounds like in espeak-ng's notation: the round trip's yardstick for Chinese. Drawn up with the engine's output at
 * hand, so that it judges which syllables are read and not how the engine pronounces them. Each has a sound of its own, so
 * that no wrong one passes for the right one.
 */

const INITIALS: Readonly<Record<string, string>> = {
  zh: 'ts.',
  ch: 'ts.h',
  sh: 's.',
  b: 'p',
  p: 'ph',
  m: 'm',
  f: 'f',
  d: 't',
  t: 'th',
  n: 'n',
  l: 'l',
  g: 'k',
  k: 'kh',
  h: 'X',
  j: 'tS;',
  q: 'tS;h',
  x: 'S;',
  r: 'z.',
  z: 'ts',
  c: 'tsh',
  s: 's',
};

const FINALS: Readonly<Record<string, string>> = Object.fromEntries(
  (
    'a=A ai=ai an=an ang=AN ao=Au e=o- ei=ei en=@n eng=@N er=@r i=i ia=iA ian=iEn iang=iAN iao=iAu ie=iE in=in ing=iN io=io ' +
    'iu=iou o=o ong=ong iong=iong ou=ou u=u ua=uA uai=uai uan=uan uang=uAN ueng=u@N ui=uei un=u@n uo=uo v=y van=y&n ve=yE vn=y@n'
  )
    .split(' ')
    .map((pair) => pair.split('=') as [string, string]),
);

/** Spellings without an initial, by the final that they are. */
const WHOLE: Readonly<Record<string, string>> = {
  yi: 'i',
  yin: 'in',
  ying: 'ing',
  yu: 'v',
  yue: 've',
  yuan: 'van',
  yun: 'vn',
  yan: 'ian',
  you: 'iu',
  yong: 'iong',
  yao: 'iao',
  ye: 'ie',
  ya: 'ia',
  yang: 'iang',
  yo: 'io',
  wu: 'u',
  wa: 'ua',
  wai: 'uai',
  wan: 'uan',
  weng: 'ueng',
  wei: 'ui',
  wen: 'un',
  wo: 'uo',
  wang: 'uang',
};

const TONES: Readonly<Record<string, string>> = { 1: '55', 2: '35', 3: '214', 4: '51', 5: '11' };

/** 'zhong1' as `ts.ong55`. */
export function syllablePhonemes(syllable: string): string {
  const [, letters, tone] = /^([a-z]+)([1-5])$/.exec(syllable)!;
  return sound(letters!) + TONES[tone!]!;
}

function sound(letters: string): string {
  const whole = WHOLE[letters];
  if (whole !== undefined) return FINALS[whole]!;
  // The grammatical particles have a plain schwa.
  if (/^[dlnt]e$/.test(letters)) return `${INITIALS[letters[0]!]!}@`;
  const initial = /^(?:[zcs]h|[bpmfdtnlgkhjqxrzcs])/.exec(letters)?.[0] ?? '';
  const rest = letters.slice(initial.length);
  const consonant = INITIALS[initial] ?? '';
  if (rest === 'i' && /^(?:[zcs]h|r)$/.test(initial)) return `${consonant}i.`;
  if (rest === 'i' && /^[zcs]$/.test(initial)) return `${consonant}i[`;
  // After j, q, x the letter u stands for ü.
  const final = /^[jqx]$/.test(initial) ? rest.replace('u', 'v').replace(/^iv/, 'iu') : rest;
  return consonant + FINALS[final]!;
}
