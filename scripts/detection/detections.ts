/**
 * Counts of faces that the Worker's detector finds in the pictures of a folder, and a list of those
 * with one: `npm run tool -- detections FOLDER [--json FILE]`. On pictures without people every one
 * listed is a false detection.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FORMATS } from '../../worker/image/sniff.ts';
import { inShards } from '../batch/shards.ts';
import { isPicture, openPictures } from '../dataset/pictures.ts';
import { defineTool } from '../define-tool.ts';
import { Mistake } from '../mistake.ts';
import type { Detections, DetectionTask } from './detections-worker.ts';

export default defineTool({
  name: 'detections',
  description: 'Count the faces that the detector finds in pictures',
  args: {
    folder: { type: 'positional', required: true, description: 'Folder or tar of pictures' },
    json: { type: 'string', valueHint: 'file', description: 'All detections' },
  },
  async run({ folder, json }) {
    const pictures = [...openPictures(folder)].filter(([file]) => isPicture(file));
    if (pictures.length === 0) throw new Mistake(`no ${FORMATS} in ${folder}`);
    const rows: Detections[] = [];
    await inShards<(typeof pictures)[number], DetectionTask>(
      new URL('./detections-worker.ts', import.meta.url),
      mkdtempSync(join(tmpdir(), 'detections-')),
      pictures,
      'pictures',
      (shard) => ({ pictures: shard }),
      ({ notes }) => rows.push(...(notes as Detections[])),
    );
    const found = rows.filter(({ faces }) => faces.length > 0);
    for (const { file, faces } of found) {
      const list = faces.map(
        ({ box, confidence }) => `${Math.round(box.width)} px ${confidence.toFixed(2)}`,
      );
      console.log(`${file}: ${list.join(', ')}`);
    }
    const failed = rows.filter(({ code }) => code !== undefined);
    console.log(
      `${found.length} of ${rows.length - failed.length} pictures show a face; ${failed.length} were refused`,
    );
    if (json !== undefined) writeFileSync(json, JSON.stringify(rows));
  },
});
