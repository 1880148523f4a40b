/** One core's share of the tool `detections`. */
import { Refusal } from '../../worker/errors.ts';
import type { Face } from '../../worker/face/alignment/geometry.ts';
import { findFaces } from '../../worker/face/detection/locate.ts';
import { openPicture } from '../../worker/image/open.ts';
import { serve } from '../batch/pool.ts';
import type { Shard } from '../batch/shards.ts';
import { type Place, readPlace } from '../dataset/pictures.ts';
import { compileCodecs } from '../engine/modules.ts';
import { loadFaceModels } from '../engine/networks.ts';

export interface DetectionTask {
  readonly pictures: readonly (readonly [file: string, place: Place])[];
}

export interface Detections {
  readonly file: string;
  readonly faces: readonly Face[];
  /** Code of the refusal, where the picture was refused. */
  readonly code?: string;
}

const codecs = compileCodecs();
const faceModels = await loadFaceModels();

serve<DetectionTask, Shard>(async ({ pictures }) => {
  const notes: Detections[] = [];
  for (const [file, place] of pictures) {
    try {
      const picture = openPicture(readPlace(place), codecs);
      notes.push({ file, faces: await findFaces(faceModels, picture) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      notes.push({ file, faces: [], code: error.failure.code });
    }
  }
  return { bytes: new Uint8Array(), notes };
});
