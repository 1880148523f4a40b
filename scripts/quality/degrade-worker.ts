/** One core's share of `occlusion` and `floor`: a picture in, what becomes of it made worse out. */
import { Refusal } from '../../worker/errors.ts';
import type { Embedder } from '../../worker/face/network.ts';
import { detectAndAlign } from '../../worker/face/pipeline.ts';
import { occlusionFeatures } from '../../worker/face/quality/occlusion.ts';
import type { Quality } from '../../worker/face/quality/quality.ts';
import { openPicture } from '../../worker/image/open.ts';
import { serve } from '../batch/pool.ts';
import { type Place, readPlace } from '../dataset/pictures.ts';
import { compileCodecs } from '../engine/modules.ts';
import { loadFastestFaceModels } from '../engine/native.ts';
import { loadNetwork } from '../engine/networks.ts';
import { embedViews, type Views } from '../evaluate/views.ts';
import { type Degradation, degraded, isChanged, seedOf } from './picture-degradations.ts';

export interface DegradeTask {
  readonly file: string;
  readonly place: Place;
  readonly kinds: readonly Degradation[];
  /** Files of embedding networks; without any there are features of coverings instead. */
  readonly networks: readonly string[];
}

/** Result for a picture made worse in one way; its refusal's code where no face was found. */
export type Degraded =
  | {
      readonly quality: Quality;
      /** Views by network, in the order of the task. */
      readonly views: readonly Views[];
      readonly features?: Float32Array;
    }
  | { readonly code: string };

// Networks on native onnxruntime where it is named, as for crops; never for what is measured.
const engine = { codecs: compileCodecs(), ...(await loadFastestFaceModels()) };
const embedders = new Map<string, Promise<Embedder>>();

/** Kinds in the task's order; undefined for a picture that shows no face as it is. */
serve<DegradeTask, Degraded[] | undefined>(async ({ file, place, kinds, networks }) => {
  const bytes = readPlace(place);
  const asItIs = await attempt(() => detectAndAlign(engine, bytes, 'largest'));
  if ('code' in asItIs) return undefined;
  const pixels = openPicture(bytes, engine.codecs).pixels(1);
  const results: Degraded[] = [];
  for (const kind of kinds) {
    const found = isChanged(kind)
      ? await attempt(() => {
          const changed = degraded(pixels, asItIs.report, kind, seedOf(file));
          return detectAndAlign(engine, changed, 'largest');
        })
      : asItIs;
    if ('code' in found) {
      results.push(found);
      continue;
    }
    const { quality } = found.report;
    const views: Views[] = [];
    for (const network of networks) {
      views.push(await embedViews(await embedderOf(network), found.crop));
    }
    const features = networks.length === 0 ? occlusionFeatures(found.crop) : undefined;
    results.push({ quality, views, ...(features && { features }) });
  }
  return results;
});

function embedderOf(network: string): Promise<Embedder> {
  const embedder = embedders.get(network) ?? loadNetwork(network);
  embedders.set(network, embedder);
  return embedder;
}

async function attempt<T>(work: () => Promise<T>): Promise<T | { readonly code: string }> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) return { code: error.failure.code };
    throw error;
  }
}
