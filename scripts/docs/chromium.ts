/** A headless Chromium with a camera that shows what a test or a script gives it. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, type BrowserServer, chromium } from 'playwright-core';

/** Path of a Chromium: named by CHROMIUM, or where distributions put it; undefined when nowhere. */
export function findChromium(): string | undefined {
  const named = process.env.CHROMIUM;
  if (named !== undefined) return existsSync(named) ? named : undefined;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const { status, stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
    if (status === 0) return stdout.trim();
  }
  return undefined;
}

/** Title of the tests that are left out where there is none. */
export const WITHOUT_CHROMIUM =
  'Left out: the tests in a browser, for want of Chromium. Install it (apt-get install chromium), ' +
  'or name it: CHROMIUM=/path npm test';

/** @param camera a .y4m file, shown over and over; none: there is no camera */
export function launchChromium(executablePath: string, camera?: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: flags(camera) });
}

/** The same for other processes: each that connects has windows of its own. */
export function serveChromium(executablePath: string, camera?: string): Promise<BrowserServer> {
  return chromium.launchServer({ executablePath, args: flags(camera) });
}

function flags(camera: string | undefined): string[] {
  const flags = [
    '--no-sandbox', // it cannot have one as root, as in containers; it sees our own pages only
    '--disable-dev-shm-usage',
    // It talks to nobody but our pages.
    ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ...['--no-first-run', '--disable-quic'],
    '--use-fake-ui-for-media-stream', // answers the question for permission
  ];
  if (camera !== undefined) {
    flags.push('--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${camera}`);
  }
  return flags;
}
