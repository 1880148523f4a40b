/** The second tab of the demo page, in Chromium, with a fake camera. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pose } from '../../client/login.ts';
import { makeFilms, PORTRAIT } from '../../scripts/simulate/pose-film.ts';
import {
  executable,
  expectAccessible,
  group,
  hurryCountdowns,
  launch,
  open,
} from '../support/node/page.ts';
import { sharedServer } from '../support/node/shared-server.ts';

describe.skipIf(!executable)('logging in by camera', () => {
  let server: URL;
  let films: Awaited<ReturnType<typeof makeFilms>>;
  /** A person who turns the head; a picture of one; nobody, for there is no camera. */
  let person: Browser;
  let picture: Browser;
  let blind: Browser;
  beforeAll(async () => {
    server = await sharedServer();
    films = await makeFilms(server);
    person = await launch(films.poses.path);
    picture = await launch(films.still);
    blind = await launch();
  }, 120_000);
  afterAll(async () => {
    for (const browser of [person, picture, blind]) await browser?.close();
    films?.remove();
  });

  const start = async (browser: Browser) => {
    const opened = await open(browser, new URL('/#login', server));
    await opened.page.check('#agree');
    await opened.page.click('#consent button[type=submit]');
    await opened.page.waitForSelector('#enrol:not([hidden])');
    return opened;
  };
  const enrolFromFile = async (page: Page) => {
    await page.setInputFiles('#enrol-files', PORTRAIT);
    await page.click('#enrol-go:not([disabled])');
    await page.waitForSelector('#look:not([hidden])');
  };
  const prompted = (page: Page) => page.getAttribute('#head', 'data-pose') as Promise<Pose>;
  const heading = (page: Page, stage: string) => page.textContent(`#${stage} h2`);
  const focusedText = (page: Page) => page.evaluate(() => document.activeElement?.textContent);

  it('asks for consent first', async () => {
    const { page, errors } = await open(person, new URL('/#login', server));
    expect(await page.isVisible('#consent')).toBe(true);
    await expectAccessible(page);
    await page.click('#consent button[type=submit]'); // the browser points at the open box
    expect(await page.isVisible('#enrol')).toBe(false);
    expect(errors).toEqual([]);
  });

  it('lets in who does what is asked', { timeout: 120_000 }, async () => {
    const { page, errors } = await start(person);
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
    const { page, errors } = await start(picture);
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
    const { page } = await start(picture);
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

  it('says what is wrong with an enrolment, and with which picture', async () => {
    const { page, errors } = await start(person);
    await page.setInputFiles('#enrol-files', [PORTRAIT, group(4)]);
    await page.waitForSelector('#thumbs li:nth-child(2)');
    await page.click('#enrol-go');
    await page.waitForSelector('#enrol-error:not([hidden])');
    expect(await page.textContent('#enrol-error strong')).toMatch(/^Picture 2: /);
    expect(await page.getAttribute('#thumbs li:nth-child(2)', 'class')).toBe('fault');
    await expectAccessible(page);
    await page.click('#thumbs li:nth-child(2) button');
    expect(await page.isHidden('#enrol-error')).toBe(true);
    expect(await page.locator('#thumbs li').count()).toBe(1);
    expect(errors).toEqual([]);
  });

  it('stops when it is told to, and forgets everything', async () => {
    const { page, errors } = await start(person);
    await enrolFromFile(page);
    await page.click('#look-start');
    await page.click('#look-stop');
    await page.waitForSelector('#look-ready:not([hidden])');
    expect(await page.isHidden('#look-error')).toBe(true);
    await page.click('#look-start');
    await page.waitForSelector('#look-prompt:not([hidden])');
    await page.click('#forget');
    await page.waitForSelector('#consent:not([hidden])');
    const left = await page.evaluate(() => ({
      agreed: document.querySelector<HTMLInputElement>('#agree')?.checked,
      camera: document.querySelector<HTMLVideoElement>('#preview')?.srcObject,
      pictures: document.querySelectorAll('#thumbs li').length,
    }));
    expect(left).toEqual({ agreed: false, camera: null, pictures: 0 });
    expect(await focusedText(page)).toBe('Before your camera starts');
    expect(errors).toEqual([]);
  });

  it('turns the camera off when one goes to the other tab', async () => {
    const { page } = await start(person);
    await page.click('#enrol-camera');
    await page.waitForSelector('#viewfinder:not([hidden])');
    await page.click('#tab-compare');
    await page.click('#tab-login');
    expect(await page.isHidden('#viewfinder')).toBe(true);
    expect(await page.textContent('#enrol-camera')).toBe('Start the camera');
  });

  it('says so where there is no camera, and where it is not allowed', async () => {
    const { page } = await start(blind);
    await page.click('#enrol-camera');
    await page.waitForSelector('#enrol-error:not([hidden])');
    expect(await page.textContent('#enrol-error')).toContain('No camera found');
    await page.evaluate(() => {
      navigator.mediaDevices.getUserMedia = () =>
        Promise.reject(new DOMException('', 'NotAllowedError'));
    });
    await page.click('#enrol-camera');
    await page.waitForFunction(() =>
      document.querySelector('#enrol-error')?.textContent?.includes('No permission'),
    );
    await expectAccessible(page);
  });

  it('says which audience is not registered', async () => {
    const { page } = await start(person);
    await enrolFromFile(page);
    await page.click('#look summary');
    await page.fill('#audience', 'https://somebody.else.test');
    await page.click('#look-start');
    await page.waitForSelector('#look-error:not([hidden])');
    expect(await page.textContent('#look-error')).toContain('forbidden');
    await expectAccessible(page);
  });

  it('says so when the login took too long', async () => {
    const { page } = await start(person);
    await enrolFromFile(page);
    await page.check('#untimed');
    await page.click('#look-start');
    await page.waitForSelector('#look-prompt:not([hidden])');
    await page.evaluate(() => {
      const now = Date.now();
      Date.now = () => now + 200_000;
    });
    for (let index = 0; index < 4; index++) {
      await page.waitForSelector(`#head[data-step="${index}"]`);
      await page.click('#look-capture');
    }
    await page.waitForSelector('#look-error:not([hidden])');
    expect(await page.textContent('#look-error')).toContain('That took too long');
  });

  it.each([
    ['the network fails', undefined, 'look-error', 'does not answer'],
    ['the subject is locked', 'subject_locked', 'outcome', 'Only the operator'],
    ['somebody was quicker', 'challenge_used', 'outcome', 'used already'],
  ])('waits while it is checked, and says so when %s', async (_, code, place, words) => {
    const { page } = await start(person);
    await enrolFromFile(page);
    await page.check('#untimed');
    let answer = () => {};
    const looked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/v1/challenges/*/response', async (route) => {
      await looked;
      if (code === undefined) return route.abort();
      const json = { code, title: 'x', detail: 'x', requestId: 'r-1', status: 409 };
      return route.fulfill({ status: 409, json });
    });
    await page.click('#look-start');
    for (let index = 0; index < 4; index++) {
      await page.waitForSelector(`#look-prompt:not([hidden]) #head[data-step="${index}"]`);
      await page.click('#look-capture');
    }
    await page.waitForSelector('#look-busy:not([hidden])');
    await expectAccessible(page);
    answer();
    await page.waitForFunction(
      ({ place, words }) => document.getElementById(place)?.textContent?.includes(words),
      { place, words },
    );
    expect(await page.isVisible(`#${place}`)).toBe(true);
    await expectAccessible(page);
  });
});
