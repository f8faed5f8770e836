/** Every code that the platform can answer, and every action that it keeps on record, has a Chinese text in the console. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { kindsZh, methodsZh, pathsZh, refusalsZh, releasesZh } from '../../console/src/i18n/codes-zh.ts';
import { releasesEn } from '../../console/src/i18n/releases-en.ts';
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
