/** Voice files and templates: dropped in, converted, heard, reviewed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tone } from '../../src/audio/tone.ts';
import { writeWav } from '../../src/audio/wav.ts';
import { expectAccessible, violationsOf } from '../support/axe.ts';
import { hasChromium, openPage, startBrowser, type WatchedPage } from '../support/browser.ts';
import { temporaryDirectory } from '../support/peer-process.ts';
import { TestPlatform } from '../support/platform.ts';

describe.skipIf(!hasChromium)(
  hasChromium ? 'voice files and templates' : 'voice files and templates: chromium is not installed',
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

    async function open(path: string): Promise<WatchedPage> {
      const watched = await openPage(browser);
      await watched.page.goto(`${platform.platform.http}${path}`);
      await watched.page.getByRole('heading', { level: 1 }).waitFor();
      return watched;
    }

    const rowOf = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });
    const waiting = (page: Page, name: RegExp) =>
      page.getByRole('navigation', { name: 'Review queue' }).getByRole('button', { name });
    const choose = (page: Page, name: string, buffer: Buffer): Promise<void> =>
      page.locator('input[type=file]').setInputFiles({ name, mimeType: 'audio/wav', buffer });

    it('takes a voice file, shows what was made of it, and lets calls use it once it is approved', async () => {
      const { page, context, complaints } = await open('/console/voice-files');
      await page.getByText('These are those of the account openvoicecall.').waitFor();
      await choose(page, 'good day.wav', Buffer.from(writeWav(tone([440], 1_000))));
      const detail = page.getByRole('dialog', { name: 'good-day.wav' });
      const made = detail.getByRole('table', { name: 'As calls play it' });
      const format = made.getByRole('row').filter({ hasText: 'Format' });
      await expect.poll(() => format.textContent()).toMatch(/WAV.*8000 Hz.*A-law, 8000 Hz, mono/);
      const loudness = made.getByRole('row').filter({ hasText: 'Loudness' });
      expect(await loudness.textContent()).toMatch(/-\d+\.\d dBFS-20\.0 dBFS/);
      await detail.getByText('0:01').first().waitFor();
      await expect
        .poll(() => detail.getByRole('button', { name: 'Play', exact: true }).isEnabled())
        .toBe(true);
      await detail.getByRole('button', { name: /Listen to/ }).click();
      const original = page.waitForResponse((answer) => answer.url().includes('form=original'));
      await page.getByRole('option', { name: /Uploaded/ }).click();
      expect((await original).ok()).toBe(true);
      await detail.getByRole('button', { name: 'Close' }).click();

      await page.getByRole('link', { name: 'Review queue' }).click();
      await page.getByRole('button', { name: 'Approve revision 1' }).click();
      await page.getByText('Nothing waits.').waitFor();
      await page.getByRole('link', { name: 'Voice files' }).click();
      await rowOf(page, 'good-day.wav').getByText('Approved').waitFor();

      await choose(page, 'x.wav', Buffer.from('no sound'));
      await page.getByRole('alert').getByText('Accepted is').waitFor();
      expect(complaints.filter((text) => !text.includes('status of 422'))).toEqual([]);
      await context.close();
    });

    it('takes files that are dropped, one after the other, and shows how far an upload is', async () => {
      const { page, context, complaints } = await open('/console/voice-files');
      const network = await context.newCDPSession(page);
      const slowly = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 400_000 };
      await network.send('Network.emulateNetworkConditions', slowly);
      using folder = temporaryDirectory();
      const files = ['one.wav', 'two.wav'].map((name) => join(folder.path, name));
      for (const file of files) writeFileSync(file, writeWav(tone([440], 30_000)));
      const zone = await page.locator('.border-dashed').boundingBox();
      if (zone === null) throw new Error('there is nowhere to drop a file');
      const [x, y] = [zone.x + zone.width / 2, zone.y + 10];
      for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
        await network.send('Input.dispatchDragEvent', {
          type,
          x,
          y,
          data: { items: [], files, dragOperationsMask: 1 },
        });
      const bar = page.getByRole('progressbar', { name: 'Uploading and converting' });
      await bar.waitFor();
      await expect
        .poll(async () => Number(await bar.getAttribute('aria-valuenow')), { interval: 20 })
        .toBeGreaterThan(0);
      await rowOf(page, 'one.wav').waitFor();
      await rowOf(page, 'two.wav').waitFor();
      await expect.poll(() => bar.count()).toBe(0);
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('previews a template as it is typed, read and heard, and says what is wrong', async () => {
      const { page, context, complaints } = await open('/console/templates');
      await page.getByRole('button', { name: 'Submit a template' }).click();
      const form = page.getByRole('dialog');
      const preview = form.getByRole('region', { name: 'As a call would say it' });
      await form.getByLabel('Name').fill('Pick up');
      await form.getByLabel('Text').fill('Hello');
      await preview.getByText('The content does not begin with a Chinese character.').waitFor();
      expect(await preview.getByRole('button', { name: 'Listen' }).isDisabled()).toBe(true);
      await form.getByLabel('Text').fill('您好，您的取件码是{NUM_6}。');
      await preview.getByText('{NUM_6} is spoken as it stands; a variable is written ${NUM_6}.').waitFor();
      await form.getByLabel('Text').fill('您好，您的取件码是${NUM_6}。');
      await preview.getByText('It can be submitted.').waitFor();
      await expect.poll(() => preview.getByText('Hardly meant so').count()).toBe(0);
      await preview.getByLabel('1. ${NUM_6}').fill('20x');
      await preview.getByText('A call cannot fill the gap so.').waitFor();
      await preview.getByLabel('1. ${NUM_6}').fill('204816');
      await preview.getByText('您好，您的取件码是204816。').waitFor();
      await form.getByLabel('Speed').fill('200');
      const spoken = page.waitForResponse((answer) => answer.url().includes('/templates/preview/audio'));
      await preview.getByRole('button', { name: 'Listen' }).click();
      const answer = await spoken;
      expect(answer.request().postDataJSON()).toMatchObject({ values: ['204816'], speed: 200 });
      expect(Number(await answer.headerValue('content-length'))).toBeGreaterThan(8_000);
      const sound = preview.getByRole('group', { name: 'How it sounds' });
      // It plays by itself.
      await sound.getByRole('button', { name: 'Pause' }).waitFor();
      expect(await violationsOf(page)).toEqual([]);
      // Another text is not the one that was heard.
      await form.getByLabel('Text').fill('您好，您的取件码是${NUM_6}，请来。');
      await expect.poll(() => sound.count()).toBe(0);
      await form.getByRole('button', { name: 'Submit a template' }).click();

      await page.getByRole('link', { name: 'Review queue' }).click();
      await waiting(page, /Pick up/).click();
      await page.getByText('您好，您的取件码是').waitFor();
      await page.getByRole('button', { name: 'Listen', exact: true }).click();
      await page.getByRole('group', { name: 'How it sounds' }).waitFor();
      await page.getByRole('link', { name: 'Templates' }).click();
      await rowOf(page, 'Pick up').getByRole('button', { name: 'Open' }).click();
      await page.getByRole('button', { name: 'Reject revision 1' }).click();
      await page.getByLabel('Why').fill('Says nothing of the shop.');
      await page
        .getByRole('dialog', { name: 'Reject revision 1' })
        .getByRole('button', { name: 'Reject revision 1' })
        .click();
      await page.getByText('Says nothing of the shop.').waitFor();
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('reviews what waits in all accounts in one list, by keys alone', async () => {
      const { spId } = (await platform.admin('POST', '/accounts', { name: 'Blue Harbour' })) as {
        spId: string;
      };
      const theirs = { name: 'Of the harbour', content: '您好，船${NUM_4}到了。' };
      await platform.admin('POST', `/templates?account=${spId}`, theirs);
      await platform.admin('POST', '/templates', { name: 'Of ours', content: '您好，${DATE}见。' });
      const { page, context, complaints } = await open('/console/voice-files');
      await choose(page, 'late.wav', Buffer.from(writeWav(tone([440], 500))));
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
      await page.getByRole('link', { name: 'Review queue' }).click();
      await waiting(page, /Of the harbour.*Template/).click();
      const count = await page.getByRole('navigation', { name: 'Review queue' }).getByRole('button').count();
      const item = (name: string) => page.getByRole('region', { name, exact: true });
      await item('Of the harbour').getByText('account Blue Harbour').waitFor();
      await item('Of the harbour').getByText('It can be submitted.').waitFor();
      await page.keyboard.press('j');
      await item('Of ours').waitFor();
      await page.keyboard.press('j');
      await expect
        .poll(() => item('late.wav').getByRole('button', { name: 'Play', exact: true }).isEnabled())
        .toBe(true);
      await page.keyboard.press('l');
      await item('late.wav').getByRole('button', { name: 'Pause' }).waitFor();
      await page.keyboard.press('k');
      await page.keyboard.press('k');
      await item('Of the harbour').getByRole('button', { name: 'Approve revision 1' }).waitFor();
      await page.keyboard.press('a');
      // The next one stands in its place, and it is there that one goes on.
      await item('Of ours').getByRole('button', { name: 'Reject revision 1' }).waitFor();
      await page.getByText('Of the harbour is approved.').waitFor();
      expect(await page.locator(':focus').textContent()).toBe('Of ours');
      await page.keyboard.press('r');
      await page.getByLabel('Why').fill('Says nothing of the shop.');
      await page.keyboard.press('Tab');
      await page.getByRole('dialog').getByRole('button', { name: 'Reject revision 1' }).press('Enter');
      await item('late.wav').waitFor();
      await page.getByText('2 decided').waitFor();
      await expect
        .poll(() => page.getByRole('navigation', { name: 'Review queue' }).getByRole('button').count())
        .toBe(count - 2);
      const { templates } = (await platform.admin('GET', `/templates?account=${spId}`)) as {
        templates: { name: string; state: string }[];
      };
      expect(templates).toMatchObject([{ name: 'Of the harbour', state: 'approved' }]);
      expect(await violationsOf(page)).toEqual([]);
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('tells when too much is being listened to', async () => {
      const { page, context } = await open('/console/templates');
      await page.getByRole('button', { name: 'Submit a template' }).click();
      const form = page.getByRole('dialog');
      for (let count = 0; count < 11; count += 1) {
        await form.getByLabel('Text').fill(`您好${'好'.repeat(count)}`);
        await form.getByRole('button', { name: 'Listen' }).click();
        await form
          .getByRole('group', { name: 'How it sounds' })
          .or(form.getByText('Too much is being spoken'))
          .waitFor();
        if (await form.getByText('Too much is being spoken').isVisible()) break;
      }
      await form.getByText(/Try again in \d+ s\./).waitFor();
      await context.close();
    });

    it('axe finds nothing, in both languages and themes, also on a phone', async () => {
      const body = { name: 'Waits', content: '您好，${DATE}见。' };
      await platform.admin('POST', '/templates', body);
      const paths = ['voice-files', 'templates', 'reviews'].map((name) => `/console/${name}`);
      await expectAccessible(browser, platform.platform.http, paths);
    });
  },
);
