/** Pictures of the demo page's first tab, in Chromium: from files and from a fake camera. */
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { choose, focused, verdict } from '../support/node/compare-tab.ts';
import { executable, expectAccessible, fixture, open } from '../support/node/page.ts';
import { sharedBrowser } from '../support/node/shared-browsers.ts';
import { sharedServer } from '../support/node/shared-server.ts';

describe.skipIf(!executable)('pictures to compare', () => {
  let server: URL;
  let browser: Browser;
  beforeAll(async () => {
    server = await sharedServer();
    browser = await sharedBrowser('still');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
  });

  it('scales pictures down, turns them upright and strips them before it sends them', async () => {
    const { page } = await open(browser, server, { before: KEEP_FORMS });
    await choose(page, 'reference', fixture('face-12mp.jpg'));
    await choose(page, 'probe', fixture('face-exif6.jpg'));
    const sizes = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLImageElement>('.frame img')].map((image) => [
        image.naturalWidth,
        image.naturalHeight,
      ]),
    );
    expect(Math.max(...(sizes[0] as number[]))).toBe(1280);
    expect(await verdict(page)).toBe('Same person');
    const [form] = (await page.evaluate('Promise.all(forms)')) as Record<string, string>[];
    for (const field of ['reference', 'probe']) {
      const body = Buffer.from(form?.[field] ?? '', 'latin1');
      expect(body.subarray(0, 3)).toEqual(Buffer.of(0xff, 0xd8, 0xff));
      expect(body.length).toBeGreaterThan(5_000);
      expect(body.length).toBeLessThan(400_000);
      expect(body.includes('Exif')).toBe(false);
    }
    // The landmarks of what was sent: eyes above the mouth, so it was upright.
    const points = await page.evaluate(() =>
      [...document.querySelectorAll('#slot-probe .marks circle')].map((circle) =>
        Number(circle.getAttribute('cy')),
      ),
    );
    expect(points[0]).toBeLessThan(points[3] as number);
  });

  it('have places beside each other on 320 pixels, and none over another', async () => {
    const { page } = await open(browser, server, { viewport: { width: 320, height: 740 } });
    const edges = await page.evaluate(() =>
      ['reference', 'probe'].flatMap((slot) => {
        const boxes = [...document.querySelectorAll(`#slot-${slot} :is(.frame, .button)`)].map(
          (element) => element.getBoundingClientRect(),
        );
        return [
          Math.min(...boxes.map(({ left }) => left)),
          Math.max(...boxes.map(({ right }) => right)),
        ];
      }),
    );
    expect(edges).toHaveLength(4);
    expect(edges).toEqual(edges.toSorted((a, b) => a - b));
  });

  it('takes what is pasted: into the first empty place, then instead of the probe', async () => {
    const { page, errors } = await open(browser, server);
    const bytes = [...readFileSync(fixture('face-thumbnail.jpg'))];
    const paste = (type = 'image/jpeg') =>
      page.evaluate(
        ([bytes, type]) => {
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File([new Uint8Array(bytes)], 'image', { type }));
          const event = new ClipboardEvent('paste', { clipboardData, cancelable: true });
          return !dispatchEvent(event);
        },
        [bytes, type] as const,
      );
    const sources = () =>
      page.evaluate(() => {
        const of = (slot: string) =>
          document.querySelector<HTMLImageElement>(`#slot-${slot} img`)?.src ?? '';
        return [of('reference'), of('probe')] as const;
      });
    expect(await paste()).toBe(true);
    await page.waitForSelector('#slot-reference img');
    expect((await sources())[1]).toBe('');
    await paste();
    await page.waitForSelector('#slot-probe img');
    const [reference, probe] = await sources();
    await paste();
    await page.waitForFunction(
      (before) =>
        ![before, undefined].includes(
          document.querySelector<HTMLImageElement>('#slot-probe img')?.src,
        ),
      probe,
    );
    expect((await sources())[0]).toBe(reference);
    expect(await paste('text/plain')).toBe(false); // somebody else's to take
    await page.click('#tab-who');
    await paste();
    await page.waitForSelector('#slot-who img');
    await page.click('#tab-sort');
    await paste();
    expect(await page.textContent('#sort-chosen')).toBe('1 picture chosen.');
    await page.click('#tab-login');
    await page.check('#agree');
    await page.click('#consent button[type=submit]');
    await paste();
    await page.waitForSelector('#thumbs li');
    expect((await sources())[0]).toBe(reference);
    expect(errors).toEqual([]);
  });

  it('says what is wrong with a picture, where the picture is', async () => {
    const { page, errors } = await open(browser, server);
    const file = {
      name: 'notes.jpg',
      mimeType: 'image/jpeg',
      buffer: Buffer.from('not a picture'),
    };
    await page.setInputFiles('#slot-reference input', file);
    await page.waitForSelector('#slot-reference .error:not([hidden])');
    expect(await page.textContent('#slot-reference .error')).toContain('Not a picture');
    await choose(page, 'reference', fixture('face.jpg'));
    const buffer = await page.evaluate(async () => {
      const canvas = document.createElement('canvas');
      canvas.width = 300;
      canvas.height = 300;
      canvas.getContext('2d')?.fillRect(0, 0, 100, 100);
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
      return [...new Uint8Array((await blob?.arrayBuffer()) as ArrayBuffer)];
    });
    await page.setInputFiles('#slot-probe input', {
      name: 'empty.png',
      mimeType: 'image/png',
      buffer: Buffer.from(buffer),
    });
    await page.waitForSelector('#slot-probe img');
    await page.click('#compare-go');
    await page.waitForSelector('#slot-probe .error:not([hidden])');
    expect(await page.textContent('#slot-probe .error')).toContain('No face found');
    expect(await page.isHidden('#slot-reference .error')).toBe(true);
    await expectAccessible(page);
    expect(errors).toEqual([]);
  });

  it('takes pictures with the camera, and sends them unmirrored', async () => {
    const { page, errors } = await open(browser, server);
    await page.click('#slot-probe button.button');
    await page.waitForSelector('#shutter-take:not([disabled])');
    expect(await focused(page)).toBe('shutter-take');
    await expectAccessible(page);
    const mirrored = await page.evaluate(
      () => getComputedStyle(document.querySelector('#shutter-video') as Element).transform,
    );
    expect(mirrored).toBe('matrix(-1, 0, 0, 1, 0, 0)');
    await page.click('#shutter-take');
    await page.waitForSelector('#slot-probe img');
    // The film has a red patch at its upper left; mirrored, it would be at the upper right.
    const reds = await page.evaluate(() => {
      const image = document.querySelector<HTMLImageElement>('#slot-probe img') as HTMLImageElement;
      const canvas = document.createElement('canvas');
      canvas.width = image.naturalWidth;
      canvas.height = image.naturalHeight;
      const context = canvas.getContext('2d') as CanvasRenderingContext2D;
      context.drawImage(image, 0, 0);
      return [20, canvas.width - 20].map((x) => {
        const [r, g, b] = context.getImageData(x, 20, 1, 1).data;
        return Number(r) > 180 && Number(g) < 80 && Number(b) < 80;
      });
    });
    expect(reds).toEqual([true, false]);
    await page.click('#slot-probe button.button');
    await page.waitForSelector('#shutter-take:not([disabled])');
    await page.keyboard.press('Escape');
    await page.waitForSelector('#shutter', { state: 'hidden' });
    expect(errors).toEqual([]);
  });
});

/** Run before the page's own scripts: keeps the pictures of every form that is sent. */
const KEEP_FORMS = `
  globalThis.forms = [];
  const original = globalThis.fetch;
  const text = async (blob) => new TextDecoder('latin1').decode(await blob.arrayBuffer());
  globalThis.fetch = (input, init) => {
    if (init?.body instanceof FormData) {
      const files = [...init.body].filter(([, value]) => value instanceof Blob);
      const entries = files.map(async ([name, value]) => [name, await text(value)]);
      globalThis.forms.push(Promise.all(entries).then(Object.fromEntries));
    }
    return original(input, init);
  };
`;
