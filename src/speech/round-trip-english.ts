/**
 * What English words sound like: the round trip's yardstick for English. The pronunciations are those of General American in
 * ARPAbet, as dictionaries have them; what the engine is going to say is brought to the
 * same notation by a table of its phonemes, which knows no words.
 */

/** ARPAbet by word; letters in capitals. Where dictionaries know several, all of them. */
const PRONUNCIATIONS: Readonly<Record<string, readonly string[]>> = {
  A: ['EY'],
  C: ['S IY'],
  I: ['AY'],
  P: ['P IY'],
  U: ['Y UW'],
  V: ['V IY'],
  zero: ['Z IH R OW', 'Z IY R OW'],
  one: ['W AH N'],
  two: ['T UW'],
  three: ['TH R IY'],
  four: ['F AO R'],
  five: ['F AY V'],
  six: ['S IH K S'],
  seven: ['S EH V AH N'],
  eight: ['EY T'],
  nine: ['N AY N'],
  oh: ['OW'],
  first: ['F ER S T'],
  seventeen: ['S EH V AH N T IY N'],
  twenty: ['T W EH N T IY', 'T W EH N IY'],
  thirty: ['TH ER T IY', 'TH ER D IY'],
  ninety: ['N AY N T IY', 'N AY N IY'],
  december: ['D IH S EH M B ER'],
  at: ['AE T', 'AH T'],
  be: ['B IY'],
  call: ['K AO L'],
  code: ['K OW D'],
  connect: ['K AH N EH K T'],
  disk: ['D IH S K'],
  full: ['F UH L'],
  have: ['HH AE V', 'HH AH V'],
  hello: ['HH AH L OW', 'HH EH L OW'],
  hold: ['HH OW L D'],
  is: ['IH Z'],
  left: ['L EH F T'],
  minute: ['M IH N AH T', 'M IH N IH T'],
  on: ['AA N', 'AO N'],
  order: ['AO R D ER'],
  percent: ['P ER S EH N T'],
  please: ['P L IY Z'],
  point: ['P OY N T'],
  recorded: ['R IH K AO R D AH D', 'R IH K AO R D IH D'],
  this: ['DH IH S'],
  we: ['W IY'],
  while: ['W AY L', 'HH W AY L'],
  will: ['W IH L', 'W AH L'],
  you: ['Y UW'],
  your: ['Y AO R', 'Y UH R', 'Y ER'],
};

/**
 * The engine's phonemes for American English (docs/phonemes.md of espeak-ng) in ARPAbet, which does not tell reduced vowels
 * (`I#`, `I2`, `a#`), flaps (`t#`) and linking r (`r-`) from plain ones.
 */
const ARPABET: Readonly<Record<string, string>> = Object.fromEntries(
  (
    'p=P b=B t=T t#=T d=D k=K g=G tS=CH dZ=JH f=F v=V T=TH D=DH s=S z=Z S=SH Z=ZH h=HH m=M n=N N=NG l=L r=R r-=R w=W j=Y ' +
    'i:=IY i=IY I=IH I#=IH I2=IH E=EH a=AE aa=AE A:=AA 0=AA O:=AO O2=AO U=UH u:=UW V=AH @=AH a#=AH 3:=ER 3=ER ' +
    'eI=EY aI=AY aU=AW oU=OW OI=OY i@=IH'
  )
    .split(' ')
    .map((pair) => pair.split('=') as [string, string])
    .concat([
      ['A@', 'AA R'],
      ['O@', 'AO R'],
      ['o@', 'AO R'],
      ['U@', 'UH R'],
      ['e@', 'EH R'],
      ['i@3', 'IH R'],
      ['@L', 'AH L'],
    ]),
);

/** @throws RangeError for a word whose pronunciation is not known here */
export function pronunciations(word: string): readonly string[] {
  const known = PRONUNCIATIONS[word];
  if (known === undefined) throw new RangeError(`round-trip-english.ts lacks ${word}`);
  return known;
}

/** A word as the engine is going to say it, such as `f_'aI_v`, in ARPAbet without stress: `F AY V`. */
export function arpabetOf(phonemes: string): string {
  return phonemes
    .split('_')
    .map((each) => each.replaceAll(/[',;!]/g, ''))
    .filter((each) => each !== '')
    .map((each) => ARPABET[each] ?? `(${each})`)
    .join(' ');
}
