import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sourceNewerThanBundle } from '../../../scripts/self-host/stale.ts';

const root = mkdtempSync(join(tmpdir(), 'visavis-stale-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A file as it was so many seconds after another time. */
function write(file: string, seconds: number): string {
  const path = join(root, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  utimesSync(path, 1_000_000 + seconds, 1_000_000 + seconds);
  return path;
}

const SOURCES = [
  ...['worker/api/a.ts', 'model/a.json', 'web/a.ts', 'web/icon.svg', 'examples/portrait.jpg'],
  ...['client/a.ts', 'scripts/self-host/a.ts', 'scripts/docs/a.ts', 'scripts/deploy/build.ts'],
  ...['package-lock.json', 'wrangler.toml'],
];

const NO_SOURCES = [
  ...['README.md', 'client/README.md', 'model/CARD.md', 'model/inception-small-2/roc.svg'],
  ...['model/inception-small-2/grouping.json', 'client/dist/a.js'],
];

let made: string;
beforeAll(() => {
  for (const file of SOURCES) write(file, 1);
  for (const file of NO_SOURCES) write(file, 9);
  made = write('dist/self-host/manifest.json', 5);
});

it('takes documents, measurements and what was built for no sources of a bundle', () => {
  expect(sourceNewerThanBundle(root, made)).toBeUndefined();
});

it.each(SOURCES)('tells that %s was changed after the bundle was made', (file) => {
  write(file, 6);
  expect(sourceNewerThanBundle(root, made)).toBe(file);
  write(file, 1);
});
