/** What people do about their own sign-in. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { totpCode, totpStep } from '../../src/accounts/totp.ts';
import { expectAccessible } from '../support/axe.ts';
import { hasChromium, openPage, startBrowser, type WatchedPage } from '../support/browser.ts';
import { TestPlatform } from '../support/platform.ts';
import { ask, bearer, PASSWORD } from '../support/signed-in.ts';

describe.skipIf(!hasChromium)(
  hasChromium ? 'one’s own sign-in' : 'one’s own sign-in: chromium is not installed',
  () => {
    let browser: Browser;
    let platform: TestPlatform;
    let url: string;

    beforeAll(async () => {
      browser = await startBrowser();
      platform = await TestPlatform.start({ openConsole: false });
      url = platform.platform.http;
    });
    afterAll(async () => {
      await browser?.close();
      await platform?.[Symbol.asyncDispose]();
    });

    const addUser = async (name: string): Promise<void> => {
      const headers = bearer(platform.platform.adminToken);
      const body = { name, role: 'owner', password: PASSWORD };
      expect((await ask({ url }, 'POST', '/users', { headers, body })).status).toBe(201);
    };

    async function enter(page: Page, name: string, password = PASSWORD): Promise<void> {
      await page.getByRole('textbox', { name: 'Name' }).fill(name);
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
    }

    async function openAs(name: string): Promise<WatchedPage> {
      await addUser(name);
      const watched = await openPage(browser);
      await watched.page.goto(`${url}/console/own`);
      await enter(watched.page, name);
      await watched.page.getByRole('heading', { name: 'Your sign-in' }).waitFor();
      return watched;
    }

    it('changes the password, and signs in with the new one', async () => {
      const { page, context, complaints } = await openAs('mei');
      const fill = async (current: string, next: string, again = next): Promise<void> => {
        await page.getByLabel('Present password').fill(current);
        await page.getByLabel('New password', { exact: true }).fill(next);
        await page.getByLabel('New password again').fill(again);
        await page.getByRole('button', { name: 'Change the password' }).click();
      };
      await fill(PASSWORD, 'blue harbour lantern', 'blue harbour lantrn');
      await page.getByText('This is not the same as above.').waitFor();
      await fill('a wrong one', 'blue harbour lantern');
      await page.getByText('This is not your password.').waitFor();
      await fill(PASSWORD, 'blue harbour lantern');
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
      await enter(page, 'mei', PASSWORD);
      await page.getByText('Account, name, password or code is wrong.').waitFor();
      await enter(page, 'mei', 'blue harbour lantern');
      await page.getByRole('heading', { name: 'Your sign-in' }).waitFor();
      expect(complaints.filter((text) => !text.match(/status of 40[13]/))).toEqual([]);
      await context.close();
    });

    it('sets up an authenticator, is asked for its code, and switches it off', async () => {
      const { page, context, complaints } = await openAs('wang');
      await page.getByRole('button', { name: 'Set up an authenticator' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Present password').fill(PASSWORD);
      await dialog.getByRole('button', { name: 'Continue' }).click();
      await dialog.getByRole('img', { name: 'QR code for an authenticator' }).waitFor();
      const shown = (await dialog.getByLabel('Secret').textContent()) ?? '';
      const secret = shown.replaceAll(' ', '');
      expect(secret).toMatch(/^[A-Z2-7]{32}$/);
      await dialog.getByLabel('Code that the application shows').fill('000');
      await dialog.getByRole('button', { name: 'Switch on' }).click();
      await dialog.getByText('A code has six digits.').waitFor();
      const step = totpStep(Date.now());
      await dialog.getByLabel('Code that the application shows').fill(totpCode(secret, step));
      await dialog.getByRole('button', { name: 'Switch on' }).click();
      await page.getByText('Switched on').waitFor();

      await page.getByRole('button', { name: 'Sign out' }).click();
      await enter(page, 'wang');
      await page.getByText('The code of your authenticator is needed too.').waitFor();
      // Each code is taken once: the next one counts already.
      await page.getByLabel('Code of your authenticator').fill(totpCode(secret, step + 1));
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('button', { name: 'Sign out' }).waitFor();

      await page.goto(`${url}/console/own`);
      await page.getByRole('button', { name: 'Switch off' }).click();
      await dialog.getByLabel('Present password').fill(PASSWORD);
      await dialog.getByRole('button', { name: 'Switch off' }).click();
      await page.getByText('Switched off').waitFor();
      expect(complaints.filter((text) => !text.match(/status of 40[01]/))).toEqual([]);
      await context.close();
    });

    it('makes an access token that is shown once and works until it is revoked', async () => {
      const { page, context, complaints } = await openAs('lin');
      await page.getByRole('button', { name: 'Make a token' }).click();
      await page.getByRole('dialog').getByLabel('Name').fill('CI');
      await page.getByRole('dialog').getByLabel('Days until it expires').fill('30');
      await page.getByRole('dialog').getByRole('button', { name: 'Make a token' }).click();
      const secret = page.getByRole('dialog', { name: 'The token CI' });
      const token = (await secret.getByLabel('Token').textContent()) ?? '';
      await secret.getByRole('button', { name: 'I have kept it' }).click();
      const who = () => ask<{ name: string }>({ url }, 'GET', '/session', { headers: bearer(token) });
      expect((await who()).body.name).toBe('lin');
      const row = page.getByRole('row').filter({ hasText: 'CI' });
      await row.getByRole('button', { name: 'Revoke' }).click();
      expect(await page.content()).not.toContain(token);
      await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
      await page.getByText('No token.').waitFor();
      expect((await who()).status).toBe(401);
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('shows where one is signed in, and ends it there', async () => {
      const { page, context, complaints } = await openAs('chen');
      const body = { name: 'chen', password: PASSWORD, bearer: true };
      const elsewhere = await ask<{ token: string }>({ url }, 'POST', '/session', { body });
      await page.reload();
      const list = page.getByRole('table', { name: 'Where you are signed in' });
      await list.getByText('This one').waitFor();
      await list.getByRole('button', { name: 'End' }).click();
      await expect.poll(() => list.getByRole('button', { name: 'End' }).count()).toBe(0);
      const headers = bearer(elsewhere.body.token);
      expect((await ask({ url }, 'GET', '/session', { headers })).status).toBe(401);
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('axe finds nothing, in both languages and themes, also on a phone', async () => {
      await addUser('zhao');
      await expectAccessible(browser, url, ['/console/own'], async (page) => {
        const body = { name: 'zhao', password: PASSWORD };
        await page.evaluate(
          (sent) =>
            fetch('/admin/v1/session', {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify(sent),
            }),
          body,
        );
      });
    });
  },
);
