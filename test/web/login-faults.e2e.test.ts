/** The second tab of the demo page, in Chromium: what stops a login, and what it says then. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PORTRAIT } from '../../scripts/simulate/pose-film.ts';
import { enrolFromFile, focusedText, openLogin } from '../support/node/login-tab.ts';
import { executable, expectAccessible, group } from '../support/node/page.ts';
import { sharedBrowser } from '../support/node/shared-browsers.ts';
import { sharedServer } from '../support/node/shared-server.ts';

describe.skipIf(!executable)('a login by camera that does not end', () => {
  let server: URL;
  /** A person before the camera; nobody, for there is no camera. */
  let person: Browser;
  let blind: Browser;
  beforeAll(async () => {
    server = await sharedServer();
    person = await sharedBrowser('still');
    blind = await sharedBrowser('none');
  }, 120_000);
  afterAll(async () => {
    for (const browser of [person, blind]) await browser?.close();
  });

  it('says what is wrong with an enrolment, and with which picture', async () => {
    const { page, errors } = await openLogin(person, server);
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
    const { page, errors } = await openLogin(person, server);
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
    const { page } = await openLogin(person, server);
    await page.click('#enrol-camera');
    await page.waitForSelector('#viewfinder:not([hidden])');
    await page.click('#tab-compare');
    await page.click('#tab-login');
    expect(await page.isHidden('#viewfinder')).toBe(true);
    expect(await page.textContent('#enrol-camera')).toBe('Start the camera');
  });

  it('says so where there is no camera, and where it is not allowed', async () => {
    const { page } = await openLogin(blind, server);
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
    const { page } = await openLogin(person, server);
    await enrolFromFile(page);
    await page.click('#look summary');
    await page.fill('#audience', 'https://somebody.else.test');
    await page.click('#look-start');
    await page.waitForSelector('#look-error:not([hidden])');
    expect(await page.textContent('#look-error')).toContain('The audience is not one of those');
    expect(await page.textContent('#look-error')).toContain('forbidden');
    await expectAccessible(page);
  });

  it('says so when the login took too long', async () => {
    const { page } = await openLogin(person, server);
    await enrolFromFile(page);
    await page.check('#untimed');
    await page.click('#look-start');
    await page.waitForSelector('#look-prompt:not([hidden])');
    await page.evaluate(() => {
      const now = performance.now();
      performance.now = () => now + 200_000;
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
    const { page } = await openLogin(person, server);
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
