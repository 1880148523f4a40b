/** The second tab of the demo page, in Chromium: a picture before the camera, which is refused. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrolFromFile, focusedText, openLogin } from '../support/node/login-tab.ts';
import { executable, expectAccessible, hurryCountdowns } from '../support/node/page.ts';
import { sharedBrowser } from '../support/node/shared-browsers.ts';
import { sharedServer } from '../support/node/shared-server.ts';

describe.skipIf(!executable)('logging in by a picture', () => {
  let server: URL;
  let picture: Browser;
  beforeAll(async () => {
    server = await sharedServer();
    picture = await sharedBrowser('still');
  }, 120_000);
  afterAll(async () => {
    await picture?.close();
  });

  it('refuses a picture held before the camera, and tells it nothing', async () => {
    // A clock that is once installed stays in its window.
    const { page, errors } = await openLogin(picture, server, { reusable: false });
    await enrolFromFile(page);
    await page.clock.install();
    const response = page.waitForResponse('**/v1/challenges/*/response', { timeout: 60_000 });
    await page.click('#look-start');
    await page.waitForSelector('#look-prompt:not([hidden])');
    expect(await page.textContent('#count')).toMatch(/^[1-5]$/); // here the clock takes them
    await expectAccessible(page);
    await hurryCountdowns(page, '#head');
    const answer = await response;
    expect(answer.status()).toBe(403);
    const problem = (await answer.json()) as Record<string, unknown>;
    expect(problem.code).toBe('login_failed');
    expect(Object.keys(problem).sort()).toEqual(
      ['code', 'detail', 'requestId', 'status', 'title', 'type'].sort(),
    );
    await page.waitForSelector('#outcome:not([hidden])');
    expect(await page.textContent('#outcome h2')).toBe('Not recognised');
    await page.waitForFunction(() =>
      document.querySelector('#outcome-body')?.textContent?.includes('1 failed in a row'),
    );
    await expectAccessible(page);
    expect(errors).toEqual([]);
  });

  it('tells who failed too often to wait, and lets the operator reset it', async () => {
    const { page } = await openLogin(picture, server);
    await enrolFromFile(page);
    await page.check('#untimed');
    for (let failure = 1; failure <= 5; failure++) {
      await page.click('#look-start');
      for (let index = 0; index < 4; index++) {
        await page.waitForSelector(`#look-prompt:not([hidden]) #head[data-step="${index}"]`);
        await page.click('#look-capture');
      }
      await page.waitForFunction(
        (failure) =>
          document.querySelector('#outcome-body')?.textContent?.includes(`${failure} failed in`),
        failure,
      );
      if (failure < 5) await page.click('#again');
    }
    expect(await page.textContent('#outcome-body')).toMatch(/may begin in \d+ seconds/);
    await expectAccessible(page);
    await page.click('#again');
    await page.click('#look-start'); // is refused at once, without prompts
    await page.waitForFunction(
      () => document.querySelector('#outcome h2')?.textContent === 'Too many attempts',
    );
    expect(await page.textContent('.verdict')).toMatch(/\(\d+ s\)/);
    await page.click('#outcome-body .button');
    await page.waitForFunction(() =>
      document.querySelector('#outcome-body')?.textContent?.includes('attempts are reset'),
    );
    expect(await focusedText(page)).toBe('Log in again');
    await page.click('#again');
    await page.click('#look-start');
    await page.waitForSelector('#look-prompt:not([hidden])');
  });
});
