/** The second tab of the demo page, in Chromium, with a fake camera: who is let in. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pose } from '../../client/login.ts';
import { makeFilms } from '../../scripts/simulate/pose-film.ts';
import { focusedText, openLogin, prompted } from '../support/node/login-tab.ts';
import { executable, expectAccessible, launch, open } from '../support/node/page.ts';
import { sharedServer } from '../support/node/shared-server.ts';

describe.skipIf(!executable)('logging in by camera', () => {
  let server: URL;
  let films: Awaited<ReturnType<typeof makeFilms>>;
  /** A person who turns the head. */
  let person: Browser;
  beforeAll(async () => {
    server = await sharedServer();
    films = await makeFilms(server);
    person = await launch(films.poses.path);
  }, 120_000);
  afterAll(async () => {
    await person?.close();
    films?.remove();
  });

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
    expect(await page.textContent('#outcome h2')).toBe('Logged in');
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
});
