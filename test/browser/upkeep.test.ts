/** Exports with progress, and what is known of one phone number. */
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { hasChromium, openPage, startBrowser } from '../support/browser.ts';
import { TestPlatform } from '../support/platform.ts';

const CALLEE = '+8613500000010';

describe.skipIf(!hasChromium)(
  hasChromium ? 'exports and upkeep' : 'exports and upkeep: chromium is not installed',
  () => {
    let browser: Browser;
    let platform: TestPlatform;
    let sessionId: string;

    beforeAll(async () => {
      browser = await startBrowser();
      platform = await TestPlatform.start({ callRetention: '720h' });
      sessionId = await platform.accepted({ calleeNbr: CALLEE });
      await platform.ended(sessionId);
    });
    afterAll(async () => {
      await browser?.close();
      await platform?.[Symbol.asyncDispose]();
    });

    const saved = async (page: Page, press: () => Promise<void>): Promise<{ name: string; text: string }> => {
      const [file] = await Promise.all([page.waitForEvent('download'), press()]);
      return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
    };

    it('exports the records of some days, with rows and octets', async () => {
      const { page, context, complaints } = await openPage(browser);
      await page.goto(`${platform.platform.http}/console/exports`);
      const { name, text } = await saved(page, () => page.getByRole('button', { name: 'Export' }).click());
      expect(name).toMatch(/^records-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/);
      expect(text).toContain(sessionId);
      await page.getByText(`Saved as ${name}`).waitFor();
      await page.getByText('1 row').waitFor();
      await page.getByLabel('First day').fill('2020-01-01');
      await page.getByLabel('Last day').fill('2020-01-02');
      const nothing = await saved(page, () => page.getByRole('button', { name: 'Export' }).click());
      expect(nothing.text).not.toContain(sessionId);
      await page.getByText('the file has no rows').waitFor();
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('shows how far an export is, and cancels it', async () => {
      const { page, context, complaints } = await openPage(browser);
      const held = Promise.withResolvers<void>();
      await page.route('**/admin/v1/exports/**', async (route) => {
        await held.promise;
        await route.continue().catch(() => {});
      });
      await page.goto(`${platform.platform.http}/console/exports`);
      await page.getByRole('button', { name: 'Export' }).click();
      await page.getByRole('progressbar', { name: 'Exporting' }).waitFor();
      await page.getByText('0 rows').waitFor();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByText('Cancelled. Nothing was saved.').waitFor();
      held.resolve();
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('hands out what is known of a number, and erases it once it was typed again', async () => {
      const { page, context, complaints } = await openPage(browser);
      await page.goto(`${platform.platform.http}/console/upkeep`);
      await page.getByText('30 days').waitFor();
      await page.getByLabel('Phone number').fill('+86 135 0000 0010');
      const { name, text } = await saved(page, () =>
        page.getByRole('button', { name: 'Export', exact: true }).click(),
      );
      expect(name).toBe('8613500000010.jsonl');
      expect(JSON.parse(text)).toMatchObject({ kind: 'call', sessionId });
      await page.getByText('Saved 1 entry').waitFor();

      await page.getByRole('button', { name: 'Erase …' }).click();
      const dialog = page.getByRole('dialog');
      const erase = dialog.getByRole('button', { name: 'Erase for good' });
      await dialog.getByLabel('Type the number again').fill('+86 135 0000 0011');
      expect(await erase.isDisabled()).toBe(true);
      await dialog.getByLabel('Type the number again').fill(CALLEE);
      await erase.click();
      await page.getByText('Erased').waitFor();
      await page.getByRole('button', { name: 'Export', exact: true }).click();
      await page.getByText('Nothing is known of this number.').waitFor();
      await page.getByLabel('Phone number').fill('hello');
      await page.getByRole('button', { name: 'Export', exact: true }).click();
      await page.getByText('This is no phone number.').waitFor();
      expect(complaints.filter((line) => !line.includes('status of 422'))).toEqual([]);
      await context.close();
    });

    it('backs up what the platform keeps, and lists it', async () => {
      const { page, context, complaints } = await openPage(browser);
      await page.goto(`${platform.platform.http}/console/upkeep`);
      await page.getByText('There is none yet.').waitFor();
      await page.getByRole('button', { name: 'Back up now' }).click();
      const row = page.getByRole('table', { name: 'Backups' }).getByRole('row').nth(1);
      await row.getByText('backups').waitFor();
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('gives the table of statistics, and says whose days they are', async () => {
      const { page, context, complaints } = await openPage(browser, { timezoneId: 'Asia/Shanghai' });
      await page.goto(`${platform.platform.http}/console/statistics`);
      await page.getByText('by day of Asia/Shanghai').waitFor();
      await page.getByRole('table').waitFor();
      const { name, text } = await saved(page, () =>
        page.getByRole('button', { name: 'Download this table (CSV)' }).click(),
      );
      expect(name).toMatch(/^statistics-.*\.csv$/);
      const [head, first] = text.split('\r\n');
      expect(head).toContain('Time zone');
      const row = await page.getByRole('row').nth(1).getByRole('cell').first().textContent();
      expect(first).toContain(`${row},Asia/Shanghai`);
      await page.getByRole('link', { name: 'Export the records of these days' }).click();
      await page.getByText('Days are those of Asia/Shanghai').waitFor();
      const asked = page.waitForRequest('**/admin/v1/exports/records?**');
      await saved(page, () => page.getByRole('button', { name: 'Export' }).click());
      // Midnight in Shanghai.
      expect(new URL((await asked).url()).searchParams.get('since')).toMatch(/T16:00:00\.000Z$/);
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('axe finds nothing, in both languages and themes, also on a phone', async () => {
      const paths = ['exports', 'upkeep', 'statistics'].map((name) => `/console/${name}`);
      await expectAccessible(browser, platform.platform.http, paths);
    });
  },
);
