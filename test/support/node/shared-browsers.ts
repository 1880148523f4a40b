/**
 * Two browsers for all tests that need no film of their own: one without a camera, and one before whose
 * camera a person holds still. To start one takes seconds of CPU.
 */
import { type Browser, type BrowserServer, chromium } from 'playwright-core';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { findChromium, serveChromium } from '../../../scripts/docs/chromium.ts';
import { makeFilms } from '../../../scripts/simulate/pose-film.ts';
import { answerOnDemand, ask } from './on-demand.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address that starts a shared browser, unless it runs, and answers with its own. */
    sharedBrowsers: string;
  }
}

/** Film before the camera of a browser; `none`: there is no camera. */
type Shown = 'none' | 'still';

/** Global setup of vitest, after that of the shared Worker. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const executable = findChromium() as string;
  const started = new Map<Shown, Promise<BrowserServer>>();
  let films: Awaited<ReturnType<typeof makeFilms>> | undefined;
  const launch = {
    none: () => serveChromium(executable),
    async still() {
      const { sharedServer } = project.getProvidedContext();
      films = await makeFilms(new URL(await ask(sharedServer, '/')));
      return serveChromium(executable, films.still);
    },
  };
  const address = (shown: Shown) => async () => {
    const browser = started.get(shown) ?? launch[shown]();
    started.set(shown, browser);
    return (await browser).wsEndpoint();
  };
  const starter = await answerOnDemand({ '/none': address('none'), '/still': address('still') });
  project.provide('sharedBrowsers', starter.url);
  return async () => {
    starter.close();
    for (const browser of started.values()) await browser.then((b) => b.close()).catch(() => {});
    films?.remove();
  };
}

/** A shared browser; what a test opens in it is its own, and closing it leaves it to the others. */
export async function sharedBrowser(shown: Shown): Promise<Browser> {
  return chromium.connect(await ask(inject('sharedBrowsers'), `/${shown}`));
}
