/** The first tab of the demo page, in Chromium. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployedModel } from '../../scripts/engine/model-folder.ts';
import { PORTRAIT } from '../../scripts/simulate/pose-film.ts';
import { type Calibration, findRate, type Rate } from '../../worker/face/decision/calibration.ts';
import { choose, focused, verdict } from '../support/node/compare-tab.ts';
import { executable, expectAccessible, fixture, group, open } from '../support/node/page.ts';
import { sharedBrowser } from '../support/node/shared-browsers.ts';
import { sharedServer } from '../support/node/shared-server.ts';

describe.skipIf(!executable)('comparing two pictures', () => {
  let server: URL;
  let browser: Browser;
  beforeAll(async () => {
    server = await sharedServer();
    browser = await sharedBrowser('none');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
  });

  it('is empty at first, and says what is missing', async () => {
    const { page, errors } = await open(browser, server);
    expect(await page.textContent('#connected-text')).toBe(`Connected to ${deployedModel()}`);
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
      return (await response.json()) as { calibration: Calibration };
    });
    const { threshold } = findRate(card.calibration, 0.001) as Rate;
    const limit = await page.locator('.scale text').first().textContent();
    expect(limit).toBe(`10⁻³: ${threshold.toFixed(3)}`);
    // Both crops are of the same photo, one turned by 40 degrees: aligned, they look the same.
    expect(await cropDifference(page)).toBeLessThan(20);
    await page.click('#compare-result summary');
    await expectAccessible(page);
    expect(errors).toEqual([]);
  });

  it.each([
    [1280, 900],
    [360, 740],
  ])(
    'compares sample pictures at one press, verdict in sight at %s x %s',
    async (width, height) => {
      const { page, errors } = await open(browser, server, {
        viewport: { width, height },
      });
      const button = await page.locator('#sample').boundingBox();
      expect((button?.y ?? height) + (button?.height ?? 0)).toBeLessThan(height);
      await page.click('#sample');
      await page.waitForSelector('#verdict');
      expect(await page.textContent('#verdict')).toBe('Same person');
      for (const shown of ['#verdict', '.crops', ...(width > 1000 ? ['.pair'] : [])]) {
        const box = await page.locator(shown).boundingBox();
        expect(box?.y).toBeGreaterThanOrEqual(0);
        expect((box?.y ?? height) + (box?.height ?? 0)).toBeLessThan(height);
      }
      expect(errors).toEqual([]);
    },
  );

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

  it('works where the page came without TLS, which browsers give no UUIDs', async () => {
    const before = 'delete Crypto.prototype.randomUUID';
    const { page, errors } = await open(browser, server, { before });
    await choose(page, 'reference', fixture('face.jpg'));
    await choose(page, 'probe', fixture('face.jpg'));
    expect(await verdict(page)).toBe('Same person');
    for (const tab of ['login', 'who', 'sort']) {
      await page.click(`#tab-${tab}`);
      expect(await page.isVisible(`#${tab}`)).toBe(true);
    }
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
