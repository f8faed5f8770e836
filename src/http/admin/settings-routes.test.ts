import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpPlatform } from '../../../test/support/http-platform.ts';

let platform: HttpPlatform;

beforeEach(async () => {
  platform = new HttpPlatform();
  await platform.listen({
    callRetention: 0,
    recordingRetention: 604_800_000,
    uncallablePrefixes: ['+86991'],
    callableCountries: ['CN', 'GB'],
    uncallableTypes: ['premium-rate'],
  });
});
afterEach(() => platform.close());

describe('the settings', () => {
  it('tell how long things are kept, and which numbers are not called', async () => {
    expect((await platform.admin('GET', '/admin/v1/settings')).body).toEqual({
      retention: { calls: null, recordings: 604_800_000, audit: null, requestKeys: 86_400_000 },
      uncallable: { prefixes: ['+86991'], countries: ['CN', 'GB'], types: ['premium-rate'] },
    });
  });

  it.each([
    ['+86 135 0000 0001', '+8613500000001', 'callable'],
    ['00869912345678', '+869912345678', 'not-called'],
    ['+12025550143', '+12025550143', 'not-called'],
    ['+449098790000', '+449098790000', 'not-called'],
    ['+8612', '+8612', 'not-a-number'],
    ['hello', 'hello', 'not-a-number'],
  ])('say of %s whether it would be called', async (written, number, verdict) => {
    const path = '/admin/v1/settings/check-number';
    const { body } = await platform.admin('POST', path, { number: written });
    expect(body).toEqual({ number, verdict });
  });
});
