import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HttpPlatform } from '../../../test/support/http-platform.ts';

let platform: HttpPlatform;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen();
});
afterEach(() => platform.close());

async function description(): Promise<Record<string, unknown>> {
  const response = await fetch(`${platform.url}/admin/v1/openapi.json`);
  return (await response.json()) as Record<string, unknown>;
}

it('describes the operator’s API as the schema of OpenAPI 3.1 wants it', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(await description());
  expect(errors).toBeUndefined();
  expect([valid, validator.version]).toEqual([true, '3.1']);
});

it('would be told of a description that is wrong', async () => {
  const wrong = { ...(await description()), paths: { nowhere: { get: { responses: 7 } } } };
  expect((await new Validator().validate(wrong)).valid).toBe(false);
});

/** What the linter of Redocly recommends, but that every operation describes its refusals as `default`. */
async function complaintsAbout(document: object): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended'], rules: { 'operation-4xx-response': 'off' } });
  const problems = await lintFromString({ source: JSON.stringify(document), config });
  return problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`);
}

it('passes a linter', async () => {
  expect(await complaintsAbout(await description())).toEqual([]);
});

it('would not pass it with two operations of one name, or with a parameter that no path has', async () => {
  const parameters = [{ name: 'nothing', in: 'path', required: true, schema: { type: 'string' } }];
  const operation = {
    operationId: 'twice',
    summary: 'Again',
    parameters,
    responses: { 200: { description: 'OK' } },
  };
  const wrong = {
    ...(await description()),
    paths: { '/one': { get: operation }, '/two': { get: operation } },
  };
  const complaints = (await complaintsAbout(wrong)).join('\n');
  for (const rule of ['operation-operationId-unique', 'path-parameters-defined'])
    expect(complaints).toContain(rule);
});
