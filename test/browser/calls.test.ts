/** Finding calls, watching those that run, and what the keyboard alone reaches. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { screens, sidewaysOf, violationsOf } from '../support/axe.ts';
import { udpCarrier } from '../support/carrier.ts';
import { hasChromium, openPage, startBrowser, type WatchedPage } from '../support/browser.ts';
import { numbers } from '../support/platform-client.ts';
import { TestPlatform } from '../support/platform.ts';

/** What sandbox phones do. */
const [busy, ringing] = ['+8613500000010', '+8613500000011'];

describe.skipIf(!hasChromium)(
  hasChromium ? 'calls in the console' : 'calls in the console: chromium is not installed',
  () => {
    let browser: Browser;
    let platform: TestPlatform;
    let appKey: string;

    beforeAll(async () => {
      browser = await startBrowser();
      platform = await TestPlatform.start({ feeRetries: '0' });
      const { apps } = (await platform.admin('GET', '/apps')) as {
        apps: { appKey: string; capability: string }[];
      };
      appKey = apps.find(({ capability }) => capability === 'callback')!.appKey;
    });
    afterAll(async () => {
      await browser?.close();
      await platform?.[Symbol.asyncDispose]();
    });

    async function open(path: string, options = {}): Promise<WatchedPage> {
      const watched = await openPage(browser, options);
      await watched.page.goto(`${platform.platform.http}${path}`);
      await watched.page.getByRole('heading', { level: 1 }).waitFor();
      return watched;
    }

    async function place(calleeNbr: string): Promise<string> {
      const display = '+8675528000001';
      const placed = await platform.admin('POST', '/calls', {
        appKey,
        displayNbr: display,
        callerNbr: numbers.a,
        displayCalleeNbr: display,
        calleeNbr,
      });
      return (placed as { sessionId: string }).sessionId;
    }

    const stop = (sessionId: string): Promise<unknown> =>
      platform.admin('POST', `/calls/${encodeURIComponent(sessionId)}/stop`);

    async function ended(sessionId: string): Promise<void> {
      const path = `/calls/${encodeURIComponent(sessionId)}`;
      await expect
        .poll(async () => ((await platform.admin('GET', path)) as { state: string }).state, {
          timeout: 20_000,
        })
        .toBe('ended');
    }

    const rowOf = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });

    it('finds calls by number, state and cause; the address keeps what was asked for', async () => {
      const wasBusy = await place(busy);
      await ended(wasBusy);
      const { page, context, complaints } = await open('/console/calls');
      await rowOf(page, wasBusy).waitFor();
      await page.getByLabel('Number or session id').fill('+86 135 0000 0099');
      await page.keyboard.press('Enter');
      await page.getByText('No call matches.').waitFor();
      await page.getByLabel('Number or session id').fill(busy);
      await page.getByRole('button', { name: 'Search' }).click();
      await rowOf(page, wasBusy).waitFor();
      await page.getByRole('button', { name: /Cause/ }).click();
      await page.getByRole('option', { name: '8102 The callee is busy.' }).click();
      await expect.poll(() => new URL(page.url()).search).toContain('cause=8102');
      await page.getByRole('button', { name: /State/ }).click();
      await page.getByRole('option', { name: 'Ended' }).click();
      await rowOf(page, wasBusy).waitFor();

      await page.reload();
      await rowOf(page, wasBusy).waitFor();
      expect(await page.getByLabel('Number or session id').inputValue()).toBe(busy);
      await page.getByLabel('Before', { exact: true }).fill('2020-01-01T00:00');
      await page.getByRole('button', { name: 'Search' }).click();
      await page.getByText('No call matches.').waitFor();
      await page.getByRole('button', { name: 'Clear the filters' }).first().click();
      await rowOf(page, wasBusy).waitFor();
      expect(new URL(page.url()).search).toBe('');
      expect(await page.getByLabel('Number or session id').inputValue()).toBe('');
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('shows the calls that run as they come, go on and end, and finds them among others', async () => {
      const earlier = await place(ringing);
      const { page, context, complaints } = await open('/console/live');
      await rowOf(page, earlier).getByText('B rings').waitFor();
      const later = await place(numbers.b);
      await rowOf(page, later).getByText('Connected').waitFor();
      await page.getByText('2 calls run').waitFor();
      await page.getByLabel('Number, session or application').fill(ringing);
      await expect.poll(() => rowOf(page, later).count()).toBe(0);
      await rowOf(page, earlier).waitFor();
      await page.getByLabel('Number, session or application').fill('');
      await stop(later);
      await page.getByText('1 call runs').waitFor();
      await rowOf(page, earlier).getByRole('link').click();
      await page.getByRole('list', { name: 'Timeline' }).getByText(`${ringing} rings`).waitFor();

      // In the middle of the call.
      await page.reload();
      await page.getByRole('list', { name: 'Timeline' }).getByText(`${ringing} rings`).waitFor();
      await stop(earlier);
      await page.getByRole('list', { name: 'Timeline' }).getByText('Call over').waitFor();
      await page.goto(`${platform.platform.http}/console/live`);
      await page.getByText('No call runs now.').waitFor();
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('tells all of a call: request, prompts, bridge, pushes with their answers, cause in words', async () => {
      const receiver = Buffer.from('http://127.0.0.1:9/nobody').toString('base64');
      const call = { displayNbr: '+8675528000001', displayCalleeNbr: '+8675528000001' };
      const order = { ...call, callerNbr: numbers.a, calleeNbr: numbers.b, statusUrl: receiver };
      const placed = await platform.admin('POST', '/calls', { appKey, ...order, userData: 'order 7' });
      const { sessionId } = placed as { sessionId: string };
      const { page, context, complaints } = await open(`/console/calls/${encodeURIComponent(sessionId)}`);
      const timeline = page.getByRole('list', { name: 'Timeline' });
      await timeline.getByText(`${numbers.b} answered`).waitFor();
      await stop(sessionId);
      await timeline.getByText('Call over').waitFor();
      await timeline.getByText('Hears the waiting tone').waitFor();
      await timeline.getByText('A and B hear each other').waitFor();
      await timeline.getByRole('button', { name: 'Request accepted' }).click();
      await timeline.getByText('"userData": "order 7"').waitFor();
      await page.getByText('The application asked for the call to be ended').waitFor();
      const push = page.getByRole('listitem').filter({ hasText: 'Status push' }).first();
      await push.getByText('failed', { exact: true }).waitFor();
      await push.getByRole('button').first().click();
      await push.getByText('POST http://127.0.0.1:9/nobody').waitFor();
      await push.getByRole('button', { name: 'Send again' }).click();
      await push.getByText('2 attempts').waitFor();
      await page.getByRole('button', { name: /Language/ }).click();
      await page.getByRole('option', { name: '中文' }).click();
      await page.getByText('呼叫结束：应用要求结束呼叫').waitFor();
      await page.getByText('A 与 B 可以互相听到').waitFor();
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('sends what was delivered once more after asking, and tells who did and what came', async () => {
      const told = Buffer.from(`${platform.platform.http}/receiver`).toString('base64');
      const shown = { displayNbr: '+8675528000001', displayCalleeNbr: '+8675528000001' };
      const order = { ...shown, callerNbr: busy, calleeNbr: numbers.b, statusUrl: told, feeUrl: told };
      const { sessionId } = (await platform.admin('POST', '/calls', { appKey, ...order })) as {
        sessionId: string;
      };
      await ended(sessionId);
      const { page, context, complaints } = await open(`/console/calls/${encodeURIComponent(sessionId)}`);
      const record = page.getByRole('listitem').filter({ hasText: 'Call record push' }).first();
      await record.getByText('delivered', { exact: true }).waitFor();
      await record.getByRole('button').first().click();
      await record.getByRole('button', { name: 'Send again' }).click();
      await page.getByRole('dialog').getByText('The customer receives it a second time').waitFor();
      await page.getByRole('button', { name: 'Cancel' }).click();
      expect(await record.getByText('1 attempt', { exact: true }).count()).toBe(1);
      await record.getByRole('button', { name: 'Send again' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Send again' }).click();
      await record.getByText('2 attempts').waitFor();
      await record.getByText('sent again by operator').waitFor();
      await record.getByText('Came again at').waitFor();
      await record.getByText('delivered', { exact: true }).waitFor();
      expect(await record.getByText('Signature is right').count()).toBe(2);

      await page.goto(`${platform.platform.http}/console/pushes`);
      await page.getByRole('button', { name: /State/ }).click();
      await page.getByRole('option', { name: 'delivered' }).click();
      const row = page.getByRole('row').filter({ hasText: 'Call record push' }).first();
      await row.getByText('2: 200 (sent again by operator)').waitFor();
      await row.getByRole('button', { name: 'Send again' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Send again' }).click();
      await row.getByText('3: 200 (sent again by operator)').waitFor();
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('sends all that a receiver did not take again only after saying where to and how many', async () => {
      const feeUrl = Buffer.from('http://127.0.0.1:9/records').toString('base64');
      const shown = { displayNbr: '+8675528000001', displayCalleeNbr: '+8675528000001' };
      const order = { ...shown, callerNbr: busy, calleeNbr: numbers.b, feeUrl };
      const { sessionId } = (await platform.admin('POST', '/calls', { appKey, ...order })) as {
        sessionId: string;
      };
      await ended(sessionId);
      const { page, context, complaints } = await open('/console/pushes');
      const again = page.getByRole('button', { name: 'Send all again http://127.0.0.1:9/records' });
      await again.click();
      const question = page.getByRole('dialog', { name: 'Send all again?' });
      const told = /^1 call record of .+ that was given up goes to http:\/\/127\.0\.0\.1:9\/records again/;
      await question.getByText(told).waitFor();
      await question.getByRole('button', { name: 'Cancel' }).click();
      const path = `/pushes?sessionId=${encodeURIComponent(sessionId)}`;
      const listed = (await platform.admin('GET', path)) as { pushes: { deliveries: unknown[] }[] };
      expect(listed.pushes.map(({ deliveries }) => deliveries.length)).toEqual([1]);
      await again.click();
      await question.getByRole('button', { name: 'Send all again' }).click();
      await page.getByText('1 call record is on its way again.').waitFor();
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('masks numbers on a trunk until they are revealed, which is on record; those who only look cannot', async () => {
      // It rings until the call is cancelled.
      await using carrier = await udpCarrier((request, { respond, heard }) => {
        if (request.method === 'INVITE') return [respond(request, 180)];
        if (request.method !== 'CANCEL') return [];
        const invite = heard.find(({ method }) => method === 'INVITE');
        return [respond(request, 200), ...(invite ? [respond(invite, 487)] : [])];
      });
      const trunk = `sip:127.0.0.1:${carrier.port}`;
      await using commercial = await TestPlatform.start({ trunk, openConsole: true });
      const { display: displayNbr, displayCallee: displayCalleeNbr, a: callerNbr, b: calleeNbr } = numbers;
      const order = { displayNbr, displayCalleeNbr, callerNbr, calleeNbr };
      const placed = await commercial.admin('POST', '/calls', { appKey: commercial.app.appKey, ...order });
      const { sessionId } = placed as { sessionId: string };
      const user = await commercial.admin('POST', '/users', { name: 'lin', role: 'read-only' });
      const { password } = user as { password: string };
      const { page, context, complaints } = await openPage(browser);
      const address = `${commercial.platform.http}/console/calls/${encodeURIComponent(sessionId)}`;
      await page.goto(address);
      await page.getByRole('button', { name: '180 Ringing' }).click();
      expect(await page.content()).not.toContain(callerNbr);
      await page.getByRole('button', { name: 'Reveal the numbers' }).click();
      await page.getByText(`Dialling ${callerNbr}`).waitFor();
      // What happens to it after that is shown too, as long as this page is open.
      await commercial.admin('POST', `/calls/${encodeURIComponent(sessionId)}/stop`);
      await page.getByText('Call over').waitFor();
      await page.getByText(`Dialling ${callerNbr}`).waitFor();
      await page.getByRole('button', { name: 'CANCEL' }).click();
      await page.getByText(`CANCEL sip:${callerNbr}`).waitFor();
      expect(await page.getByRole('button', { name: 'Reveal the numbers' }).count()).toBe(0);
      const other = await context.newPage();
      await other.goto(address);
      await other.getByRole('button', { name: 'Reveal the numbers' }).waitFor();
      expect(await other.content()).not.toContain(callerNbr);
      await other.close();
      const concealed = page.waitForRequest((request) => request.url().endsWith('/conceal'));
      await page.getByRole('link', { name: 'Audit trail' }).click();
      await concealed;
      await rowOf(page, 'POST /calls/:sessionId/reveal').waitFor();
      expect(await page.getByText('POST /calls/:sessionId/reveal').count()).toBe(1);

      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('textbox', { name: 'Name' }).fill('lin');
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('link', { name: 'Calls', exact: true }).click();
      await page.getByLabel('Session', { exact: true }).waitFor();
      await rowOf(page, sessionId).getByRole('link').click();
      await page.getByText('Call over').waitFor();
      expect(await page.content()).not.toContain(callerNbr);
      expect(await page.getByRole('button', { name: 'Reveal the numbers' }).count()).toBe(0);
      expect(await page.getByText('SIP messages').count()).toBe(0);
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('goes to pages and calls, and does things, by the keyboard alone', async () => {
      const sessionId = await place(busy);
      await ended(sessionId);
      const { page, context, complaints } = await open('/console/calls');
      const palette = page.getByRole('dialog', { name: 'Find a page' });
      await page.keyboard.press('Control+k');
      await palette.waitFor();
      await page.keyboard.type('audit');
      await palette.getByRole('menuitem', { name: 'Audit trail' }).waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'Audit trail' }).waitFor();

      await page.keyboard.press('Control+k');
      await page.keyboard.insertText(sessionId);
      await palette.getByRole('menuitem', { name: sessionId }).waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('list', { name: 'Timeline' }).waitFor();
      expect(page.url()).toContain(encodeURIComponent(sessionId));

      await page.keyboard.press('Control+k');
      await page.keyboard.insertText(busy.slice(1));
      await palette.getByRole('menuitem', { name: sessionId }).waitFor();
      await page.keyboard.press('Escape');
      await expect.poll(() => palette.count()).toBe(0);

      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).getByText('Ctrl+K').waitFor();
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+k');
      await page.keyboard.insertText('中文');
      await palette.getByRole('menuitem', { name: /中文/ }).waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: '呼叫' }).waitFor();
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('has a header of one row on a phone, and all of it in the menu', async () => {
      const { page, context, complaints } = await open('/console/calls', {
        viewport: { width: 390, height: 844 },
      });
      const header = await page.getByRole('banner').boundingBox();
      expect(header?.height).toBeLessThan(80);
      await page.getByRole('button', { name: 'Menu' }).click();
      const menu = page.getByRole('dialog', { name: 'Menu' });
      await menu.getByRole('button', { name: /Language/ }).waitFor();
      await menu.getByRole('button', { name: 'Sign out' }).waitFor();
      await menu.getByRole('link', { name: 'Live calls' }).click();
      await page.getByRole('heading', { level: 1, name: 'Live calls' }).waitFor();
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(overflow).toBe(0);
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('shows calls as cards on a phone, which are rows of a table to who hears them', async () => {
      const sessionId = await place(busy);
      await ended(sessionId);
      const { page, context, complaints } = await open('/console/calls', {
        viewport: { width: 390, height: 844 },
      });
      const row = rowOf(page, sessionId);
      await row.getByText('8102').waitFor();
      const [time, cause] = [
        await row.getByText('GMT').boundingBox(),
        await row.getByText('8102').boundingBox(),
      ];
      expect([time!.x, cause!.y > time!.y + time!.height]).toEqual([cause!.x, true]);
      const devtools = await context.newCDPSession(page);
      const { nodes } = await devtools.send('Accessibility.getFullAXTree');
      const heard = Map.groupBy(nodes, ({ role }) => role?.value as string);
      expect(heard.get('columnheader')?.map(({ name }) => name?.value)).toContain('Cause');
      expect(heard.get('cell')).toHaveLength(7 * (heard.get('row')!.length - 1));
      // One stop of the keyboard for each call, none for a list that has not to be scrolled.
      await row.getByRole('link').focus();
      await page.keyboard.press('Shift+Tab');
      expect(await page.evaluate('document.activeElement.closest("table, form") !== null')).toBe(true);
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('axe finds nothing, in both languages and both themes', { timeout: 180_000 }, async () => {
      const sessionId = await place(ringing);
      const violations: string[] = [];
      for (const screen of screens) {
        const { page, context, complaints } = await openPage(browser, screen);
        const check = async (name: string): Promise<void> => {
          await expect.poll(() => page.locator('.animate-pulse').count()).toBe(0);
          const found = [...(await violationsOf(page)), ...(await sidewaysOf(page, screen))];
          violations.push(...found.map((text) => `${screen.locale} ${name} ${text}`));
        };
        for (const path of ['calls', 'live', `calls/${encodeURIComponent(sessionId)}`]) {
          await page.goto(`${platform.platform.http}/console/${path}`);
          await page.getByRole('heading', { level: 1 }).waitFor();
          await page.getByText(ringing).filter({ visible: true }).first().waitFor();
          if (path.includes(sessionId.slice(0, 8))) await page.getByText('INVITE (SDP)').first().waitFor();
          await check(path);
        }
        await page.keyboard.press('Control+k');
        await page.getByRole('dialog').waitFor();
        await check('palette');
        await page.keyboard.press('Escape');
        await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
        await page.keyboard.press('?');
        await page.getByRole('dialog').waitFor();
        await check('shortcuts');
        expect(complaints).toEqual([]);
        await context.close();
      }
      expect(violations).toEqual([]);
    });
  },
);
