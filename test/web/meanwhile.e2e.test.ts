/** The demo page in Chromium: what somebody does while something else still runs. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { choose } from '../support/node/compare-tab.ts';
import { openLogin } from '../support/node/login-tab.ts';
import { executable, fixture, group, open } from '../support/node/page.ts';
import { sharedBrowser } from '../support/node/shared-browsers.ts';
import { sharedServer } from '../support/node/shared-server.ts';

describe.skipIf(!executable)('meanwhile', () => {
  let server: URL;
  let browser: Browser;
  beforeAll(async () => {
    server = await sharedServer();
    browser = await sharedBrowser('still');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
  });

  /** Holds the answers of a path back. @returns what lets them go */
  async function hold(page: Page, path: string): Promise<() => void> {
    let go = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    await page.route(path, async (route) => {
      await held;
      await route.continue().catch(() => {}); // given up meanwhile
    });
    return go;
  }

  it('another picture is chosen: the answer to the one before is not shown', async () => {
    const { page, errors } = await open(browser, server);
    await choose(page, 'reference', fixture('face.jpg'));
    await choose(page, 'probe', fixture('face.jpg'));
    const go = await hold(page, '**/v1/verify');
    await page.click('#compare-go');
    await page.waitForSelector('#compare-go[aria-disabled=true]');
    await page.setInputFiles('#slot-probe input', group(2));
    await page.waitForFunction(
      () => document.querySelector<HTMLImageElement>('#slot-probe img')?.naturalWidth !== 480,
    );
    await page.waitForFunction(() =>
      document.querySelector('#live')?.textContent?.includes('probe picture is ready'),
    );
    go();
    await page.waitForSelector('#compare-go:not([aria-disabled])');
    expect(await page.isHidden('#compare-result')).toBe(true);
    expect(await page.locator('.marks').count()).toBe(0);
    expect(errors).toEqual([]);
  });

  it('other pictures are chosen to be sorted: those before are given up', async () => {
    const { page, errors } = await open(browser, new URL('/#sort', server));
    await page.setInputFiles('#sort-files', [fixture('face.jpg'), fixture('face-turned+40.jpg')]);
    const go = await hold(page, '**/v1/clusters');
    await page.click('#sort-go');
    await page.waitForFunction(() =>
      document.querySelector('#sort-doing')?.textContent?.startsWith('Comparing'),
    );
    await page.setInputFiles('#sort-files', [fixture('face.jpg'), group(2), group(4)]);
    await page.waitForSelector('#sort-go:not([aria-disabled])');
    go();
    expect(await page.textContent('#sort-chosen')).toBe('3 pictures chosen.');
    expect(await page.isHidden('#sort-running')).toBe(true);
    expect(await page.isHidden('#sort-result')).toBe(true);
    expect(await page.isHidden('#sort-error')).toBe(true);
    expect(errors).toEqual([]);
  });

  /** Cameras that are on, of all that the page was ever given. */
  const cameras = (page: Page) =>
    page.evaluate(
      () =>
        (globalThis as unknown as { streams: MediaStream[] }).streams.filter(({ active }) => active)
          .length,
    );

  it('the camera is started twice: it is one', async () => {
    const { page, errors } = await openLogin(browser, server, { before: SLOW_CAMERA });
    await page.focus('#enrol-camera');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.waitForFunction(
      () => document.querySelector('#enrol-camera')?.textContent === 'Take a picture',
    );
    await page.waitForTimeout(500); // the second would be there by now
    expect(await page.isVisible('#viewfinder')).toBe(true);
    expect(await page.isHidden('#enrol-error')).toBe(true);
    expect(await page.locator('#thumbs li').count()).toBe(0);
    expect(await cameras(page)).toBe(1);
    await page.click('#tab-compare');
    expect(await cameras(page)).toBe(0);
    expect(errors).toEqual([]);
  });

  it('the tab is left and found again while the camera starts: it is on, and seen', async () => {
    const { page, errors } = await openLogin(browser, server, { before: SLOW_CAMERA });
    await page.click('#enrol-camera');
    await page.click('#tab-compare');
    await page.click('#tab-login');
    await page.click('#enrol-camera');
    await page.waitForFunction(
      () => document.querySelector('#enrol-camera')?.textContent === 'Take a picture',
    );
    expect(await page.isVisible('#viewfinder')).toBe(true);
    expect(await page.isHidden('#enrol-error')).toBe(true);
    expect(await cameras(page)).toBe(1);
    await page.click('#enrol-camera');
    await page.waitForSelector('#thumbs li');
    expect(errors).toEqual([]);
  });

  it.each(['a file', 'a frame'])(
    'everything is forgotten while %s is read: nothing of it is kept',
    async (source) => {
      const { page, errors } = await openLogin(browser, server, { before: HELD_PICTURES });
      if (source === 'a file') {
        await page.setInputFiles('#enrol-files', [fixture('face.jpg'), fixture('face.jpg')]);
      } else {
        await page.click('#enrol-camera');
        await page.click('#enrol-camera:text("Take a picture")');
      }
      await page.waitForSelector('html[data-picture=held]');
      await page.click('#forget');
      await page.waitForSelector('#consent:not([hidden])');
      await page.evaluate('go.resolve()');
      await page.waitForSelector('html[data-picture=made]');
      expect(await page.locator('#thumbs li').count()).toBe(0);
      expect(errors).toEqual([]);
    },
  );

  it('the camera’s window is closed and opened again while it starts: it takes a picture', async () => {
    const { page, errors } = await open(browser, server, { before: SLOW_CAMERA });
    const camera = page.locator('#slot-probe button.button');
    await camera.click();
    await page.keyboard.press('Escape');
    await page.waitForSelector('#shutter', { state: 'hidden' });
    await camera.click();
    await page.waitForSelector('#shutter-take:not([disabled])');
    await page.waitForTimeout(500); // the first would be there by now
    expect(await page.isHidden('#shutter-error')).toBe(true);
    expect(await cameras(page)).toBe(1);
    await page.click('#shutter-take');
    await page.waitForSelector('#slot-probe img');
    expect(await cameras(page)).toBe(0);
    expect(errors).toEqual([]);
  });

  it('a file falls beside its place: the page stays, and text may be dropped as ever', async () => {
    const { page } = await open(browser, server);
    const kept = await page.evaluate(() => {
      const drop = (to: string, fill: (data: DataTransfer) => void) => {
        const dataTransfer = new DataTransfer();
        fill(dataTransfer);
        const event = new DragEvent('drop', { dataTransfer, cancelable: true, bubbles: true });
        return !document.querySelector(to)?.dispatchEvent(event);
      };
      return {
        file: drop('h1', (data) =>
          data.items.add(new File(['x'], 'x.jpg', { type: 'image/jpeg' })),
        ),
        text: drop('#key', (data) => data.setData('text/plain', 'x')),
      };
    });
    expect(kept).toEqual({ file: true, text: false });
  });
});

/** Run before the page's own scripts: a camera that takes its time, and a list of what it gave. */
const SLOW_CAMERA = `
  globalThis.streams = [];
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await original(constraints);
    await new Promise((resolve) => setTimeout(resolve, 300));
    streams.push(stream);
    return stream;
  };
`;

/** Run before the page's own scripts: pictures are made once `go` is resolved; the page is marked with how far the last is. */
const HELD_PICTURES = `
  globalThis.go = Promise.withResolvers();
  const { toBlob } = HTMLCanvasElement.prototype;
  HTMLCanvasElement.prototype.toBlob = function (done, ...given) {
    const { dataset } = document.documentElement;
    dataset.picture = 'held';
    const hand = (blob) => {
      dataset.picture = 'made';
      done(blob);
    };
    go.promise.then(() => toBlob.call(this, hand, ...given));
  };
`;
