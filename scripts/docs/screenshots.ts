/**
 * Pictures of the demo page on a small phone, for the documentation: `npm run tool -- screenshots` writes
 * docs/compare-360.png and docs/login-360.png. Needs Chromium.
 */
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { defineTool } from '../define-tool.ts';
import { npmStart } from '../deploy/local-server.ts';
import { Mistake } from '../mistake.ts';
import { makeFilms, PORTRAIT } from '../simulate/pose-film.ts';
import { findChromium, launchChromium } from './chromium.ts';

const WIDTH = 360;
const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));

export default defineTool({
  name: 'screenshots',
  description: 'Take the pictures of the demo page in docs/, by Chromium',
  async run() {
    const executable = findChromium();
    if (!executable) throw new Mistake('Chromium is not found; name it in CHROMIUM.');
    const server = await npmStart();
    const films = await makeFilms(server.url);
    const browser = await launchChromium(executable, films.plain);
    try {
      mkdirSync(DOCS, { recursive: true });
      await compare(await openPage(browser, new URL('/', server.url)));
      await login(await openPage(browser, new URL('/#login', server.url)));
    } finally {
      await browser.close();
      films.remove();
      await server.stop();
    }
  },
});

async function openPage(browser: Browser, url: URL): Promise<Page> {
  const page = await browser.newPage({
    viewport: { width: WIDTH, height: 740 },
    reducedMotion: 'reduce',
  });
  await page.goto(url.href);
  await page.waitForSelector('html[data-ready]', { state: 'attached' });
  return page;
}

/** Two people, told apart. */
async function compare(page: Page): Promise<void> {
  const other = createRequire(import.meta.url).resolve('@vladmandic/face-api/demo/sample1.jpg');
  await page.setInputFiles('#slot-reference input', PORTRAIT);
  await page.setInputFiles('#slot-probe input', other);
  await page.waitForSelector('#slot-reference img');
  await page.waitForSelector('#slot-probe img');
  await page.selectOption('#faces', 'largest');
  await page.click('#compare-go');
  await page.waitForSelector('#verdict');
  await shoot(page, 'compare-360.png');
}

/** Middle of a login: the prompt after the frontal picture. */
async function login(page: Page): Promise<void> {
  await page.check('#agree');
  await page.click('#consent button[type=submit]');
  await page.setInputFiles('#enrol-files', PORTRAIT);
  await page.click('#enrol-go:not([disabled])');
  await page.waitForSelector('#look:not([hidden])');
  await page.check('#untimed');
  await page.click('#look-start');
  await page.waitForSelector('#look-prompt:not([hidden])');
  await page.click('#look-capture');
  await page.waitForSelector('#head[data-step="1"]');
  await shoot(page, 'login-360.png');
}

async function shoot(page: Page, name: string): Promise<void> {
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (sideways > 0) throw new Error(`${name}: the page is ${sideways} px too wide`);
  await page.screenshot({ path: DOCS + name, fullPage: true });
}
