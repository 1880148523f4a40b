/** One core's share of `sort`: pictures in, faces with embeddings and thumbnails out, as deployed. */
import { Refusal } from '../../worker/errors.ts';
import { CROP_HEIGHT, CROP_WIDTH } from '../../worker/face/align.ts';
import type { Box } from '../../worker/face/detect.ts';
import { embed } from '../../worker/face/embed.ts';
import { detectAndAlignAll } from '../../worker/face/pipeline.ts';
import {
  type FloorFailure,
  floorFailures,
  type Weakness,
  weaknesses,
} from '../../worker/face/quality-floor.ts';
import { MAX_FACES } from '../../worker/limits.ts';
import { serve } from '../batch/pool.ts';
import { interleaved } from '../dataset/pack.ts';
import { type Place, readPlace } from '../dataset/pictures.ts';
import { compileCodecs } from '../engine/modules.ts';
import { loadFinder, loadNetwork } from '../engine/networks.ts';
import { encodeJpeg } from '../simulate/jpeg-encoder.ts';

export interface SortTask {
  readonly place: Place;
  readonly network: string;
}

export interface FoundFace {
  readonly box: Box;
  readonly embedding: Float32Array;
  readonly reasons: readonly FloorFailure[];
  readonly weaknesses: readonly Weakness[];
  /** Aligned crop as JPEG. */
  readonly thumbnail: Uint8Array;
}

/** Faces of a picture, or the code of its refusal. */
export type Sorted = { readonly faces: readonly FoundFace[] } | { readonly code: string };

const THUMBNAIL_QUALITY = 80;

const engine = { codecs: compileCodecs(), ...(await loadFinder()) };
let embedder: ReturnType<typeof loadNetwork> | undefined;

serve<SortTask, Sorted>(async ({ place, network }) => {
  embedder ??= loadNetwork(network);
  const faces: FoundFace[] = [];
  try {
    for await (const { report, crop } of detectAndAlignAll(engine, readPlace(place), MAX_FACES)) {
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
