/** Every code that the platform can answer, and every action that it keeps on record, has a Chinese text in the console. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { kindsZh, methodsZh, pathsZh, refusalsZh, releasesZh } from '../../console/src/i18n/codes-zh.ts';
import { ApiError } from '../../console/src/api/client.ts';
import { explanationText, problemText } from '../../console/src/i18n/codes.ts';
import { en } from '../../console/src/i18n/en.ts';
import { zh } from '../../console/src/i18n/zh.ts';
import { findingZh } from '../../console/src/i18n/findings-zh.ts';
import { resultsZh } from '../../console/src/i18n/refusals-zh.ts';
import { releasesEn } from '../../console/src/i18n/releases-en.ts';
import { valuesOf } from '../../src/accounts/template.ts';
import { resultCodes } from '../../src/call/catalogue/result-codes.ts';
import { releaseCauses } from '../../src/call/catalogue/release-causes.ts';
import { HttpPlatform } from '../support/http-platform.ts';

const root = fileURLToPath(new URL('../../src/', import.meta.url));
const source = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => readFileSync(`${root}${name}`, 'utf8'))
  .join('\n');

const found = (pattern: RegExp): string[] =>
  source
    .matchAll(pattern)
    .map((match) => match[1] ?? '')
    .toArray();

const wordsOf = (union: RegExp): string[] =>
  [...(union.exec(source)?.[1] ?? '').matchAll(/'([a-z-]+)'/g)].map((match) => match[1] ?? '');

const withoutText = (codes: Iterable<string>, texts: Readonly<Record<string, string>>): string[] =>
  [...new Set(codes)].filter((code) => !texts[code]);

it('has a text for every release cause', () => {
  const codes = Object.values(releaseCauses).map(({ code }) => String(code));
  expect(Object.keys(releasesZh).toSorted()).toEqual(codes.toSorted());
  const said = Object.values(releaseCauses).map(({ code, description }) => [String(code), description]);
  expect(releasesEn).toEqual(Object.fromEntries(said));
});

it('has a text for every refusal of the operator’s API', () => {
  const refusals = found(/new AdminRefusal\(\s*\d+,\s*'([a-z-]+)'/g);
  const rules = wordsOf(/export type Rule =([^;]*);/);
  const files = wordsOf(/export type VoiceFileRefusalReason =([^;]*);/).map(
    (reason) => `voice-file-${reason}`,
  );
  const errors = readFileSync(`${root}http/admin/errors.ts`, 'utf8');
  const others = [...errors.matchAll(/error: \{\s*code: '([a-z-]+)'/g)].map((match) => match[1] ?? '');
  expect([refusals.length > 20, rules.length > 50, files.length > 5, others.length > 4]).toEqual(
    Array(4).fill(true),
  );
  expect(withoutText([...refusals, ...rules, ...files, ...others], refusalsZh)).toEqual([]);
});

/** The texts of a file that match, with a number for each value. */
const saidIn = (file: string, pattern: RegExp): string[] => {
  const code = readFileSync(`${root}${file}`, 'utf8').replaceAll(/\/\*[^]*?\*\/|^import .*|\/\/ .*/gm, '');
  const quoted = code.matchAll(/`([^`]*)`|'([^'\n]*)'|"([^"\n]*)"/g);
  return [...quoted]
    .map(([, ...texts]) => texts.join('').replaceAll(/\$\{[^}]*\}/g, '7'))
    .filter((text) => pattern.test(text));
};

/** Han characters, and no three English words in a row. */
const isChinese = (text: string): boolean =>
  /\p{Script=Han}/u.test(text) && !/[a-z]+ [a-z]+ [a-z]+/.test(text);

it('has a text for every result code, and for why limits, guards and templates refuse calls', () => {
  const codes = Object.values(resultCodes).map(({ code }) => code);
  expect(Object.keys(resultsZh).toSorted()).toEqual([...new Set(codes)].toSorted());
  const explained = [
    ...['limits/limits.ts', 'limits/guarded-app.ts', 'limits/number-pools.ts'].flatMap((file) =>
      saidIn(file, /^[\w' ]+ .*\.$|^(the|this) \w+/),
    ),
    ...saidIn('http/voicecall/call-notify.ts', /^(its|value|Segment) .*7/),
    ...(['TXT', 'NUM'] as const).map((kind) => valuesOf({ kind, most: 7 })),
    ...(['DATE', 'TIME'] as const).map((kind) => valuesOf({ kind })),
  ];
  expect(explained.length).toBeGreaterThan(20);
  expect(explained.filter((text) => !isChinese(explanationText('zh', text)))).toEqual([]);
  expect(explanationText('zh', 'The platform may make 3 calls a second, and has.')).toBe(
    '平台每秒最多 3 次呼叫，已达上限。',
  );
  const error = { code: '1010002', message: 'Invalid request. calleeNbr', remedy: 'Correct the parameter.' };
  expect(problemText('zh', new ApiError(403, { error }))).toEqual({
    message: '请求参数不正确。',
    more: '请检查参数 calleeNbr。',
  });
});

it('has a text for all that an examination of a trunk finds and advises', () => {
  const said = saidIn(
    'telephony/trunks/examine.ts',
    /^(?!(transport|options|answer|methods|timers|codecs|telephone-event|nat) 7$)\w.* /,
  );
  expect(said.length).toBeGreaterThan(35);
  expect(said.filter((text) => !isChinese(findingZh(text) ?? text))).toEqual([]);
  expect(findingZh('refused with 408 (no answer)')).toBe('被拒绝：408（无应答）');
});

it('has a text in both languages for every cause of audio that went one way', () => {
  const causes = wordsOf(/type OneWayCause =([^;]+);/);
  expect(causes.length).toBeGreaterThan(5);
  for (const { causes: texts } of [en.call.audio, zh.call.audio]) {
    expect(Object.keys(texts).toSorted()).toEqual(causes.toSorted());
  }
});

it('has a text for every action and object of the audit trail', async () => {
  const platform = new HttpPlatform();
  await platform.listen();
  try {
    const answer = await fetch(`${platform.url}/admin/v1/openapi.json`);
    const { paths } = (await answer.json()) as { paths: Record<string, Record<string, unknown>> };
    const changes = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations)
        .filter((method) => method !== 'get' && method !== 'parameters')
        .map((method) => ({ method: method.toUpperCase(), path: path.replace('/admin/v1/', '') })),
    );
    expect(changes.length).toBeGreaterThan(40);
    expect(
      withoutText(
        changes.map(({ method }) => method),
        methodsZh,
      ),
    ).toEqual([]);
    const words = changes.flatMap(({ path }) => path.split('/')).filter((word) => !/^[{:]/.test(word));
    expect(withoutText(words, pathsZh)).toEqual([]);
  } finally {
    await platform.close();
  }
  expect(withoutText(found(/object(?:: | = )\{ kind: '([^']+)'/g), kindsZh)).toEqual([]);
});
