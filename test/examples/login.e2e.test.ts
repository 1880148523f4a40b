/** examples/login in Chromium, with a fake camera, against a deployment with a tenant for it. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Pose } from '../../client/login.ts';
import { DEMO, type RunningExample, startExample } from '../../examples/login/server.ts';
import { makeFilms } from '../../scripts/simulate/pose-film.ts';
import {
  executable,
  expectAccessible,
  hurryCountdowns,
  launch,
  open,
} from '../support/node/page.ts';
import { sharedBrowser } from '../support/node/shared-browsers.ts';
import { sharedServer } from '../support/node/shared-server.ts';

describe.skipIf(!executable)('the example login in a browser', () => {
  let example: RunningExample;
  let films: Awaited<ReturnType<typeof makeFilms>>;
  /** A person who turns the head; a picture of that person. */
  let person: Browser;
  let picture: Browser;
  let used = 0;

  beforeAll(async () => {
    const deployment = await sharedServer();
    films = await makeFilms(deployment);
    example = await startExample({ visavisUrl: deployment.origin, ...inject('exampleTenant') });
    person = await launch(films.poses.path);
    picture = await sharedBrowser('still');
  }, 120_000);
  afterAll(async () => {
    for (const browser of [person, picture]) await browser?.close();
    await example?.stop();
    films?.remove();
  });

  const password = async (page: Page) => {
    await page.fill('[name=name]', DEMO.name);
    await page.fill('[name=password]', DEMO.password);
    await page.click('main button');
    await page.waitForURL('**/second');
  };
  const code = async (page: Page) => {
    await page.fill('[name=code]', example.codes[used++] as string);
    await page.click('form[action="/code"] button');
    await page.waitForSelector('#signed-in');
  };

  it('enrols by camera after a code, then lets in by password and face', async () => {
    const { page, errors } = await open(person, example.url, { before: COUNT_CAMERAS });
    await expectAccessible(page);
    await password(page);
    expect(await page.locator('#face').count()).toBe(0); // nothing to compare with yet
    await expectAccessible(page);
    await code(page);
    await page.click('#enrol-camera'); // without consent no camera
    expect(await page.textContent('#enrol-error')).toContain('tick the box');
    expect(await page.isVisible('#video')).toBe(false);
    await expectAccessible(page);
    await page.check('#consent');
    await page.focus('#enrol-camera');
    for (let press = 0; press < 2; press++) await page.keyboard.press('Enter');
    await page.waitForFunction(() => !!document.querySelector('video')?.videoWidth);
    expect(await page.evaluate('cameras')).toBe(1);
    expect(await page.isHidden('#enrol-error')).toBe(true);
    await films.poses.hold(page, 'frontal', '#video');
    await page.click('#enrol-camera');
    await page.waitForFunction(() => document.body.textContent?.includes('1 of at most 5'));
    await expectAccessible(page);
    await page.click('#enrol-send');
    await page.waitForSelector('text=You agreed on');
    await expectAccessible(page);
    await page.click('text=Sign out');

    await password(page);
    await expectAccessible(page);
    await page.check('#untimed');
    await page.click('#face-start');
    for (let step = 0; step < 4; step++) {
      await page.waitForSelector(`#face[data-step="${step}"]`);
      const pose = (await page.getAttribute('#face', 'data-pose')) as Pose;
      await films.poses.hold(page, pose, '#video');
      if (step === 1) await expectAccessible(page);
      await page.click('#face-capture');
    }
    await page.waitForSelector('#signed-in', { timeout: 60_000 });
    expect(await page.textContent('#signed-in')).toContain('your face');
    expect(errors).toEqual([]);
  }, 300_000);

  it('refuses a picture before the camera, and lets in by a code', async () => {
    const { page, errors } = await open(picture, example.url, { reusable: false });
    await password(page);
    const answer = page.waitForResponse('**/v1/challenges/*/response', { timeout: 60_000 });
    await page.clock.install();
    await page.click('#face-start'); // with the countdown
    await hurryCountdowns(page, '#face');
    expect((await answer).status()).toBe(403);
    await page.waitForSelector('#face-error:not([hidden])');
    expect(await page.textContent('#face-error')).toContain('not recognised');
    await expectAccessible(page);
    await code(page);
    expect(await page.textContent('#signed-in')).toContain('one-time code');
    expect(errors).toEqual([]);
  }, 120_000);
});

/** Run before the page's own scripts: cameras that it asked for. */
const COUNT_CAMERAS = `
  globalThis.cameras = 0;
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (constraints) => {
    cameras++;
    return original(constraints);
  };
`;
