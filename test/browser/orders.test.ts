/** Enterprises, orders of numbers, and the numbers that are not called. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible } from '../support/axe.ts';
import { hasChromium, openPage, startBrowser } from '../support/browser.ts';
import { TestPlatform } from '../support/platform.ts';

describe.skipIf(!hasChromium)(
  hasChromium ? 'enterprises and orders' : 'enterprises and orders: chromium is not installed',
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

    const rowOf = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });

    it('submits an enterprise, rejects and approves it, and orders, grants and gives back its numbers', async () => {
      const { page, context, complaints } = await openPage(browser);
      await page.goto(`${platform.platform.http}/console/enterprises`);
      await page.getByText('No enterprise yet.').waitFor();
      const dialog = page.getByRole('dialog');
      await page.getByRole('button', { name: 'Submit an enterprise' }).click();
      await dialog.getByLabel('Name, as on the licence').fill('Blue Harbour Ltd');
      await dialog.getByLabel('Code of the licence').fill('91440300MA5EXAMPLE');
      await dialog.getByLabel('Id of the legal person').fill('440300199001011234');
      await dialog.getByLabel('What the calls are for').fill('Parcels');
      await dialog.getByLabel('What is said in them').fill('Your parcel is here.');
      await dialog.getByLabel('Calls at once at most').fill('20');
      await dialog.getByRole('button', { name: 'Submit an enterprise' }).click();
      const enterprise = rowOf(page, 'Blue Harbour Ltd').first();
      await enterprise.getByText('****1234').waitFor();
      expect(await page.content()).not.toContain('440300199001011234');

      await enterprise.getByRole('button', { name: 'Reject' }).click();
      await dialog.getByLabel('Why').fill('The licence cannot be read.');
      await dialog.getByRole('button', { name: 'Reject' }).click();
      await enterprise.getByText('The licence cannot be read.').waitFor();
      await enterprise.getByRole('button', { name: 'Change' }).click();
      await dialog.getByLabel('Code of the licence').fill('91440300MA5EXAMPLF');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await enterprise.getByText('In review').waitFor();
      await enterprise.getByRole('button', { name: 'Approve' }).click();
      await dialog.getByRole('button', { name: 'Approve' }).click();
      await enterprise.getByText('Approved').waitFor();

      await page.getByRole('button', { name: 'Order numbers' }).click();
      await dialog.getByLabel('City').fill('Shenzhen');
      await dialog.getByLabel('How many').fill('2');
      await dialog.getByRole('button', { name: 'Order numbers' }).click();
      const order = rowOf(page, 'Shenzhen');
      await order.getByRole('button', { name: 'Take up' }).click();
      await order.getByRole('button', { name: 'Grant' }).click();
      await dialog.getByLabel('Numbers').fill('+8675528000001');
      await dialog.getByRole('button', { name: 'Grant' }).click();
      await expect.poll(() => dialog.getByLabel('Numbers').getAttribute('aria-invalid')).toBe('true');
      await dialog.getByLabel('Numbers').fill('+8675528000001\n+8675528000002');
      await dialog.getByRole('button', { name: 'Grant' }).click();
      await order.getByText('+8675528000001 +8675528000002').waitFor();
      await order.getByRole('button', { name: 'Give back' }).click();
      await dialog.getByText('+8675528000001 +8675528000002').waitFor();
      await dialog.getByRole('button', { name: 'Give back' }).click();
      await order.getByText('Given back').waitFor();
      expect(complaints.filter((text) => !text.includes('status of 422'))).toEqual([]);
      await context.close();
    });

    it('tells which numbers are not called, and whether one is', async () => {
      const { page, context, complaints } = await openPage(browser);
      await page.goto(`${platform.platform.http}/console/numbers`);
      await page.getByText('+8690, +8699').waitFor();
      const number = page.getByLabel('Would this number be called?');
      for (const [typed, said] of [
        ['+86 135 0000 0001', '+8613500000001 would be called'],
        ['+86 991 1234567', '+869911234567 is not called'],
        ['hello', 'hello is no number'],
      ] as const) {
        await number.fill(typed);
        await page.getByRole('button', { name: 'Check' }).click();
        await page.getByText(said).waitFor();
      }
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('axe finds nothing, in both languages and themes, also on a phone', async () => {
      await expectAccessible(browser, platform.platform.http, ['/console/enterprises', '/console/numbers']);
    });
  },
);
