import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { q850, q850Causes } from './q850-causes.ts';
import { releaseCauseDescription, releaseCauses } from './release-causes.ts';
import { invalidRequest, resultCodes } from './result-codes.ts';
import { isTeardownPoint, teardown, teardownPoints } from './teardown-points.ts';

/** The rows of a documentation table whose first cell is a number. */
function documented(name: string): string[][] {
  const text = readFileSync(new URL(`../../../docs/codes/${name}.md`, import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter((line) => /^\| \d/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const plain = (rows: string[][]): string[][] => rows.filter(([code]) => /^\d+$/.test(code ?? ''));

describe('the catalogue of codes agrees with its documentation', () => {
  it('result codes: status, code and text of every row', () => {
    const rows = documented('result-codes').map(([http, code, text]) => [Number(http), code, text]);
    const known = Object.values(resultCodes)
      .filter(({ code }) => code !== resultCodes.capabilityMismatch.code)
      .map(({ http, code, description }) => [http, code, description]);
    const texts = new Map(rows.map(([, code, text]) => [code, text]));
    expect(known.map(([http, code]) => [http, code])).toEqual(rows.map(([http, code]) => [http, code]));
    for (const [, code, description] of known) {
      // The wire sends "Success" without the table's full stop; 1012001 has no published English text.
      if (code === '0' || code === '1012001') continue;
      expect([code, description]).toEqual([code, texts.get(code)]);
    }
    expect(resultCodes.success.description).toBe('Success');
  });

  it('names the parameter of an invalid request', () => {
    expect(invalidRequest('calleeNbr')).toEqual({
      http: 403,
      code: '1010002',
      description: 'Invalid request. calleeNbr',
    });
  });

  it('release causes: every row, with one sentence each of at most 128 characters', () => {
    const callerRows = [8106, 8107, 8108, 8109, 8110, 8111];
    const codes = Object.values(releaseCauses).map(({ code }) => code as number);
    expect(codes.filter((code) => !callerRows.includes(code))).toEqual(
      documented('release-causes').map(([code]) => Number(code)),
    );
    for (const code of codes) expect(releaseCauseDescription(code)).toMatch(/^[A-Z].{5,126}\.$/);
    expect(() => releaseCauseDescription(9999)).toThrow(RangeError);
  });

  it('Q.850 causes: every row', () => {
    expect([...q850Causes.keys()]).toEqual(documented('q850-causes').map(([code]) => Number(code)));
    for (const code of Object.values(q850)) expect(q850Causes.has(code)).toBe(true);
  });

  it('teardown points: every row, and nothing the program names is missing', () => {
    const codes = plain(documented('teardown-points')).map(([code]) => Number(code));
    for (const code of codes) expect([code, teardownPoints.has(code)]).toEqual([code, true]);
    for (const code of Object.values(teardown)) expect(isTeardownPoint(code)).toBe(true);
    for (const { code } of Object.values(releaseCauses)) expect(isTeardownPoint(code)).toBe(true);
    expect(isTeardownPoint(399)).toBe(false);
  });
});
