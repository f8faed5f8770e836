/** What axe finds wrong with pages, in both languages and themes, on a laptop and a phone screen. */
import AxeBuilder from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { openPage } from './browser.ts';

/** Violations of WCAG 2.2 AA on a page as it is now. */
export async function violationsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .options({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] })
    // No frames of other origins here: another page to collect their results in is not needed.
    .setLegacyMode(true)
    .analyze();
  return violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`);
}

/** Both languages, both themes, a laptop and a phone. */
export const screens = [
  { locale: 'en-GB', colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  { locale: 'zh-CN', colorScheme: 'dark', viewport: { width: 390, height: 844 } },
] as const;

/** Tables that have to be scrolled sideways to be read. */
const WIDE_TABLES = `[...document.querySelectorAll('table')]
  .filter(({ parentElement: place }) => place.scrollWidth > place.clientWidth)
  .map(({ caption }) => caption?.textContent)`;

/** Where a page, or a table of it, sticks out sideways: on its screen, and on one of half the width (a zoom of 200 %) or of 320 px (WCAG 1.4.10). */
export async function sidewaysOf(page: Page, { viewport }: (typeof screens)[number]): Promise<string[]> {
  const found: string[] = [];
  for (const width of [viewport.width, viewport.width === 390 ? 320 : 640]) {
    await page.setViewportSize({ ...viewport, width });
    const isWider = await page.evaluate<boolean>(
      'document.documentElement.scrollWidth > document.documentElement.clientWidth',
    );
    for (const table of await page.evaluate<string[]>(WIDE_TABLES))
      found.push(`has a table, ${table}, that is wider than a screen of ${width} px leaves it`);
    if (isWider) found.push(`is wider than a screen of ${width} px`);
  }
  await page.setViewportSize(viewport);
  return found;
}

/**
 * Opens each path, waits until what it loads is there, and asks axe. Sideways nothing may stick out.
 * @param enter signs in, where an open console is not enough
 */
export async function expectAccessible(
  browser: Browser,
  base: string,
  paths: readonly string[],
  enter: (page: Page) => Promise<void> = async () => {},
): Promise<void> {
  const found: string[] = [];
  for (const screen of screens) {
    const { page, context, complaints } = await openPage(browser, screen);
    await page.goto(base);
    await enter(page);
    for (const path of paths) {
      await page.goto(`${base}${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await expect.poll(() => page.locator('.animate-pulse').count()).toBe(0);
      const named = `${screen.locale} ${path}`;
      found.push(...(await violationsOf(page)).map((violation) => `${named} ${violation}`));
      found.push(...(await sidewaysOf(page, screen)).map((width) => `${named} ${width}`));
    }
    expect(complaints).toEqual([]);
    await context.close();
  }
  expect(found).toEqual([]);
}
