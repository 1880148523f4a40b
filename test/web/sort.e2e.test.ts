/** The fourth tab of the demo page, in Chromium: the faces of each person together. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executable, expectAccessible, fixture, group, open } from '../support/node/page.ts';
import { sharedBrowser } from '../support/node/shared-browsers.ts';
import { sharedServer } from '../support/node/shared-server.ts';
import { encodePng } from '../support/png.ts';

const THUMBNAIL = readFileSync(fixture('face-thumbnail.jpg'));

describe.skipIf(!executable)('sorting pictures', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sort-'));
  let server: URL;
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(join(folder, 'album/more'), { recursive: true });
    copyFileSync(fixture('face.jpg'), join(folder, 'album/a.jpg'));
    copyFileSync(fixture('face-turned+40.jpg'), join(folder, 'album/more/b.jpg'));
    copyFileSync(group(2), join(folder, 'album/more/c.jpg'));
    writeFileSync(join(folder, 'album/broken.jpg'), 'not a picture');
    const grey = { width: 300, height: 300, colourType: 0, pixel: () => [90] };
    writeFileSync(join(folder, 'album/empty.png'), encodePng(grey));
    writeFileSync(join(folder, 'album/notes.txt'), 'not a picture either');
    server = await sharedServer();
    browser = await sharedBrowser('none');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  const start = (options = {}) => open(browser, new URL('/#sort', server), options);
  const thumbnails = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      name: `${i}.jpg`,
      mimeType: 'image/jpeg',
      buffer: THUMBNAIL,
    }));
  const sections = (page: Page) => page.locator('#sort-result h3').allTextContents();

  it.each([undefined, { width: 1280, height: 900 }])(
    'puts a folder’s faces in rows, and says what it cannot read (%o)',
    async (viewport) => {
      const { page, errors } = await start(viewport && { viewport });
      await expectAccessible(page);
      await page.setInputFiles('#sort-folder', join(folder, 'album'));
      expect(await page.textContent('#sort-chosen')).toBe(
        '5 pictures chosen. 1 file left out: not a picture.',
      );
      await page.click('#sort-go');
      await page.waitForSelector('#sort-verdict');
      expect(await page.textContent('#sort-verdict')).toBe('One person appears more than once');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('sort-verdict');
      expect(await sections(page)).toEqual([
        'Person 1: 2 faces',
        'Resembles no other face: 3 faces',
        'Without a usable face: 2 pictures',
      ]);
      const [together] = await page.locator('.faces').all();
      expect(await together?.locator('figcaption').allTextContents()).toEqual([
        'album/a.jpg',
        'album/more/b.jpg',
      ]);
      expect(await page.locator('.failures li').allTextContents()).toEqual([
        expect.stringMatching(/^album\/broken\.jpg: Not a picture/),
        'album/empty.png: No face found',
      ]);
      expect(await crops(page)).toEqual([true, true, true, true, true]);
      await expectAccessible(page);
      expect(errors).toEqual([]);
    },
    120_000,
  );

  it('takes 64 at a time, and says so before it sorts', async () => {
    const { page } = await start();
    let sent = 0;
    let answer = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/v1/clusters', async (route) => {
      const body = route.request().postDataBuffer()?.toString('latin1') ?? '';
      sent = body.split('; name="image"').length - 1;
      await held;
      await route.abort().catch(() => {});
    });
    await page.setInputFiles('#sort-files', thumbnails(70));
    expect(await page.textContent('#sort-many')).toContain('The first 64 of 70');
    expect(await page.textContent('#sort-many')).toContain('npm run tool -- sort');
    await expectAccessible(page);
    await page.click('#sort-go');
    await page.waitForFunction(() =>
      document.querySelector('#sort-doing')?.textContent?.startsWith('Comparing the faces of 64'),
    );
    await page.hover('#sort-go');
    await expectAccessible(page); // a busy button is readable under the pointer as well
    await page.click('#sort-stop');
    await page.waitForSelector('#sort-running', { state: 'hidden' });
    expect(await page.isHidden('#sort-error')).toBe(true);
    expect(await page.isHidden('#sort-result')).toBe(true);
    expect(sent).toBe(64);
    answer();
    await page.setInputFiles('#sort-files', thumbnails(3));
    expect(await page.isHidden('#sort-many')).toBe(true);
    await page.unroute('**/v1/clusters');
    await page.route('**/v1/clusters', (route) => route.abort());
    await page.click('#sort-go');
    await page.waitForFunction(() =>
      document.querySelector('#sort-error')?.textContent?.includes('does not answer'),
    );
  }, 120_000);

  it('takes what is dropped, and asks for two', async () => {
    const { page, errors } = await start();
    await page.click('#sort-go');
    expect(await page.textContent('#sort-chosen')).toContain('two pictures or more');
    await page.evaluate(
      (bytes) => {
        const dataTransfer = new DataTransfer();
        for (const name of ['b.jpg', 'a.jpg']) {
          dataTransfer.items.add(new File([new Uint8Array(bytes)], name, { type: 'image/jpeg' }));
        }
        dataTransfer.items.add(new File(['x'], 'x.txt', { type: 'text/plain' }));
        const drop = document.querySelector('#sort-drop');
        drop?.dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }));
      },
      [...THUMBNAIL],
    );
    await page.waitForFunction(
      () =>
        document.querySelector('#sort-chosen')?.textContent ===
        '2 pictures chosen. 1 file left out: not a picture.',
    );
    await page.click('#sort-go');
    await page.waitForSelector('#sort-verdict');
    expect(await sections(page)).toEqual(['Person 1: 2 faces']);
    expect(errors).toEqual([]);
  }, 120_000);
});

/** Crops that show something: a cut beside the picture would be of one colour. */
function crops(page: Page): Promise<boolean[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLCanvasElement>('.faces canvas')].map((canvas) => {
      const context = canvas.getContext('2d') as CanvasRenderingContext2D;
      const { data } = context.getImageData(20, 20, 70, 90);
      return new Set(data).size > 50;
    }),
  );
}
