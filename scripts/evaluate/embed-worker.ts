/** One core's share of an evaluation: pictures in, embeddings or refusals out, as deployed. */
import { Refusal } from '../../worker/errors.ts';
import type { FacePolicy } from '../../worker/face/detection/policy.ts';
import type { Embedder } from '../../worker/face/network.ts';
import { type AlignedFace, detectAndAlign } from '../../worker/face/pipeline.ts';
import type { Quality } from '../../worker/face/quality/quality.ts';
import { floorFailures } from '../../worker/face/quality/quality-floor.ts';
import { serve } from '../batch/pool.ts';
import { type Place, readPlace } from '../dataset/pictures.ts';
import { compileCodecs } from '../engine/modules.ts';
import { loadFaceModels, loadNetwork } from '../engine/networks.ts';
import { alignNearestCentre } from './centre-face.ts';
import { embedViews, type Views } from './views.ts';

export interface EmbedTask {
  readonly place: Place;
  /** A policy of the API, or `centre`: the face nearest the picture's middle, for comparison. */
  readonly faces: FacePolicy | 'centre';
  /** Files of the embedding networks, each run on the same crop. */
  readonly networks: readonly string[];
}

/** Views by each network, or the code of the refusal. */
export type Embedded =
  | {
      readonly views: Views[];
      /** Quality as the API would report it. */
      readonly quality: Quality;
    }
  | { readonly code: string };

const engine = { codecs: compileCodecs(), ...(await loadFaceModels()) };
const networks = new Map<string, Promise<Embedder>>();

function network(file: string): Promise<Embedder> {
  let loading = networks.get(file);
  if (loading === undefined) {
    loading = loadNetwork(file);
    networks.set(file, loading);
  }
  return loading;
}

serve<EmbedTask, Embedded>(async ({ place, faces, networks }) => {
  const bytes = readPlace(place);
  let found: AlignedFace;
  try {
    found =
      faces === 'centre'
        ? await alignNearestCentre(engine, bytes)
        : await detectAndAlign(engine, bytes, faces);
  } catch (error) {
    if (error instanceof Refusal) return { code: error.failure.code };
    throw new Error(`${place.path}: ${error instanceof Error ? error.stack : error}`);
  }
  const { quality } = found.report;
  // The API's default, `enforce`: such a picture gets no decision.
  if (floorFailures(quality).length > 0) return { code: 'low_quality' };
  const views: Views[] = [];
  for (const file of networks) views.push(await embedViews(await network(file), found.crop));
  return { views, quality };
});
