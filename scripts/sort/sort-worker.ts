/** One core's share of `sort`: pictures in, faces with embeddings and thumbnails out, as deployed. */
import { Refusal } from '../../worker/errors.ts';
import { CROP_HEIGHT, CROP_WIDTH } from '../../worker/face/alignment/align.ts';
import { embed } from '../../worker/face/embedding/embed.ts';
import { detectAndAlignAll } from '../../worker/face/pipeline.ts';
import { floorFailures, weaknesses } from '../../worker/face/quality/quality-floor.ts';
import { MAX_FACES } from '../../worker/limits.ts';
import { serve } from '../batch/pool.ts';
import { interleaved } from '../dataset/pack.ts';
import { readPlace } from '../dataset/pictures.ts';
import { compileCodecs } from '../engine/modules.ts';
import { loadFaceModels, loadNetwork } from '../engine/networks.ts';
import { encodeJpeg } from '../simulate/jpeg-encoder.ts';
import { type FoundFace, type Sorted, type SortTask, UNREADABLE } from './sorted.ts';

const THUMBNAIL_QUALITY = 80;

const engine = { codecs: compileCodecs(), ...(await loadFaceModels()) };
let embedder: ReturnType<typeof loadNetwork> | undefined;

serve<SortTask, Sorted>(async ({ place, network }) => {
  embedder ??= loadNetwork(network);
  let picture: Uint8Array;
  try {
    picture = readPlace(place);
  } catch {
    return { code: UNREADABLE }; // one that is gone, or not ours to read, does not end the run
  }
  const faces: FoundFace[] = [];
  try {
    for await (const { report, crop } of detectAndAlignAll(engine, picture, MAX_FACES)) {
      const [embedding] = await embed(await embedder, [crop]);
      faces.push({
        box: report.box,
        embedding: embedding as Float32Array,
        reasons: floorFailures(report.quality),
        weaknesses: weaknesses(report.quality),
        thumbnail: encodeJpeg(
          { width: CROP_WIDTH, height: CROP_HEIGHT, rgb: interleaved(crop) },
          THUMBNAIL_QUALITY,
        ),
      });
    }
  } catch (error) {
    if (error instanceof Refusal) return { code: error.failure.code };
    throw new Error(`${place.path}: ${error instanceof Error ? error.stack : error}`);
  }
  return { faces };
});
