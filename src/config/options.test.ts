import { describe, expect, it } from 'vitest';
import { settingOptions } from './options.ts';

describe('help', () => {
  it('names every key with its variable and default', () => {
    const options = settingOptions();
    const rtp = options.find(({ name }) => name === 'rtp');
    expect(rtp).toEqual({
      name: 'rtp',
      switch: false,
      flags: '--rtp <HOST:FIRST-LAST>',
      description: 'media [OVC_RTP; 127.0.0.1:20000-29999]',
    });
    expect(options.find(({ name }) => name === 'keepAlive')).toMatchObject({
      switch: true,
      flags: '--keep-alive',
    });
    for (const { description } of options) expect(description).toMatch(/^\S.* \[OVC_[A-Z_]+(; .+)?\]$/);
  });
});
