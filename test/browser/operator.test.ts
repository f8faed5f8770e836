/** What an operator does in the console, page by page. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violationsOf } from '../support/axe.ts';
import { hasChromium, openPage, startBrowser, type WatchedPage } from '../support/browser.ts';
import { TestPlatform } from '../support/platform.ts';

const operatorPages =
  'statistics pushes apps numbers voice-files templates reviews users audit accounts'.split(' ');

describe.skipIf(!hasChromium)(
  hasChromium ? 'the operator’s pages' : 'the operator’s pages: chromium is not installed',
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

    /** Of the platform, as its operator. */
    async function open(path: string): Promise<WatchedPage> {
      const watched = await openPage(browser);
      await watched.page.goto(`${platform.platform.http}${path}`);
      await watched.page.getByRole('heading', { level: 1 }).waitFor();
      return watched;
    }

    const rowOf = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });

    it('creates an application and shows its secret once, suspends it, and the audit trail tells', async () => {
      const { page, context, complaints } = await open('/console/apps');
      await page.getByRole('button', { name: 'Create an application' }).click();
      const form = page.getByRole('dialog');
      await form.getByLabel('Name').fill('Reminders');
      await form.getByLabel('Address for status pushes').fill('not an address');
      await form.getByRole('button', { name: 'Create an application' }).click();
      const wrong = form.getByLabel('Address for status pushes');
      await expect.poll(() => wrong.getAttribute('aria-invalid')).toBe('true');
      expect(await violationsOf(page)).toEqual([]);
      await wrong.fill('https://example.com/status');
      await form.getByRole('button', { name: 'Create an application' }).click();

      const secret = page.getByRole('dialog', { name: 'The secret of Reminders' });
      const [appKey, appSecret] = await Promise.all(
        ['appKey', 'appSecret'].map((label) => secret.getByLabel(label).textContent()),
      );
      expect(appSecret?.length).toBeGreaterThan(10);
      await secret.getByRole('button', { name: 'I have kept it' }).click();
      await rowOf(page, appKey ?? '').waitFor();
      expect(await page.content()).not.toContain(appSecret);

      await rowOf(page, appKey ?? '')
        .getByRole('button', { name: 'Suspend' })
        .click();
      await rowOf(page, appKey ?? '')
        .getByText('Suspended')
        .waitFor();
      await page.getByRole('link', { name: 'Audit trail' }).click();
      await rowOf(page, 'PATCH /apps/:appKey').first().waitFor();
      await page.getByLabel('Object’s id').fill(appKey ?? '');
      await page.getByRole('button', { name: 'Search' }).click();
      await expect.poll(() => rowOf(page, 'app ').count()).toBe(2);
      expect(complaints.filter((text) => !text.includes('status of 4'))).toEqual([]);
      await context.close();
    });

    it('gives an application a number, and takes it only after asking', async () => {
      const { page, context, complaints } = await open('/console/numbers');
      await page.getByRole('button', { name: 'Add a number' }).click();
      await page.getByRole('dialog').getByRole('textbox', { name: 'Number' }).fill('+8675512345999');
      expect(await violationsOf(page)).toEqual([]);
      await page.getByRole('dialog').getByRole('button', { name: 'Add a number' }).click();
      await rowOf(page, '+8675512345999').getByRole('button', { name: 'Remove' }).click();
      const question = page.getByRole('dialog', { name: 'Remove +8675512345999?' });
      await question.getByRole('button', { name: 'Cancel' }).click();
      await rowOf(page, '+8675512345999').getByRole('button', { name: 'Remove' }).click();
      await question.getByRole('button', { name: 'Remove' }).click();
      await expect.poll(() => rowOf(page, '+8675512345999').count()).toBe(0);
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('adds a user, who sees only what his role includes', async () => {
      const { page, context, complaints } = await open('/console/users');
      await page.getByRole('button', { name: 'Add a user' }).click();
      await page.getByRole('dialog').getByLabel('Name').fill('lin');
      expect(await violationsOf(page)).toEqual([]);
      await page.getByRole('dialog').getByRole('button', { name: 'Add a user' }).click();
      const shown = page.getByRole('dialog', { name: 'The password of lin' });
      const password = (await shown.getByLabel('Password').textContent()) ?? '';
      await shown.getByRole('button', { name: 'I have kept it' }).click();
      await rowOf(page, 'lin').getByText('Read only').waitFor();

      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('textbox', { name: 'Name' }).fill('lin');
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      const menu = page.getByRole('navigation');
      await menu.getByRole('link', { name: 'Applications' }).click();
      await page.getByRole('table', { name: 'Applications' }).waitFor();
      expect(await page.getByRole('button', { name: 'Create an application' }).count()).toBe(0);
      for (const name of ['Users', 'Audit trail', 'Accounts']) {
        expect(await menu.getByRole('link', { name }).count()).toBe(0);
      }
      await page.goto(`${platform.platform.http}/console/users`);
      await page.getByText('Your role does not include this page.').waitFor();
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('creates an account, and shows what belongs to it alone', async () => {
      const { page, context, complaints } = await open('/console/accounts');
      await page.getByRole('button', { name: 'Create an account' }).click();
      await page.getByRole('dialog').getByLabel('Name').fill('Blue Harbour');
      await page.getByRole('dialog').getByRole('button', { name: 'Create an account' }).click();
      await rowOf(page, 'Blue Harbour').waitFor();
      await page.getByRole('link', { name: 'Applications' }).click();
      await page.getByRole('table', { name: 'Applications' }).waitFor();
      await page.getByRole('button', { name: /Account/ }).click();
      await page.getByRole('option', { name: 'Blue Harbour' }).click();
      await page.getByText('No application yet.').waitFor();
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('axe finds nothing on any page, in both languages', { timeout: 240_000 }, async () => {
      const violations: string[] = [];
      for (const locale of ['en-GB', 'zh-CN']) {
        const { page, context, complaints } = await openPage(browser, { locale });
        for (const path of operatorPages) {
          await page.goto(`${platform.platform.http}/console/${path}`);
          await page.getByRole('heading', { level: 1 }).waitFor();
          await expect.poll(() => page.locator('.animate-pulse').count()).toBe(0);
          violations.push(...(await violationsOf(page)).map((found) => `${locale} ${path} ${found}`));
        }
        expect(complaints).toEqual([]);
        await context.close();
      }
      expect(violations).toEqual([]);
    });
  },
);
