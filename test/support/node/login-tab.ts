/** The demo page's second tab, as its tests drive it. */
import type { Browser, Page } from 'playwright-core';
import type { Pose } from '../../../client/login.ts';
import { PORTRAIT } from '../../../scripts/simulate/pose-film.ts';
import { type Opened, type OpenOptions, open } from './page.ts';

/** The tab, with consent given. */
export async function openLogin(
  browser: Browser,
  server: URL,
  options: OpenOptions = {},
): Promise<Opened> {
  const opened = await open(browser, new URL('/#login', server), options);
  await opened.page.check('#agree');
  await opened.page.click('#consent button[type=submit]');
  await opened.page.waitForSelector('#enrol:not([hidden])');
  return opened;
}

export async function enrolFromFile(page: Page): Promise<void> {
  await page.setInputFiles('#enrol-files', PORTRAIT);
  await page.click('#enrol-go:not([disabled])');
  await page.waitForSelector('#look:not([hidden])');
}

/** The pose that the page asks for. */
export const prompted = (page: Page) => page.getAttribute('#head', 'data-pose') as Promise<Pose>;

export const focusedText = (page: Page) => page.evaluate(() => document.activeElement?.textContent);
