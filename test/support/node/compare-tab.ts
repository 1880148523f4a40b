/** The demo page's first tab, as its tests drive it. */
import type { Page } from 'playwright-core';

export async function choose(page: Page, slot: 'reference' | 'probe', file: string): Promise<void> {
  await page.setInputFiles(`#slot-${slot} input`, file);
  await page.waitForSelector(`#slot-${slot} img`);
}

/** Id of the element that has the focus. */
export const focused = (page: Page) => page.evaluate(() => document.activeElement?.id);

/** Compares the chosen pictures. @returns heading of the result */
export async function verdict(page: Page): Promise<string | null> {
  await page.click('#compare-go');
  await page.waitForSelector('#verdict');
  return page.textContent('#verdict');
}
