/** The third tab of the demo page, in Chromium: people enrolled into a gallery, and found. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEVELOPMENT_KEY } from '../../worker/auth/development.ts';
import { executable, expectAccessible, fixture, group, open } from '../support/node/page.ts';
import { sharedBrowser } from '../support/node/shared-browsers.ts';
import { sharedServer } from '../support/node/shared-server.ts';

const DESKTOP = { width: 1280, height: 900 };

describe.skipIf(!executable)('who is it', () => {
  let server: URL;
  let browser: Browser;
  beforeAll(async () => {
    server = await sharedServer();
    browser = await sharedBrowser('still');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
  });

  const api = (method: string, path = '') =>
    fetch(new URL(`/v1/galleries/demo-page${path}`, server), {
      method,
      headers: { authorization: `Bearer ${DEVELOPMENT_KEY}` },
    });
  beforeEach(async () => {
    await api('DELETE');
  });

  const start = async (options = {}) => {
    const opened = await open(browser, new URL('/#who', server), options);
    opened.page.on('dialog', (dialog) => dialog.accept());
    return opened;
  };
  const enrol = async (page: Page, name: string, file: string, unique = true) => {
    await page.fill('#person-name', name);
    await page.setInputFiles('#person-files', file);
    await page.waitForSelector('#person-shots li');
    await page.setChecked('#unique', unique);
    await page.check('#agreed');
    await page.click('#person-go');
    await page.waitForSelector('#person-go:not([aria-disabled])');
  };
  const identify = async (page: Page, file: string) => {
    await page.setInputFiles('#slot-who input', file);
    await page.waitForSelector('#slot-who img');
    await page.click('#who-go');
    await page.waitForSelector('#who-result:not([hidden])');
    return page.textContent('#who-verdict');
  };
  const people = (page: Page) => page.locator('#people li strong').allTextContents();
  const focused = (page: Page) => page.evaluate(() => document.activeElement?.id);

  it('finds who was enrolled, and tells the others as unknown', async () => {
    const { page, errors } = await start({ before: COUNT_REFUSALS });
    await page.waitForSelector('#people-none:not([hidden])');
    await page.waitForFunction(() => document.querySelector('#fpir')?.children.length);
    expect(await page.evaluate('refused')).toEqual([]); // a console is empty at first
    expect(await page.textContent('#who')).toContain('Kept by this deployment until you delete it');
    await expectAccessible(page);
    await enrol(page, 'Anna Müller', fixture('face.jpg'));
    expect(await people(page)).toEqual(['Anna Müller']);
    expect(await focused(page)).toBe('person-name');
    expect(await page.isChecked('#agreed')).toBe(false); // each person is asked
    expect(await (await api('GET', '/subjects')).json()).toMatchObject({
      subjects: [{ subject: expect.stringMatching(/^demo-[\da-f]{32}$/) }], // not the name
    });
    await page.click('#who summary');
    await expectAccessible(page);

    expect(await identify(page, fixture('face-turned+40.jpg'))).toBe('Anna Müller');
    expect(await focused(page)).toBe('who-verdict');
    expect(await page.textContent('.verdict')).toContain('searched among 1 person');
    expect(await page.textContent('.ranks')).toMatch(/Anna Müller distance 0\.\d{3}, within/);
    expect(await page.locator('#who-result canvas').count()).toBe(1);
    await expectAccessible(page);

    await page.click('#slot-who .remove'); // another picture is another question
    expect(await page.isHidden('#who-result')).toBe(true);
    expect(await identify(page, group(2))).toBe('3 unknown');
    expect(await page.locator('#slot-who .marks text').allTextContents()).toEqual(['1', '2', '3']);
    expect(await page.locator('.identified > li').count()).toBe(3);
    await expectAccessible(page);
    expect(errors).toEqual([]);
  }, 120_000);

  it('lets nobody in under two names, unless that is wanted', async () => {
    const { page, errors } = await start();
    await enrol(page, 'Anna', fixture('face.jpg'));
    await enrol(page, 'Bob', fixture('face.jpg'));
    expect(await page.textContent('#person-error')).toContain('already enrolled, as Anna');
    await expectAccessible(page);
    await page.click('#person-shots .remove');
    await enrol(page, 'Bob', fixture('face.jpg'), false);
    expect(await people(page)).toEqual(['Anna', 'Bob']);
    await enrol(page, 'Anna', fixture('face.jpg'), false); // the same name, the same person
    expect(await people(page)).toEqual(['Anna', 'Bob']);
    expect(errors).toEqual([]);
  }, 120_000);

  it('takes the pictures that can be read, and says which are left out', async () => {
    const { page, errors } = await start();
    const broken = { name: 'notes.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture') };
    const buffer = readFileSync(fixture('face-thumbnail.jpg'));
    const pictures = Array.from({ length: 6 }, (_, i) => ({
      ...broken,
      name: `${i}.jpg`,
      buffer,
    }));
    for (const [files, box, list, tab] of [
      ['#person-files', '#person-error', '#person-shots li', ''],
      ['#enrol-files', '#enrol-error', '#thumbs li', '#tab-login'],
    ] as const) {
      if (tab) {
        await page.click(tab);
        await page.check('#agree');
        await page.click('#consent button[type=submit]');
      }
      await page.setInputFiles(files, [broken, ...pictures.slice(0, 2)]);
      await page.waitForSelector(`${list}:nth-child(2)`);
      await page.waitForSelector(`${box}:not([hidden])`);
      expect(await page.textContent(box)).toContain('Left out: notes.jpg.');
      await page.setInputFiles(files, pictures);
      await page.waitForSelector(`${list}:nth-child(5)`);
      await page.waitForFunction(
        (box) => document.querySelector(box)?.textContent?.includes('3 pictures are left out'),
        box,
      );
      expect(await page.locator(list).count()).toBe(5);
      const choose = page.locator('label.button', { has: page.locator(files) });
      expect(await choose.evaluate((label) => getComputedStyle(label).cursor)).toBe('not-allowed');
    }
    await expectAccessible(page);
    expect(errors).toEqual([]);
  }, 120_000);

  it('deletes a person, and the gallery with all', async () => {
    const { page, errors } = await start({ viewport: DESKTOP });
    await enrol(page, 'Anna', fixture('face.jpg'));
    await enrol(page, '~D’Arcy_(2)!', fixture('face.jpg'), false);
    expect((await people(page)).sort()).toEqual(['Anna', '~D’Arcy_(2)!']);
    await expectAccessible(page);
    await page.locator('#people li', { hasText: 'D’Arcy' }).locator('button').click();
    await page.waitForFunction(() => document.querySelectorAll('#people li').length === 1);
    expect(await focused(page)).toBe('people-title');
    expect(await page.textContent('#live')).toBe('~D’Arcy_(2)! is deleted.');
    await page.reload();
    await page.waitForSelector('#people li'); // the deployment keeps people, this page their names
    expect(await people(page)).toEqual([expect.stringMatching(/^Person [\da-f]{8}$/)]);
    await page.click('#people-delete');
    await page.waitForSelector('#people-none:not([hidden])');
    expect(await page.isHidden('#people-delete')).toBe(true);
    expect((await api('GET')).status).toBe(404);
    expect(errors).toEqual([]);
  }, 120_000);

  it('says what is missing, and that nobody is there', async () => {
    const { page, errors } = await start();
    await page.click('#who-go');
    expect(await page.textContent('#slot-who .error')).toBe('Choose a picture first.');
    await page.setInputFiles('#slot-who input', fixture('face.jpg'));
    await page.waitForSelector('#slot-who img');
    await page.click('#who-go');
    await page.waitForSelector('#who-error:not([hidden])');
    expect(await page.textContent('#who-error')).toContain('Nobody is enrolled yet');
    await expectAccessible(page);
    await page.fill('#person-name', 'Anna');
    await page.click('#person-go'); // the browser points at the open box
    expect(await focused(page)).toBe('agreed');
    await page.check('#agreed');
    await page.click('#person-go');
    expect(await page.textContent('#person-error')).toContain('Choose a picture');
    await page.setInputFiles('#person-files', [fixture('face.jpg'), fixture('face-turned+40.jpg')]);
    await page.waitForFunction(() => document.querySelectorAll('#person-shots li').length === 2);
    await page.click('#person-go');
    await page.waitForFunction(() =>
      document.querySelector('#person-error')?.textContent?.includes('Picture 2'),
    );
    expect((await api('GET')).status).toBe(404);
    expect(errors).toEqual([]);
  }, 120_000);

  it('enrols by camera and by the sample, with the keyboard', async () => {
    const { page, errors } = await start();
    await page.focus('#person-name');
    await page.keyboard.type('Carla');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('person-camera');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#shutter-take:not([disabled])');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#person-shots li');
    await page.focus('#agreed');
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#people li');
    expect(await people(page)).toEqual(['Carla']);
    await page.click('#who-sample');
    await page.waitForSelector('#slot-who img');
    expect(await page.inputValue('#person-name')).toBe('Sample person');
    await page.click('#who-go');
    await page.waitForSelector('#who-verdict');
    expect(await page.textContent('#who-verdict')).toBe('Carla'); // the camera shows the portrait
    expect(errors).toEqual([]);
  }, 120_000);
});

/** Run before the page's own scripts: paths that were answered with an error. */
const COUNT_REFUSALS = `
  globalThis.refused = [];
  const original = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const response = await original(input, init);
    if (!response.ok) refused.push(new URL(response.url).pathname);
    return response;
  };
`;
