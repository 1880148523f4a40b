/** The demo page in a browser, as its tests drive it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page, ViewportSize } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { findChromium, launchChromium, WITHOUT_CHROMIUM } from '../../../scripts/docs/chromium.ts';

export const executable = findChromium();
if (!executable) console.warn(WITHOUT_CHROMIUM);

/** Not for the empty page that a window shows before a test and after it. */
const AXE = `if (location.protocol !== 'about:') {
  ${readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')}
}`;

/** The smallest phone that is still about. */
export const PHONE = { width: 360, height: 740 };

export const fixture = (name: string) =>
  new URL(`../../fixtures/faces/${name}`, import.meta.url).pathname;
export const group = (number: number) =>
  createRequire(import.meta.url).resolve(`@vladmandic/face-api/demo/sample${number}.jpg`);

export function launch(camera?: string): Promise<Browser> {
  return launchChromium(executable as string, camera);
}

/** A page that has started, and what went wrong on it so far. */
export interface Opened {
  readonly page: Page;
  /** Errors of scripts, and whatever the content security policy stopped. */
  readonly errors: string[];
}

export interface OpenOptions {
  readonly viewport?: ViewportSize;
  /** Script that runs before the page's own. */
  readonly before?: string;
  /** False: the window is not used again, since the test changes what `release` does not put back. */
  readonly reusable?: boolean;
}

/** A spinner would be drawn sixty times a second while somebody waits. */
const STILL = { reducedMotion: 'reduce' } as const;

/** Windows that a test has done with: a new one takes a second of CPU. */
const released = new WeakMap<Browser, Page>();

/** Opens a page for one test: nothing of the tests before it is left in its window. */
export async function open(
  browser: Browser,
  url: URL | string,
  { viewport = PHONE, before, reusable = before === undefined }: OpenOptions = {},
): Promise<Opened> {
  const used = reusable ? released.get(browser) : undefined;
  released.delete(browser);
  const page = used ?? (await newWindow(browser, before));
  onTestFinished(async ({ task }) => {
    const close = () => page.context().close();
    if (reusable && task.result?.state === 'pass') await release(browser, page).catch(close);
    else await close();
  });
  await page.setViewportSize(viewport);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    // The browser itself notes every answer of 400 and up; those are the tests' own doing.
    const noted = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !noted) errors.push(message.text());
  });
  await page.goto(String(url));
  await page.waitForSelector('html[data-ready]', { state: 'attached' });
  return { page, errors };
}

async function newWindow(browser: Browser, before?: string): Promise<Page> {
  const context = await browser.newContext({ viewport: PHONE, ...STILL });
  await context.addInitScript(AXE); // `evaluate` would take most of a second longer
  if (before !== undefined) await context.addInitScript(before);
  const page = await context.newPage();
  page.setDefaultTimeout(60_000); // five files at a time on two cores: a page once took more than 20 s
  return page;
}

/** Empties a window for the next test. A page left open would keep its camera. */
async function release(browser: Browser, page: Page): Promise<void> {
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  for (const event of ['pageerror', 'console', 'dialog']) page.removeAllListeners(event);
  await page.evaluate(() => {
    localStorage.clear();
    sessionStorage.clear();
  });
  await page.context().clearCookies();
  await page.emulateMedia({ colorScheme: null, ...STILL });
  await page.mouse.move(0, 0);
  await page.goto('about:blank');
  released.set(browser, page);
}

/** Rules of axe that look at colours: in the dark nothing else differs (`web/style/tokens.css`). */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/**
 * Looks at the state the page is in: nothing that axe objects to, in light or dark, and nothing
 * that sticks out at the side.
 */
export async function expectAccessible(page: Page): Promise<void> {
  for (const [colorScheme, options] of [
    ['light', {}],
    ['dark', { runOnly: COLOUR_RULES }],
  ] as const) {
    await page.emulateMedia({ colorScheme, ...STILL });
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
    // Nodes of what passes are left out but for one: to name them all takes most of the time.
    const asked = { ...options, resultTypes: ['violations'] };
    const results: AxeResults = await page.evaluate(`axe.run(${JSON.stringify(asked)})`);
    const violations = results.violations.map(({ id, help, nodes }) => ({
      id,
      help,
      nodes: nodes.map((node) => `${node.html} ${node.failureSummary}`),
    }));
    expect(violations, colorScheme).toEqual([]);
    // It did look.
    expect(results.passes.length).toBeGreaterThan(colorScheme === 'light' ? 10 : 0);
  }
  const { scrolls, has } = await page.evaluate(() => ({
    scrolls: document.documentElement.scrollWidth,
    has: innerWidth,
  }));
  expect(scrolls).toBeLessThanOrEqual(has);
}

/**
 * Lets most of each countdown after the first pass at once: three of its five seconds, so that a
 * camera that a busy machine is slow to show is not taken for one that has ended.
 *
 * @param element has the step's number as `data-step`
 */
export async function hurryCountdowns(page: Page, element: string): Promise<void> {
  for (let step = 1; step < 4; step++) {
    const reached = [step, step + 1, step + 2].map((n) => `${element}[data-step="${n}"]`);
    await page.waitForSelector(reached.join(', '), { state: 'attached' });
    await page.clock.runFor(3_000);
  }
}
