/** The first tab of the demo page, in Chromium. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFilms, PORTRAIT } from '../../scripts/simulate/pose-film.ts';
import {
  executable,
  expectAccessible,
  fixture,
  group,
  launch,
  open,
} from '../support/node/page.ts';
import { sharedServer } from '../support/node/shared-server.ts';

describe.skipIf(!executable)('comparing two pictures', () => {
  let server: URL;
  let browser: Browser;
  let films: Awaited<ReturnType<typeof makeFilms>>;
  beforeAll(async () => {
    server = await sharedServer();
    films = await makeFilms(server);
    browser = await launch(films.still);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    films?.remove();
  });

  const choose = async (page: Page, slot: 'reference' | 'probe', file: string) => {
    await page.setInputFiles(`#slot-${slot} input`, file);
    await page.waitForSelector(`#slot-${slot} img`);
  };
  const focused = (page: Page) => page.evaluate(() => document.activeElement?.id);
  const verdict = async (page: Page) => {
    await page.click('#compare-go');
    await page.waitForSelector('#verdict');
    return page.textContent('#verdict');
  };

  it('is empty at first, and says what is missing', async () => {
    const { page, errors } = await open(browser, server);
    expect(await page.textContent('#connected-text')).toMatch(/^Connected to \w+/);
    await expectAccessible(page);
    await page.click('#compare-go');
    expect(await page.textContent('#slot-reference .error')).toBe('Choose a picture first.');
    expect(await page.textContent('#slot-probe .error')).toBe('Choose a picture first.');
    expect(await page.evaluate(() => document.activeElement?.closest('fieldset')?.id)).toBe(
      'slot-reference',
    );
    await expectAccessible(page);
    expect(errors).toEqual([]);
  });

  it('finds the same person, and shows how', async () => {
    const { page, errors } = await open(browser, server);
    await choose(page, 'reference', fixture('face.jpg'));
    await choose(page, 'probe', fixture('face-turned+40.jpg'));
    await expectAccessible(page);
    expect(await verdict(page)).toBe('Same person');
    expect(await focused(page)).toBe('verdict');
    expect(await page.textContent('#live')).toMatch(/^Same person, distance \d\.\d{3}\.$/);
    expect(await page.locator('.marks rect').count()).toBe(2);
    expect(await page.locator('.marks circle').count()).toBe(12);
    const card = await page.evaluate(async () => {
      const response = await fetch('/v1/model', {
        headers: { authorization: 'Bearer visavis-dev' },
      });
      return (await response.json()) as { calibration: { rates: unknown[] } };
    });
    expect(await page.locator('.scale .tick').count()).toBe(card.calibration.rates.length);
    expect(await page.locator('#compare-result tbody tr.chosen').count()).toBe(1);
    // Both crops are of the same photo, one turned by 40 degrees: aligned, they look the same.
    expect(await cropDifference(page)).toBeLessThan(20);
    await page.click('#compare-result summary');
    await expectAccessible(page);
    expect(errors).toEqual([]);
  });

  it('tells different people apart, at the rate that is asked for', async () => {
    const { page, errors } = await open(browser, server);
    await choose(page, 'reference', fixture('face.jpg'));
    await choose(page, 'probe', group(2));
    await page.selectOption('#faces', 'largest');
    await page.selectOption('#far', '0.00001');
    expect(await verdict(page)).toBe('Different people');
    const text = (await page.textContent('.verdict'))?.replaceAll('\u00a0', ' ');
    expect(text).toContain('at a false-accept rate of 1 in 100,000');
    await expectAccessible(page);
    await page.click('#slot-probe .remove'); // another picture is another question
    expect(await page.isHidden('#compare-result')).toBe(true);
    expect(await page.locator('.marks').count()).toBe(0);
    expect(errors).toEqual([]);
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

  it('says when the deployment is busy, or cannot be reached', async () => {
    const { page } = await open(browser, server);
    await choose(page, 'reference', PORTRAIT);
    await choose(page, 'probe', PORTRAIT);
    const body = { code: 'overloaded', title: 'x', detail: 'x', requestId: 'r-1', status: 503 };
    const headers = { 'retry-after': '2' };
    let answer = () => {};
    const looked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/v1/verify', async (route) => {
      await looked;
      await route.fulfill({ status: 503, json: body, headers });
    });
    await page.click('#compare-go');
    await page.waitForSelector('#compare-go[aria-disabled=true]');
    expect(await page.textContent('#compare-go')).toBe('Comparing…');
    expect(await focused(page)).toBe('compare-go');
    await expectAccessible(page);
    answer();
    await page.waitForSelector('#compare-error:not([hidden])');
    const text = await page.textContent('#compare-error');
    expect(text).toContain('Busy at the moment');
    expect(text).toContain('2 s');
    expect(text).toContain('r-1');
    await expectAccessible(page);
    await page.unroute('**/v1/verify');
    await page.route('**/v1/verify', (route) => route.abort());
    await page.click('#compare-go');
    await page.waitForFunction(() =>
      document.querySelector('#compare-error')?.textContent?.includes('does not answer'),
    );
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

  it('can be used with the keyboard alone', async () => {
    const { page } = await open(browser, server);
    await page.keyboard.press('Tab');
    expect(await page.textContent(':focus')).toBe('Skip to the content');
    const reach = async (selector: string) => {
      for (let i = 0; i < 30; i++) {
        if (await page.evaluate((s) => document.activeElement?.matches(s), selector)) return;
        await page.keyboard.press('Tab');
      }
      throw new Error(`${selector} is not reached by Tab`);
    };
    await reach('#tab-compare');
    await page.keyboard.press('ArrowRight');
    expect(await focused(page)).toBe('tab-login');
    expect(await page.isVisible('#login')).toBe(true);
    expect(page.url()).toContain('#login');
    await page.keyboard.press('ArrowLeft');
    expect(await page.isVisible('#compare')).toBe(true);
    for (const slot of ['reference', 'probe']) {
      await reach(`#slot-${slot} input`);
      await page.setInputFiles(`#slot-${slot} input`, fixture('face.jpg'));
    }
    await reach('#compare-go');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#verdict');
    expect(await focused(page)).toBe('verdict');
  });

  it('asks for a key where none is documented, and keeps it in memory alone', async () => {
    const url = new URL(server);
    url.hostname = 'demo.localhost'; // the same deployment, by a name that is not development's
    const { page } = await open(browser, url);
    await expectAccessible(page);
    await choose(page, 'reference', fixture('face.jpg'));
    await choose(page, 'probe', fixture('face.jpg'));
    await page.click('#compare-go');
    await page.waitForSelector('#key-error:not([hidden])');
    expect(await focused(page)).toBe('key');
    await page.fill('#key', 'wrong');
    await page.click('#key-use');
    await page.waitForFunction(() =>
      document.querySelector('#key-error')?.textContent?.includes('not accepted'),
    );
    await expectAccessible(page);
    await page.fill('#key', 'visavis-dev');
    await page.click('#key-use');
    await page.waitForSelector('#connected:not([hidden])');
    expect(await verdict(page)).toBe('Same person');
    const kept = await page.evaluate(() => ({
      local: { ...localStorage },
      session: { ...sessionStorage },
      cookie: document.cookie,
      field: document.querySelector<HTMLInputElement>('#key')?.value,
      address: location.href,
    }));
    expect(JSON.stringify(kept)).not.toContain('visavis-dev');
    await page.click('#key-change');
    expect(await focused(page)).toBe('key');
  });
});

/** Mean difference of the two crops in the result, in 8-bit levels. */
function cropDifference(page: Page): Promise<number> {
  return page.evaluate(() => {
    const [a, b] = [...document.querySelectorAll<HTMLCanvasElement>('.crops canvas')].map(
      (canvas) => {
        const context = canvas.getContext('2d') as CanvasRenderingContext2D;
        return context.getImageData(24, 48, 68, 72).data;
      },
    );
    if (!a || !b) return Number.NaN;
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
    return sum / a.length;
  });
}

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
