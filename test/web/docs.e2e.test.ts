/** The documentation that is deployed with the API, in Chromium. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executable, expectAccessible, PHONE } from '../support/node/page.ts';
import { sharedBrowser } from '../support/node/shared-browsers.ts';
import { sharedServer } from '../support/node/shared-server.ts';

describe.skipIf(!executable)('the documentation', () => {
  let server: URL;
  let browser: Browser;
  beforeAll(async () => {
    server = await sharedServer();
    browser = await sharedBrowser('none');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
  });

  it.each([360, 1280])('breaks no word at %i px, and does not scroll sideways', async (width) => {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    await page.goto(String(new URL('/docs', server)));
    const broken = await page.evaluate(() => {
      const words: string[] = [];
      const range = document.createRange();
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node.parentElement?.closest('pre')) continue; // scrolls by itself
        for (const { index, 0: word } of (node.textContent ?? '').matchAll(/[^\s-]+/g)) {
          range.setStart(node, index);
          range.setEnd(node, index + word.length);
          const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
          if (tops.size > 1) words.push(word);
        }
      }
      return words;
    });
    expect(broken).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    await page.close();
  });

  it('is readable on a phone, and has a place for every error', async () => {
    const page = await browser.newPage({ viewport: PHONE });
    const errors: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.goto(String(new URL('/docs', server)));
    await expectAccessible(page);
    expect(errors).toEqual([]);
    const problem = await fetch(new URL('/v1/model', server));
    const { type, code } = (await problem.json()) as { type: string; code: string };
    expect(type).toBe(`/docs#${code}`);
    expect(await page.locator(`[id="${code}"]`).count()).toBe(1);
  });
});
