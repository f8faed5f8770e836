/** Pictures of every page of the console, in both languages and themes: `npm run screenshots`. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { setup as buildConsole } from '../browser/build-console.ts';
import { openPage, startBrowser } from '../support/browser.ts';
import { type Sample, startSample, USER } from './sample.ts';

const DIRECTORY = fileURLToPath(new URL('../../docs/screenshots', import.meta.url));
const LAPTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
/** How long the call of the first minute lasts, ms: they talk when they were told that they are recorded, after three seconds. */
const TALK = 8_000;
/** Percent, of WebP. */
const QUALITY = 80;

const looks = (['en', 'zh'] as const).flatMap((language) =>
  (['light', 'dark'] as const).map((theme) => ({ language, theme })),
);
type Look = (typeof looks)[number];

const words = {
  en: {
    place: 'Place the call',
    answer: 'Answer',
    hangUp: 'Hang up',
    signOut: 'Sign out',
    quality: 'Media quality by the second',
    over: 'Ended',
  },
  zh: {
    place: '拨打电话',
    answer: '接听',
    hangUp: '挂断',
    signOut: '退出登录',
    quality: '逐秒媒体质量',
    over: '已结束',
  },
} as const;

const plain =
  'live calls queue refused statistics exports pushes apps numbers enterprises voice-files templates reviews limits black-lists guards users audit accounts upkeep'.split(
    ' ',
  );

const wanted = process.argv.slice(2);
const isWanted = ({ language, theme }: Look): boolean =>
  wanted.length === 0 || wanted.includes(`${language}-${theme}`);

async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.locator('.animate-pulse').first().waitFor({ state: 'detached' });
  await page.evaluate('document.fonts.ready.then(() => {})');
}

async function take(page: Page, { language, theme }: Look, name: string): Promise<void> {
  await page.evaluate(
    'Promise.all(document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime < 1e6).map((one) => one.finished.catch(() => {}))).then(() => {})',
  );
  const file = join(DIRECTORY, `${language}-${theme}`, `${name}.webp`);
  await mkdir(dirname(file), { recursive: true });
  const session = await page.context().newCDPSession(page);
  const shot = await session.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
  await session.detach();
  await writeFile(file, Buffer.from(shot.data, 'base64'));
}

const optionsOf = ({ language, theme }: Look, viewport = LAPTOP) => ({
  locale: language === 'zh' ? 'zh-CN' : 'en-GB',
  colorScheme: theme,
  timezoneId: 'Asia/Shanghai',
  viewport,
});

/** A call with the phone in the page, answered and hung up. */
async function tryCall(page: Page, { language }: Look): Promise<void> {
  const { place, answer, hangUp, over } = words[language];
  await page.getByRole('button', { name: place }).click();
  await page.getByRole('button', { name: answer, exact: true }).click();
  const end = page.getByRole('button', { name: hangUp, exact: true });
  await end.waitFor();
  await new Promise((resolve) => setTimeout(resolve, TALK));
  await end.click();
  await end.waitFor({ state: 'hidden' });
  await page.getByRole('main').getByText(over, { exact: true }).waitFor();
  await settled(page);
}

async function takePages(browser: Browser, { url, sessionId }: Sample, look: Look): Promise<void> {
  const { page, context } = await openPage(browser, optionsOf(look));
  await page.goto(url);
  await settled(page);
  await take(page, look, 'first-minute');
  await tryCall(page, look);
  await take(page, look, 'first-minute-call');
  for (const name of plain) {
    await page.goto(`${url}/console/${name}`);
    await settled(page);
    await take(page, look, name);
  }
  await page.goto(`${url}/console/calls/${encodeURIComponent(sessionId)}`);
  await settled(page);
  await page.getByRole('img').first().waitFor();
  await take(page, look, 'call');
  const quality = page.getByRole('heading', { name: words[look.language].quality });
  await quality.evaluate((element) => (element as { scrollIntoView(): void }).scrollIntoView());
  await take(page, look, 'call-media');
  await page.goto(`${url}/console/calls`);
  await settled(page);
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  await take(page, look, 'command-palette');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: words[look.language].signOut }).click();
  await page.locator('input[type=password]').first().waitFor();
  await take(page, look, 'sign-in');
  await page.evaluate(
    (sent) =>
      fetch('/admin/v1/session', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(sent),
      }).then(() => {}),
    USER,
  );
  await page.goto(`${url}/console/own`);
  await settled(page);
  await take(page, look, 'own');
  await context.close();
}

async function takeSmall(browser: Browser, { url, sessionId }: Sample, look: Look): Promise<void> {
  const { page, context } = await openPage(browser, optionsOf(look, PHONE));
  for (const [path, name] of [
    ['/', 'phone-first-minute'],
    ['/console/calls', 'phone-calls'],
    [`/console/calls/${encodeURIComponent(sessionId)}`, 'phone-call'],
  ] as const) {
    await page.goto(`${url}${path}`);
    await settled(page);
    await take(page, look, name);
  }
  await context.close();
}

async function takeTrunks(browser: Browser, { url }: Sample, look: Look): Promise<void> {
  const { page, context } = await openPage(browser, optionsOf(look));
  await page.goto(`${url}/console/trunks`);
  await settled(page);
  await page
    .getByText(/OPTIONS.*200|200.*OPTIONS/)
    .first()
    .waitFor();
  await take(page, look, 'trunks');
  await context.close();
}

async function main(): Promise<void> {
  buildConsole();
  await using sample = await startSample();
  const browser = await startBrowser();
  try {
    const chosen = looks.filter(isWanted);
    for (const look of chosen) {
      await rm(join(DIRECTORY, `${look.language}-${look.theme}`), { recursive: true, force: true });
      await takePages(browser, sample, look);
      await takeSmall(browser, sample, look);
    }
    await sample.addTrunks();
    for (const look of chosen) await takeTrunks(browser, sample, look);
  } finally {
    await browser.close();
  }
}

await main();
