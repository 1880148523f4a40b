/** The second tab of the demo page, in Chromium, with a fake camera: logins as they end. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pose } from '../../client/login.ts';
import { makeFilms } from '../../scripts/simulate/pose-film.ts';
import { enrolFromFile, focusedText, openLogin, prompted } from '../support/node/login-tab.ts';
import {
  executable,
  expectAccessible,
  hurryCountdowns,
  launch,
  open,
} from '../support/node/page.ts';
import { sharedServer } from '../support/node/shared-server.ts';

describe.skipIf(!executable)('logging in by camera', () => {
  let server: URL;
  let films: Awaited<ReturnType<typeof makeFilms>>;
  /** A person who turns the head; a picture of one. */
  let person: Browser;
  let picture: Browser;
  beforeAll(async () => {
    server = await sharedServer();
    films = await makeFilms(server);
    person = await launch(films.poses.path);
    picture = await launch(films.still);
  }, 120_000);
  afterAll(async () => {
    for (const browser of [person, picture]) await browser?.close();
    films?.remove();
  });

  const heading = (page: Page, stage: string) => page.textContent(`#${stage} h2`);

  it('asks for consent first', async () => {
    const { page, errors } = await open(person, new URL('/#login', server));
    expect(await page.isVisible('#consent')).toBe(true);
    await expectAccessible(page);
    await page.click('#consent button[type=submit]'); // the browser points at the open box
    expect(await page.isVisible('#enrol')).toBe(false);
    expect(errors).toEqual([]);
  });

  it('lets in who does what is asked', { timeout: 120_000 }, async () => {
    const { page, errors } = await openLogin(person, server);
    expect(await focusedText(page)).toBe('Enrol your face');
    await expectAccessible(page);
    await page.click('#enrol-camera');
    await page.waitForSelector('#viewfinder:not([hidden])');
    await films.poses.hold(page, 'frontal');
    await page.click('#enrol-camera');
    await page.waitForSelector('#thumbs li');
    await expectAccessible(page);
    await page.click('#enrol-go');
    await page.waitForSelector('#look:not([hidden])');
    expect(await focusedText(page)).toBe('Log in');
    expect(await page.textContent('#enrolled-text')).toMatch(/from 1 picture: a template of \d+/);
    await page.click('#look summary');
    await expectAccessible(page);

    await page.check('#untimed');
    await page.click('#look-start');
    await page.waitForSelector('#look-prompt:not([hidden])');
    await expectAccessible(page);
    const answer = page.waitForResponse('**/v1/challenges/*/response', { timeout: 90_000 });
    const poses: Pose[] = [];
    for (let index = 0; index < 4; index++) {
      await page.waitForSelector(`#head[data-step="${index}"]`);
      expect(await page.textContent('#look-progress')).toBe(`Picture ${index + 1} of 4`);
      const pose = await prompted(page);
      poses.push(pose);
      await films.poses.hold(page, pose);
      if (index % 2 === 0) await page.click('#look-capture');
      else await page.keyboard.press('Space');
    }
    expect(poses[0]).toBe('frontal');
    expect(await (await answer).json()).toEqual({
      assertion: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      expiresAt: expect.any(String),
    });
    await page.waitForSelector('#outcome:not([hidden])');
    expect(await heading(page, 'outcome')).toBe('Logged in');
    expect(await focusedText(page)).toBe('Logged in');
    const claims = await page.textContent('.claims');
    for (const name of [
      'iss',
      'aud',
      'sub',
      'tenant',
      'nonce',
      'jti',
      'exp',
      'amr',
      'acr',
      'far',
    ]) {
      expect(claims).toContain(name);
    }
    expect(await page.textContent('#outcome-body')).toContain('are the ones this page sent');
    await page.click('#outcome summary');
    await expectAccessible(page);
    expect(await page.isHidden('#viewfinder')).toBe(true); // and the camera's light is off
    expect(errors).toEqual([]);
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
    expect(await heading(page, 'outcome')).toBe('Not recognised');
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
