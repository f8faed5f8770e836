/** What a browser has to fetch before somebody sees the first page. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, openPage, startBrowser } from '../support/browser.ts';
import { TestPlatform } from '../support/platform.ts';

/** Bytes, compressed, of all files. */
const MOST = 250_000;

describe.skipIf(!hasChromium)(
  hasChromium ? 'the first paint' : 'the first paint: chromium is not installed',
  () => {
    let browser: Browser;
    let platform: TestPlatform;

    beforeAll(async () => {
      browser = await startBrowser();
      platform = await TestPlatform.start();
    });
    afterAll(async () => {
      await browser?.close();
      await platform?.[Symbol.asyncDispose]();
    });

    it('needs less than 250 kB, sent compressed, and neither charts nor waveforms', async () => {
      const { page, context } = await openPage(browser);
      const files = new Map<string, Promise<number>>();
      page.on('requestfinished', (request) => {
        const { pathname } = new URL(request.url());
        if (pathname.startsWith('/admin/') || pathname === '/events') return;
        files.set(
          pathname,
          request.sizes().then(({ responseBodySize }) => responseBodySize),
        );
      });
      await page.goto(platform.platform.http);
      await page.getByRole('button', { name: 'Place the call' }).waitFor();
      await page.waitForLoadState('load');
      const sizes = await Promise.all(files.values());
      const total = sizes.reduce((sum, size) => sum + size, 0);
      expect(total).toBeGreaterThan(50_000);
      expect(total).toBeLessThan(MOST);
      expect([...files.keys()].filter((path) => /chart|waveform|voice-files/.test(path))).toEqual([]);
      await context.close();
    });

    it.each(['br', 'gzip'])('is sent as %s to whoever takes that', async (encoding) => {
      const { http } = platform.platform;
      const page = await (await fetch(http)).text();
      const [script = ''] = /\/assets\/index-[\w-]+\.js/.exec(page) ?? [];
      const answer = await fetch(`${http}${script}`, { headers: { 'accept-encoding': encoding } });
      expect(answer.headers.get('content-encoding')).toBe(encoding);
      expect(answer.headers.get('content-type')).toContain('javascript');
      expect(answer.headers.get('vary')).toBe('accept-encoding');
      const plain = await fetch(`${http}${script}`, { headers: { 'accept-encoding': 'identity' } });
      expect(plain.headers.get('content-encoding')).toBeNull();
      expect(await answer.text()).toBe(await plain.text());
    });
  },
);
