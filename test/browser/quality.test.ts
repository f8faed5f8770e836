/** The media of a call second by second, as its page shows them. */
import { execFileSync } from 'node:child_process';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { screens, sidewaysOf, violationsOf } from '../support/axe.ts';
import { hasChromium, openPage, startBrowser, type WatchedPage } from '../support/browser.ts';
import { installed } from '../support/peer-process.ts';
import { TestPlatform } from '../support/platform.ts';

describe.skipIf(!hasChromium)(
  hasChromium ? 'the quality of a call' : 'the quality of a call: chromium is not installed',
  () => {
    let browser: Browser;
    let platform: TestPlatform;
    let sessionId: string;

    beforeAll(async () => {
      browser = await startBrowser();
      platform = await TestPlatform.start();
      sessionId = await platform.accepted();
      await platform.until(sessionId, 'answer', 'B');
    });
    afterAll(async () => {
      await browser?.close();
      await platform?.[Symbol.asyncDispose]();
    });

    async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<WatchedPage> {
      const watched = await openPage(browser, options);
      await watched.page.goto(`${platform.platform.http}/console/calls/${encodeURIComponent(sessionId)}`);
      return watched;
    }

    const chartsOf = (page: Page, party: string, measure: string) =>
      page.getByRole('img', { name: new RegExp(`^${party}, ${measure}`) });

    it('grows while the call runs, leg by leg, with the same as a table', async () => {
      const { page, context, complaints } = await open();
      for (const party of ['Phone A', 'Phone B']) {
        for (const measure of ['Quality', 'Lost or late', 'Jitter', 'Level']) {
          await chartsOf(page, party, measure).waitFor();
        }
      }
      const toggle = page.getByRole('button', { name: 'Show as a table Phone B' });
      await toggle.focus();
      await page.keyboard.press('Enter');
      const rows = page.getByRole('table', { name: 'Media of phone B' }).getByRole('row');
      const before = await rows.count();
      expect(before).toBeGreaterThan(1);
      await expect.poll(() => rows.count(), { timeout: 20_000 }).toBeGreaterThan(before + 2);
      // The phones of the sandbox lose nothing, and send fifty packets a second; the first second may be begun in the middle.
      const cells = await rows.nth(2).getByRole('cell').allTextContents();
      expect(Number(cells[6])).toBeGreaterThan(25);
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('stays once the call is over, with the packets to be taken along', async () => {
      await platform.stop(sessionId);
      await platform.ended(sessionId);
      const { page, context, complaints } = await open();
      await chartsOf(page, 'Phone B', 'Quality').waitFor();
      await page
        .getByText(/packets received, \d+ lost/)
        .first()
        .waitFor();
      const [capture] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: /PCAP/ }).click(),
      ]);
      if (installed('tshark')) {
        const shown = execFileSync('tshark', ['-r', await capture.path(), '-q', '-z', 'rtp,streams'], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        });
        // Two legs, each both ways.
        expect(shown.split('\n').filter((line) => line.includes(' 0x'))).toHaveLength(4);
      }
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('speaks Chinese, in the dark too, and axe finds nothing', async () => {
      const violations: string[] = [];
      for (const [locale, table] of [
        ['en-GB', 'Show as a table Phone A'],
        ['zh-CN', '以表格显示 电话 A'],
      ] as const) {
        for (const colorScheme of ['light', 'dark'] as const) {
          const { page, context, complaints } = await open({ locale, colorScheme });
          await page.getByRole('button', { name: table }).click();
          await page.getByRole('table').first().waitFor();
          // A text that is missing shows its key.
          expect(await page.getByRole('main').innerText()).not.toMatch(/quality\.\w/);
          const told = await violationsOf(page);
          for (const screen of screens) told.push(...(await sidewaysOf(page, screen)));
          violations.push(...told.map((text) => `${locale} ${colorScheme} ${text}`));
          expect(complaints).toEqual([]);
          await context.close();
        }
      }
      expect(violations).toEqual([]);
    });
  },
);
