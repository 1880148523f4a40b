/** One core's share of `npm run detections`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../../worker/errors.ts';
import type { Face } from '../../worker/face/detect.ts';
import { findFaces } from '../../worker/face/locate.ts';
import { openPicture } from '../../worker/image/open.ts';
import { loadFinder } from '../runtime/networks.ts';
import { serve } from '../runtime/pool.ts';
import type { Shard } from '../runtime/shards.ts';
import { compileCodecs } from '../runtime/wasm.ts';

export interface DetectionTask {
  readonly folder: string;
  readonly files: readonly string[];
}

export interface Detections {
  readonly file: string;
  readonly faces: readonly Face[];
  /** Why the picture was refused, where it was. */
  readonly code?: string;
}

const codecs = compileCodecs();
const finder = await loadFinder();

serve<DetectionTask, Shard>(async ({ folder, files }) => {
  const notes: Detections[] = [];
  for (const file of files) {
    try {
      const picture = openPicture(readFileSync(join(folder, file)), codecs);
      notes.push({ file, faces: await findFaces(finder, picture, 'one') });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      notes.push({ file, faces: [], code: error.failure.code });
    }
  }
  return { bytes: new Uint8Array(), notes };
});
