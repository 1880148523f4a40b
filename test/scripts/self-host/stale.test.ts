import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { sourceNewerThan } from '../../../scripts/self-host/stale.ts';

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

it('tells that sources were changed after the bundle was made', () => {
  const sources = ['worker/api/a.ts', 'model/a.json', 'web/a.ts', 'client/a.ts', 'wrangler.toml'];
  const others = ['scripts/self-host/a.ts', 'scripts/docs/a.ts', 'package-lock.json'];
  for (const file of [...sources, ...others]) write(file, 1);
  write('client/dist/a.js', 9); // built, and no source
  for (const file of ['README.md', 'model/CARD.md', 'model/inception-small-1/grouping.json'])
    write(file, 9);
  const made = write('dist/self-host/manifest.json', 5);
  expect(sourceNewerThan(root, made)).toBeUndefined();
  write('worker/api/a.ts', 6);
  expect(sourceNewerThan(root, made)).toBe('worker/api/a.ts');
});
