import type { Page } from 'playwright-core';
import { startBrowser, openPage } from '../test/support/browser.ts';
import { temporaryDirectory } from '../test/support/peer-process.ts';
import { ServeProcess } from './serve-process.ts';

/** ms from an input to the paint that follows it (Event Timing, rounded to 8 ms by the browser). */
export interface Answers {
  readonly clicks: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface ConsoleFigures {
  /** Calls that ran all the time. */
  readonly live: number;
  /** Of them, those whose phones talk; the others ring. */
  readonly talking: number;
  /** Calls that came and went meanwhile, a second. */
  readonly passingPerSecond: number;
  /** Calls that the page said run, at the end. */
  readonly shown: number;
  readonly all: Answers;
  readonly byAction: Readonly<Record<string, Answers>>;
  /** Per cent of a core that the platform used meanwhile. */
  readonly platformCpuPerCent: number;
}

/** Phones of the sandbox. */
const [talks, other, busy, rings] = ['+8613500000001', '+8613500000002', '+8613500000010', '+8613500000011'];

/** The browser reports nothing that took less (https://www.w3.org/TR/event-timing/); so what is not reported counts as this. */
const LEAST = 16;

/** Calls placed at once while the load is built up. */
const AT_ONCE = 20;

async function place(platform: ServeProcess, appKey: string, callerNbr: string, calleeNbr: string) {
  const display = '+8675528000001';
  const order = { appKey, displayNbr: display, displayCalleeNbr: display, callerNbr, calleeNbr };
  await platform.admin('POST', '/calls', order);
}

/** Calls that come and go until `signal`. */
async function pass(platform: ServeProcess, appKey: string, perSecond: number, signal: AbortSignal) {
  const started: Promise<void>[] = [];
  const over = Promise.withResolvers<void>();
  const timer = setInterval(
    () => started.push(place(platform, appKey, busy!, other!)),
    Math.round(1_000 / perSecond),
  );
  signal.addEventListener('abort', () => {
    clearInterval(timer);
    over.resolve();
  });
  await over.promise;
  await Promise.all(started);
  return started.length;
}

interface Timing {
  readonly action: string;
  readonly interaction: number;
  readonly duration: number;
}

/** Runs in the page, before its own code. */
const observe = `
  window.benchAction = '';
  window.benchTimings = [];
  new PerformanceObserver((list) => {
    for (const { interactionId: interaction, duration } of list.getEntries()) {
      if (interaction > 0) window.benchTimings.push({ action: window.benchAction, interaction, duration });
    }
  }).observe({ type: 'event', durationThreshold: ${LEAST} });
`;

/** Two frames: what was painted has been told. */
const painted = (page: Page): Promise<void> =>
  page.evaluate(
    `new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 50))))`,
  );

function answersOf(durations: readonly number[]): Answers {
  const sorted = durations.toSorted((one, another) => one - another);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { clicks: sorted.length, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? Number.NaN };
}

/** What an operator does on the page, again and again. */
async function use(page: Page, rounds: number): Promise<Map<string, number[]>> {
  const counts = new Map<string, number>();
  const act = async (action: string, clicks: number, does: () => Promise<void>): Promise<void> => {
    await page.evaluate(`window.benchAction = ${JSON.stringify(action)}`);
    await does();
    await painted(page);
    counts.set(action, (counts.get(action) ?? 0) + clicks);
  };
  const filter = page.getByLabel('Number, session or application');
  for (let round = 0; round < rounds; round++) {
    await act('put the cursor into the filter', 1, () => filter.click());
    await act('type a number into the filter', 6, () => filter.pressSequentially('350000'));
    await act('empty the filter', 6, async () => {
      for (let key = 0; key < 6; key++) await page.keyboard.press('Backspace');
    });
    await act('open the palette', 1, () => page.keyboard.press('Control+k'));
    await page.getByRole('menuitem', { name: 'Audit trail' }).waitFor();
    await act('type in the palette', 4, () => page.keyboard.type('call'));
    await act('close the palette', 1, () => page.keyboard.press('Escape'));
    await act('open a call', 1, () => page.getByRole('table').getByRole('link').nth(3).click());
    await page.getByRole('list', { name: 'Timeline' }).waitFor();
    await act('go back to the live view', 1, () => page.getByRole('link', { name: 'Live calls' }).click());
    await page.getByRole('table').getByRole('link').nth(3).waitFor();
  }
  const timings = await page.evaluate<readonly Timing[]>('window.benchTimings');
  const found = new Map<string, number[]>();
  for (const [action, clicks] of counts) {
    // An interaction is several events: a key goes down and up.
    const slowest = new Map<number, number>();
    for (const { interaction, duration } of timings.filter((timing) => timing.action === action)) {
      slowest.set(interaction, Math.max(duration, slowest.get(interaction) ?? 0));
    }
    const told = [...slowest.values()];
    found.set(action, [...told, ...Array<number>(Math.max(0, clicks - told.length)).fill(LEAST)]);
  }
  return found;
}

/** How fast the live page answers while `live` sandbox calls run, `talking` of them with sound, and others come and go. */
export async function consoleFigures(
  live: number,
  talking: number,
  passingPerSecond: number,
  rounds: number,
): Promise<ConsoleFigures> {
  using directory = temporaryDirectory();
  await using platform = await ServeProcess.start(`${directory.path}/data`, [
    '--rtp=127.0.0.1:50000-57999',
    '--ring-timeout=600',
  ]);
  const { apps } = await platform.admin<{ apps: { appKey: string; capability: string }[] }>('GET', '/apps');
  // The ready-made one of the sandbox has a number to show.
  const { appKey } = apps.find(({ capability }) => capability === 'callback')!;
  await platform.admin('PATCH', `/apps/${appKey}`, { ports: live + 500 });
  const phones = Array.from({ length: live }, (_, index) =>
    index < talking ? [talks, other] : [rings, other],
  );
  for (let first = 0; first < live; first += AT_ONCE) {
    const some = phones.slice(first, first + AT_ONCE);
    await Promise.all(some.map(([caller, callee]) => place(platform, appKey, caller!, callee!)));
  }
  const browser = await startBrowser();
  const over = new AbortController();
  try {
    const { page } = await openPage(browser);
    await page.addInitScript({ content: observe });
    await page.goto(`${platform.url}/console/live`);
    await page.getByRole('table').getByRole('link').nth(3).waitFor();
    const [cpu, since] = [platform.cpu, performance.now()];
    const passing = pass(platform, appKey, passingPerSecond, over.signal);
    const found = await use(page, rounds);
    over.abort();
    await passing;
    const seconds = (performance.now() - since) / 1_000;
    const said = await page.getByText(/calls run$/).textContent();
    return {
      live,
      talking,
      passingPerSecond,
      shown: Number(/^[\d,]+/.exec(said ?? '')?.[0].replace(',', '')),
      all: answersOf([...found.values()].flat()),
      byAction: Object.fromEntries([...found].map(([action, all]) => [action, answersOf(all)])),
      platformCpuPerCent: Math.round((100 * (platform.cpu - cpu)) / seconds),
    };
  } finally {
    over.abort();
    await browser.close();
  }
}
