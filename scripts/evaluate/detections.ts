/**
 * Counts the pictures of a folder by how many faces the Worker's detector finds in them, and lists
 * those with one: `npm run detections -- FOLDER [--json FILE]`. On pictures without people every
 * one listed is a false detection.
 */
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inShards } from '../runtime/shards.ts';
import type { Detections, DetectionTask } from './detections-worker.ts';

const { values, positionals } = parseArgs({
  options: { help: { type: 'boolean', default: false }, json: { type: 'string' } },
  allowPositionals: true,
});
const [folder] = positionals;
if (folder === undefined) {
  console.log('npm run detections -- FOLDER [--json FILE]');
  process.exit(values.help ? 0 : 2);
}
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(jpe?g|png|webp)$/i.test(path))
  .sort();
const rows: Detections[] = [];
await inShards<string, DetectionTask>(
  new URL('./detections-worker.ts', import.meta.url),
  mkdtempSync(join(tmpdir(), 'detections-')),
  files,
  'pictures',
  (shard) => ({ folder, files: shard }),
  ({ notes }) => rows.push(...(notes as Detections[])),
);
for (const { file, faces } of rows.filter((row) => row.faces.length > 0)) {
  const list = faces.map(
    ({ box, confidence }) => `${Math.round(box.width)} px ${confidence.toFixed(2)}`,
  );
  console.log(`${file}: ${list.join(', ')}`);
}
const failed = rows.filter(({ code }) => code !== undefined);
const found = rows.filter(({ faces }) => faces.length > 0);
console.log(
  `${found.length} of ${rows.length - failed.length} pictures show a face; ${failed.length} were refused`,
);
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(rows));
