/** The documentation that is deployed with the API, in Chromium. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npmStart, type Server } from '../../scripts/deploy/local-server.ts';
import { executable, expectAccessible, launch, PHONE } from '../support/node/page.ts';

describe.skipIf(!executable)('the documentation', () => {
  let server: Server;
  let browser: Browser;
  beforeAll(async () => {
    server = await npmStart();
    browser = await launch();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  it('is readable on a phone, and has a place for every error', async () => {
    const page = await browser.newPage({ viewport: PHONE });
    const errors: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.goto(String(new URL('/docs', server.url)));
    await expectAccessible(page);
    expect(errors).toEqual([]);
    const problem = await fetch(new URL('/v1/model', server.url));
    const { type, code } = (await problem.json()) as { type: string; code: string };
    expect(type).toBe(`/docs#${code}`);
    expect(await page.locator(`[id="${code}"]`).count()).toBe(1);
  });
});
