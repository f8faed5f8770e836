import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { screens, violationsOf } from '../support/axe.ts';
import { findTones } from '../../src/audio/spectrum.ts';
import { tone } from '../../src/audio/tone.ts';
import { writeWav } from '../../src/audio/wav.ts';
import { hasChromium, openPage, startBrowser } from '../support/browser.ts';
import { heardBy } from '../support/phone-recording.ts';
import { eventually, temporaryDirectory } from '../support/peer-process.ts';
import { numbers } from '../support/platform-client.ts';
import { TestPlatform } from '../support/platform.ts';

/** Hz of what the microphone hears. */
const SPOKEN = 700;

describe.skipIf(!hasChromium)(
  hasChromium ? 'the first minute' : 'the first minute: chromium is not installed',
  () => {
    const directory = temporaryDirectory();
    let browser: Browser;
    let platform: TestPlatform;

    beforeAll(async () => {
      const microphone = join(directory.path, 'microphone.wav');
      await writeFile(microphone, writeWav(tone([SPOKEN], 2_000)));
      browser = await startBrowser({ microphone });
      platform = await TestPlatform.start();
    });
    afterAll(async () => {
      await browser?.close();
      await platform?.[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    });

    /** What the phone in the page was given to let be heard. */
    function heardIn(page: Page): Int16Array[] {
      const heard: Int16Array[] = [];
      page.on('websocket', (socket) => {
        socket.on('framereceived', ({ payload }) => {
          if (typeof payload === 'string') return;
          heard.push(
            new Int16Array(payload.buffer.slice(payload.byteOffset, payload.byteOffset + payload.length)),
          );
        });
      });
      return heard;
    }

    const sessionOf = (page: Page): string => new URL(page.url()).searchParams.get('call') ?? '';

    it('one button rings the phone in the page; both hear each other; timeline, pushes and recording follow', async () => {
      const { page, context, complaints } = await openPage(browser);
      const heard = heardIn(page);
      await page.goto(platform.platform.http);
      await page.getByRole('button', { name: 'Place the call' }).click();
      await page.getByRole('button', { name: 'Answer' }).click();
      const sessionId = await eventually(() => sessionOf(page) || undefined, 'the address names the call');
      await expect.poll(() => heard.length, { timeout: 30_000 }).toBeGreaterThan(400);
      await page.getByRole('button', { name: 'Key 5' }).click();
      await page.getByRole('button', { name: 'Hang up' }).click();

      const timeline = page.getByRole('list', { name: 'Timeline' });
      await timeline.getByText('Call over: The user releases the call.').waitFor();
      expect((await timeline.getByRole('listitem').count()) >= 8).toBe(true);
      await page.getByText('Call record push').waitFor();
      const ladder = page.getByRole('list', { name: 'SIP messages' });
      await ladder.getByRole('button', { name: /INVITE \(SDP\) to phone B/ }).click();
      await ladder.getByText(`INVITE sip:${numbers.b}@`).waitFor();
      const [capture] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: /PCAP/ }).click(),
      ]);
      expect((await readFile(await capture.path())).readUInt32LE(0)).toBe(0xa1b2c3d4);
      const push = page.getByRole('listitem').filter({ hasText: 'Status push: answer' }).first();
      await push.getByRole('button').click();
      await push.getByText('Signature is right').waitFor();
      await push.getByText('"eventType": "answer"').waitFor();
      await page.getByRole('button', { name: 'Play', exact: true }).click();
      await page.getByRole('button', { name: 'Pause' }).waitFor();

      const other = await heardBy(platform, sessionId, 'B');
      expect(other.hears(SPOKEN)).toBe(true);
      // Before that the phone heard the prompt of the transfer.
      const samples = Int16Array.from(heard.slice(-150).flatMap((frame) => [...frame]));
      const tones = findTones(samples, { range: 12 }).map(({ frequency }) => Math.round(frequency / 5) * 5);
      expect(tones.toSorted((one, two) => one - two)).toEqual([1_445, 2_445]);
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('a page that is loaded again in the middle of a call has its phone, and the call, as they were', async () => {
      const { page, context, complaints } = await openPage(browser);
      await page.goto(platform.platform.http);
      await page.getByRole('button', { name: 'Place the call' }).click();
      await page.getByRole('button', { name: 'Answer' }).click();
      await page.getByText(`${numbers.b} answered`).waitFor();
      await page.reload();
      await page.getByText('In a call').waitFor();
      await page.getByText(`${numbers.b} answered`).waitFor();
      await page.getByRole('button', { name: 'End the call' }).click();
      await page.getByText('Call over').waitFor();
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('speaks Chinese, in the dark too, and axe finds nothing', async () => {
      const violations: string[] = [];
      for (const screen of screens) {
        const { page, context, complaints } = await openPage(browser, screen);
        await page.goto(platform.platform.http);
        const place = screen.locale === 'zh-CN' ? '拨打电话' : 'Place the call';
        await page.getByRole('button', { name: place }).waitFor();
        for (const path of ['/', '/console/calls']) {
          await page.goto(`${platform.platform.http}${path}`);
          await page.getByRole('heading', { level: 1 }).waitFor();
          violations.push(...(await violationsOf(page)).map((found) => `${screen.locale} ${path} ${found}`));
        }
        expect(complaints).toEqual([]);
        await context.close();
      }
      expect(violations).toEqual([]);
    });
  },
);
