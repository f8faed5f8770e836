/** What an operator does about trunks: adding, looking after, examining and removing them. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violationsOf } from '../support/axe.ts';
import { hasChromium, openPage, startBrowser } from '../support/browser.ts';
import { type Carrier, udpCarrier } from '../support/carrier.ts';
import { freePort } from '../support/peer-process.ts';
import { TestPlatform } from '../support/platform.ts';

/** Of the page, and of what is seen of it. */
const WIDTHS = '[document.documentElement.scrollWidth, document.documentElement.clientWidth]';

interface ShownTrunk {
  readonly name: string;
  readonly state: string;
  readonly maxCalls: number;
  readonly calleeRewriting: readonly object[];
}

describe.skipIf(!hasChromium)(
  hasChromium ? 'the page on trunks' : 'the page on trunks: chromium is not installed',
  () => {
    let browser: Browser;
    let platform: TestPlatform;
    let carrier: Carrier;

    beforeAll(async () => {
      browser = await startBrowser();
      platform = await TestPlatform.start();
      carrier = await udpCarrier((request, { respond }) => [respond(request, 200)]);
    });
    afterAll(async () => {
      await browser?.close();
      await platform?.[Symbol.asyncDispose]();
      await carrier?.[Symbol.asyncDispose]();
    });

    const trunks = async (): Promise<readonly ShownTrunk[]> =>
      ((await platform.admin('GET', '/trunks')) as { trunks: ShownTrunk[] }).trunks;

    it('adds a trunk, tells how it stands, finds what is wrong with it, and removes it after asking', async () => {
      const { page, context, complaints } = await openPage(browser);
      await page.goto(`${platform.platform.http}/console/trunks`);
      await page.getByText('No trunk yet').waitFor();
      await page.getByRole('button', { name: 'Add a trunk' }).click();
      const form = page.getByRole('dialog', { name: 'Add a trunk' });
      await form.getByText('applications of the sandbox are refused').waitFor();
      await form.getByLabel('Name', { exact: true }).fill('Alpha!');
      await form.getByLabel('Gateways').fill(`127.0.0.1:${carrier.port}`);
      await form.getByLabel('Calls at once').fill('30');
      await form.getByText('Show what is rarely needed').click();
      await form.getByLabel('Rewriting of the callee').fill('+86');
      await form.getByRole('button', { name: 'Add a trunk' }).click();
      await form.getByText('Write each line as FROM=TO').waitFor();
      await form.getByLabel('Rewriting of the callee').fill('+86=0');
      await form.getByRole('button', { name: 'Add a trunk' }).click();
      await form.getByText('This is no name for a trunk.').waitFor();
      await form.getByLabel('Name', { exact: true }).fill('alpha');
      await form.getByRole('button', { name: 'Add a trunk' }).click();

      const trunk = page.getByRole('region', { name: 'alpha' });
      await trunk.getByText('OPTIONS 200').waitFor();
      await trunk.getByText('Well').first().waitFor();
      await trunk.getByText('0 of 30').waitFor();
      await trunk.getByRole('button', { name: 'Examine' }).click();
      const findings = page.getByRole('dialog', { name: 'Examination of alpha' });
      await findings.getByText('Nothing stands in the way of calls').waitFor();
      await findings.getByRole('listitem').filter({ hasText: 'Answer to OPTIONS' }).first().waitFor();
      await findings.getByRole('button', { name: 'Close' }).click();

      await trunk.getByRole('button', { name: 'Change' }).click();
      const change = page.getByRole('dialog', { name: 'Change alpha' });
      await change.getByLabel('Calls at once').fill('40');
      await change.getByRole('button', { name: 'Save' }).click();
      await trunk.getByText('0 of 40').waitFor();
      expect(await trunks()).toMatchObject([{ maxCalls: 40, calleeRewriting: [{ from: '+86', to: '0' }] }]);

      await trunk.getByRole('button', { name: 'Suspend' }).click();
      await trunk.getByText('Suspended').waitFor();
      await page.getByRole('button', { name: 'Undo' }).click();
      await trunk.getByText('Well').first().waitFor();

      await trunk.getByRole('button', { name: 'Remove' }).click();
      const question = page.getByRole('dialog', { name: 'Remove alpha?' });
      await question.getByText('It is the only trunk in use').waitFor();
      await question.getByRole('button', { name: 'Remove' }).click();
      await page.getByText('No trunk yet').waitFor();
      expect(complaints.filter((text) => !text.includes('status of 422'))).toEqual([]);
      await context.close();
    });

    it('says what to do about a gateway that does not answer, in both languages, without violations', {
      timeout: 240_000,
    }, async () => {
      const address = `127.0.0.1:${await freePort('127.0.0.1')}`;
      await platform.admin('POST', '/trunks', {
        name: 'beta',
        addresses: [address],
        transport: 'tcp',
        username: '4711',
        password: 'secret word',
        register: true,
        callsPerSecond: 5,
      });
      const looks = [
        {
          locale: 'en-GB',
          colorScheme: 'light',
          examine: 'Examine',
          remedy: 'What to do: check address, port and transport: nothing takes SIP there',
        },
        {
          locale: 'zh-CN',
          colorScheme: 'dark',
          examine: '检查',
          remedy: '处理办法：检查地址、端口和传输协议',
        },
        {
          locale: 'en-GB',
          colorScheme: 'dark',
          viewport: { width: 390, height: 844 },
          examine: 'Examine',
          remedy: 'What to do: check address, port and transport: nothing takes SIP there',
        },
      ] as const;
      const found: string[] = [];
      for (const { examine, remedy, ...look } of looks) {
        const { page, context, complaints } = await openPage(browser, look);
        await page.goto(`${platform.platform.http}/console/trunks`);
        const trunk = page.getByRole('region', { name: 'beta' });
        await trunk.waitFor();
        expect(await trunk.innerText()).not.toContain('secret word');
        found.push(...(await violationsOf(page)));
        const [wide, seen] = await page.evaluate<[number, number]>(WIDTHS);
        expect(wide).toBeLessThanOrEqual(seen);
        await trunk.getByRole('button', { name: examine }).click();
        await page.getByText(remedy).waitFor();
        found.push(...(await violationsOf(page)));
        expect(complaints).toEqual([]);
        await context.close();
      }
      expect(found).toEqual([]);
    });
  },
);
