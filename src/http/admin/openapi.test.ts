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
