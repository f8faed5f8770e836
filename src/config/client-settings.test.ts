import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clientSettings } from './client-settings.ts';

describe('the settings of a client command', () => {
  it('come from the flag, else the environment, else ./data', () => {
    const env = { OVC_DATA: '/var/ovc', OVC_URL: 'http://h:1', OVC_TOKEN: 't' };
    expect(clientSettings({ data: '/tmp/x' }, env)).toEqual({
      data: '/tmp/x',
      url: 'http://h:1',
      token: 't',
    });
    expect(clientSettings({}, env).data).toBe('/var/ovc');
    expect(clientSettings({}, {})).toEqual({ data: resolve('data'), url: undefined, token: undefined });
  });
});
