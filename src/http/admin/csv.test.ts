import { expect, it } from 'vitest';
import { csvLine } from './csv.ts';

it.each([
  [['a', 1, true, undefined, ''], 'a,1,true,,\r\n'],
  [['a,b', 'say "hi"', 'two\r\nlines'], '"a,b","say ""hi""","two\r\nlines"\r\n'],
  [['+8613500000001', '-5', '+1.5'], '+8613500000001,-5,+1.5\r\n'],
  [['=1+1', '@sum', '-2+3', '+cmd|x', '\t=1'], "'=1+1,'@sum,'-2+3,'+cmd|x,'\t=1\r\n"],
  [['\r=1', '=a,b'], '"\'\r=1","\'=a,b"\r\n'],
])('writes %j', (cells, line) => {
  expect(csvLine(cells)).toBe(line);
});
