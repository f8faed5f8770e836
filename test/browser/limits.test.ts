/** What an operator does about limits, black lists, guards, and calls that wait or were refused. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { screens, violationsOf } from '../support/axe.ts';
import { hasChromium, openPage, startBrowser, type WatchedPage } from '../support/browser.ts';
import { TestPlatform } from '../support/platform.ts';
import { callApi } from '../support/signed-request.ts';

const pages = 'limits black-lists guards queue refused'.split(' ');
const busy = '+8613500000010';

/** Of the page, and of what is seen of it. */
const WIDTHS = '[document.documentElement.scrollWidth, document.documentElement.clientWidth]';

/** 401s in five minutes after which an address is blocked. */
const FAILURES = 20;

describe.skipIf(!hasChromium)(
  hasChromium ? 'the pages on limits' : 'the pages on limits: chromium is not installed',
  () => {
    let browser: Browser;
    let platform: TestPlatform;

    beforeAll(async () => {
      browser = await startBrowser();
      platform = await TestPlatform.start({}, { name: 'Reminders' });
    });
    afterAll(async () => {
      await browser?.close();
      await platform?.[Symbol.asyncDispose]();
    });

    /** Of the platform, as its operator. */
    async function open(
      path: string,
      options: Parameters<Browser['newContext']>[0] = {},
    ): Promise<WatchedPage> {
      const watched = await openPage(browser, options);
      await watched.page.goto(`${platform.platform.http}/console/${path}`);
      await watched.page.getByRole('heading', { level: 1 }).waitFor();
      return watched;
    }

    const rowOf = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });
    const choose = async (page: Page, name: string | RegExp, option: string): Promise<void> => {
      await page.getByRole('dialog').getByRole('button', { name }).click();
      await page.getByRole('option', { name: option, exact: true }).click();
    };
    const remove = (path: string) =>
      fetch(`${platform.access.http}/admin/v1${path}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${platform.access.token}` },
      });

    it('sets a limit, shows what is used of it, explains what it refused, and clears it', async () => {
      const { page, context, complaints } = await open('limits');
      await page.getByRole('button', { name: 'Set a limit' }).click();
      const form = page.getByRole('dialog', { name: 'Set a limit' });
      await choose(page, /Kind$/, 'Application');
      await choose(page, /Application$/, 'Reminders');
      await form.getByRole('button', { name: 'Set a limit' }).click();
      const perSecond = form.getByLabel('Calls a second', { exact: true });
      await expect.poll(() => perSecond.getAttribute('aria-invalid')).toBe('true');
      await form.getByLabel('Calls a day').fill('two');
      await form.getByRole('button', { name: 'Set a limit' }).click();
      await form.getByText('This is not a number.').waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await form.getByLabel('Calls a day').fill('2');
      await form.getByRole('button', { name: 'Set a limit' }).click();
      const row = rowOf(page, 'Application Reminders');
      await row.getByText('0 of 2').waitFor();

      await platform.ended(await platform.accepted({ callerNbr: busy }));
      await row.getByText('1 of 2').waitFor();
      await row.getByRole('button', { name: 'Change' }).click();
      const change = page.getByRole('dialog', { name: 'Limit: Application Reminders' });
      await change.getByLabel('Calls a day').fill('1');
      await change.getByLabel('Quiet from').fill('03:00');
      await change.getByLabel('Quiet until').fill('03:01');
      await change.getByRole('button', { name: 'Save' }).click();
      await row.getByText('1 of 1').waitFor();
      await row.getByText('Quiet from 03:00 to 03:01').waitFor();
      expect((await platform.click2Call()).body.resultcode).toBe('1013002');

      await page.getByRole('link', { name: 'Refused calls' }).click();
      const refusal = rowOf(page, '1013002');
      await refusal.getByText('All 1 calls of the application for this day').waitFor();
      await refusal.getByText('Calls a day').waitFor();
      await refusal.getByRole('link', { name: 'See what holds it back' }).click();

      await row.getByRole('button', { name: 'Remove' }).click();
      const question = page.getByRole('dialog', { name: 'Remove the limit: Application Reminders?' });
      await question.getByRole('button', { name: 'Remove' }).click();
      await page.getByText('No limit yet.').waitFor();
      expect((await platform.admin('GET', '/limits')) as object).toEqual({ limits: [] });
      expect(complaints.filter((text) => !text.includes('status of 422'))).toEqual([]);
      await context.close();
    });

    it('lists what a limit for each counts, nearest first, and gives an application other ports', async () => {
      await platform.admin('PUT', '/limits/callee/*', { callsPerDay: 10 });
      const to = (calleeNbr: string) => platform.accepted({ callerNbr: busy, calleeNbr });
      const called = ['+8613500000002', '+8613500000003', '+8613500000003'];
      for (const number of called) await platform.ended(await to(number));
      const { page, context, complaints } = await open('limits');
      const row = rowOf(page, 'Each callee');
      await row.getByText('2 of 10').waitFor();
      await row.getByText('Nearest to it: +8613500000003').waitFor();
      await row.getByRole('button', { name: '2 are counted' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('2 of 10').waitFor();
      expect(await dialog.getByRole('row').allInnerTexts()).toEqual([
        expect.any(String),
        expect.stringContaining('+8613500000003'),
        expect.stringContaining('+8613500000002'),
      ]);
      await page.keyboard.press('Escape');

      const ports = page.getByRole('table', { name: 'Voice ports' }).getByRole('row', { name: /Reminders/ });
      await ports.getByRole('button', { name: 'Change' }).click();
      await page.getByRole('dialog').getByLabel('Voice ports').fill('7');
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
      await ports.getByText('0 of 7').waitFor();
      await remove('/limits/callee/*');
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('puts a number on a black list, takes it off, and takes that back', async () => {
      const { page, context, complaints } = await open('black-lists');
      await page.getByRole('button', { name: 'Put a number on a list' }).click();
      const form = page.getByRole('dialog');
      await form.getByLabel('Number').fill('13500000009');
      await form.getByRole('button', { name: 'Put a number on a list' }).click();
      await form.getByText('not in global format').waitFor();
      await form.getByLabel('Number').fill('+8613500000009');
      await form.getByLabel('Why').fill('asked for peace');
      await form.getByRole('button', { name: 'Put a number on a list' }).click();
      const row = rowOf(page, '+8613500000009');
      await row.getByText('asked for peace').waitFor();
      await row.getByRole('button', { name: 'Remove' }).click();
      await page.getByText('Nobody is on a list.').waitFor();
      await page.getByRole('button', { name: 'Undo' }).click();
      await row.getByText('asked for peace').waitFor();
      const { numbers } = (await platform.admin('GET', '/barred-numbers')) as { numbers: object[] };
      expect(numbers).toMatchObject([{ role: 'callee', number: '+8613500000009', note: 'asked for peace' }]);
      await remove('/barred-numbers/callee/%2B8613500000009');
      expect(complaints.filter((text) => !text.includes('status of 422'))).toEqual([]);
      await context.close();
    });

    it('shows blocked addresses and serves one again', async () => {
      const stranger = { ...platform.app, appSecret: 'wrong' };
      for (let failure = 0; failure < FAILURES; failure += 1) {
        await callApi(platform.access.http, '/rest/httpsessions/callStop/v2.0', stranger, {});
      }
      expect((await platform.click2Call()).body.resultcode).toBe('1020176');
      const { page, context, complaints } = await open('black-lists');
      await rowOf(page, '127.0.0.1').getByRole('button', { name: 'Unblock' }).click();
      await page.getByText('No address is blocked.').waitFor();
      await platform.ended(await platform.accepted({ callerNbr: busy }));
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('guards an application with a cost fuse, and shows what the day cost', async () => {
      const { page, context, complaints } = await open('guards');
      await page.getByRole('button', { name: 'Set a price' }).click();
      const price = page.getByRole('dialog', { name: 'Set a price' });
      await price.getByLabel('Prefix').fill('+86');
      await price.getByLabel('A minute').fill('0.12');
      await price.getByRole('button', { name: 'Set a price' }).click();
      await rowOf(page, '+86').getByText('0.12').waitFor();

      await page.getByRole('button', { name: 'Set a guard' }).click();
      const form = page.getByRole('dialog', { name: 'Set a guard' });
      await choose(page, /Application$/, 'Reminders');
      await choose(page, /Which calls/, 'All calls');
      await form.getByLabel('Cool-down').fill('60');
      await form.getByLabel('Velocity').fill('30');
      await form.getByLabel('Within').fill('600');
      await form.getByLabel('Countries').fill('CN');
      await form.getByLabel('Cost fuse').fill('5');
      await form.getByRole('button', { name: 'Set a guard' }).click();
      const row = rowOf(page, 'Reminders');
      await row.getByText('60 s between two calls to a callee').waitFor();
      await row.getByText('30 calls to 7 digits within 600 s').waitFor();
      await platform.ended(await platform.accepted({ callerNbr: busy }));
      expect((await platform.click2Call()).body.resultcode).toBe('1011006');
      await expect.poll(() => row.innerText()).toMatch(/0\.\d+ of 5|0 of 5/);

      await row.getByRole('button', { name: 'Remove' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
      await page.getByText('No guard yet.').waitFor();
      await rowOf(page, '+86').getByRole('button', { name: 'Remove' }).click();
      await page.getByText('No price yet.').waitFor();
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('shows who waits and for how long, and cancels a call only after asking', async () => {
      const amounts = { callsPerMinute: 1, excess: 'queue', longestWait: 3_600 };
      await platform.admin('PUT', '/limits/app/*', amounts);
      await platform.ended(await platform.accepted({ callerNbr: busy }));
      const waiting = await platform.accepted({ callerNbr: busy });
      const { page, context, complaints } = await open('queue');
      const row = rowOf(page, waiting);
      await row.getByText(/in \d+ s/).waitFor();
      expect(await row.getByRole('cell').first().innerText()).toBe('1');
      await row.getByRole('button', { name: 'Cancel the call' }).click();
      const question = page.getByRole('dialog');
      await question.getByRole('button', { name: 'Cancel', exact: true }).click();
      await row.getByRole('button', { name: 'Cancel the call' }).click();
      await question.getByRole('button', { name: 'Cancel the call' }).click();
      await page.getByText('No call waits.').waitFor();
      expect((await platform.ended(waiting)).cdr).toMatchObject({ ulFailReason: 8017 });
      await remove('/limits/app/*');
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('lets people of an account set their own, and shows no numbers to those who may only look', async () => {
      await platform.admin('PUT', '/limits/callee/*', { callsPerDay: 5 });
      await platform.admin('POST', '/accounts', { name: 'Acme', spId: 'acme' });
      const password = 'correct horse battery';
      for (const [name, role] of [
        ['olga', 'administrator'],
        ['rita', 'read-only'],
      ]) {
        await platform.admin('POST', '/users?account=acme', { name, role, password });
      }
      const { page, context, complaints } = await open('limits');
      const enter = async (name: string): Promise<void> => {
        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.getByRole('textbox', { name: 'Account' }).fill('acme');
        await page.getByRole('textbox', { name: 'Name' }).fill(name);
        await page.getByLabel('Password').fill(password);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByRole('navigation').getByRole('link', { name: 'Limits' }).click();
      };
      await enter('olga');
      await page.getByText('No limit yet.').waitFor();
      await page.getByRole('button', { name: 'Set a limit' }).click();
      const form = page.getByRole('dialog');
      await form.getByText('It counts the calls of acme alone').waitFor();
      await form.getByRole('button', { name: /Kind$/ }).click();
      expect(await page.getByRole('option').allInnerTexts()).toEqual([
        'Account',
        'Application',
        'Display number',
        'Callee',
      ]);
      await page.getByRole('option', { name: 'Callee' }).click();
      await form.getByLabel('Number', { exact: true }).fill('+8613500000066');
      await form.getByLabel('Calls a day').fill('9');
      await form.getByRole('button', { name: 'Set a limit' }).click();
      await rowOf(page, 'Callee +8613500000066').getByText('0 of 9').waitFor();

      await enter('rita');
      const row = rowOf(page, 'Callee +8613*******66');
      await row.waitFor();
      expect(await row.getByRole('button').count()).toBe(0);
      expect(await page.content()).not.toContain('+8613500000066');
      await remove('/limits/callee/*');
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('axe finds nothing on them, with rows, in both languages, light and dark, on a phone too', {
      timeout: 240_000,
    }, async () => {
      await platform.admin('PUT', '/limits/callee/*', {
        callsPerDay: 0,
        quietHours: { from: '22:00', to: '08:00' },
      });
      await platform.admin('PUT', '/barred-numbers/callee/%2B8613500000009', {});
      await platform.admin('PUT', '/guards/*', { calls: 'all', coolDown: 60, dailyBudget: 5 });
      await platform.click2Call();
      await platform.admin('PUT', '/limits/app/*', { callsPerMinute: 1, excess: 'queue' });
      const caller = { calleeNbr: '+8613500000003', callerNbr: busy };
      await platform.admin('PUT', '/limits/callee/%2B8613500000003', { callsPerDay: 9 });
      await platform.admin('PUT', '/limits/callee/%2B8613500000004', { callsPerDay: 9 });
      await platform.accepted(caller);
      await platform.accepted({ ...caller, calleeNbr: '+8613500000004' });
      const found: string[] = [];
      for (const screen of screens) {
        const { page, context, complaints } = await openPage(browser, screen);
        for (const path of pages) {
          await page.goto(`${platform.platform.http}/console/${path}`);
          await page.getByRole('row').nth(1).waitFor();
          await expect.poll(() => page.locator('.animate-pulse').count()).toBe(0);
          found.push(...(await violationsOf(page)).map((text) => `${screen.locale} ${path} ${text}`));
          const [wide, seen] = await page.evaluate<[number, number]>(WIDTHS);
          if (wide > seen) found.push(`${screen.locale} ${path} is ${wide} wide on ${seen}`);
        }
        expect(complaints).toEqual([]);
        await context.close();
      }
      expect(found).toEqual([]);
    });
  },
);
