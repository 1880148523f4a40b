/**
 * Early exit (BranchyNet, arXiv:1709.01686) of networks that embed a face twice, from its crop and from the mirror image:
 * where the distance of the crops decides, no mirror image is embedded.
 */
import type { Crop } from './align.ts';
import type { EarlyExit, ExitingPoints, Rate } from './calibration.ts';
import { squaredDistance } from './compare.ts';
import { addMirrors, type Embedding, embedPlain, takesMirrors } from './embed.ts';
import type { Embedder } from './network.ts';
import { isSure, rescale } from './sureness.ts';

/** Distance of two faces, on the scale of `verificationPoints(scale)`. */
export function distanceOfFaces(
  embedder: Embedder,
  faces: readonly [Crop, Crop],
  scale: ExitingPoints,
): Promise<number> {
  return distanceOf(embedder, faces, scale, ([a, b]) =>
    squaredDistance(a as Embedding, b as Embedding),
  );
}

/** Distance of a face from a template, on the scale of `verificationPoints(scale)`. */
export function distanceOfTemplate(
  embedder: Embedder,
  template: Embedding,
  face: Crop,
  scale: ExitingPoints,
): Promise<number> {
  return distanceOf(embedder, [face], scale, ([embedding]) =>
    squaredDistance(template, embedding as Embedding),
  );
}

async function distanceOf(
  embedder: Embedder,
  faces: readonly Crop[],
  scale: ExitingPoints,
  measure: (embeddings: readonly Embedding[]) => number,
): Promise<number> {
  const crops = await embedPlain(embedder, faces);
  const distance = measure(crops);
  if (!takesMirrors(embedder)) return distance;
  const early = exitDistance(distance, scale);
  return early ?? measure(await addMirrors(embedder, faces, crops));
}

/** Rate beyond whose threshold crops are of two people: the loosest that is offered, so that no offered rate feels it. */
const DIFFERENT_FAR = 1e-1;

/** True where the distance of crops decides: within the rarest rate's threshold, or far beyond. */
export function cropsDecide(distance: number, { crop }: Pick<EarlyExit, 'crop'>): boolean {
  const { threshold } = crop.rates.at(-1) as Rate;
  return isSure(distance, threshold, crop, DIFFERENT_FAR);
}

/** Distance of crops on the scale of full embeddings; undefined where it does not decide, or nothing was measured. */
export function exitDistance(distance: number, scale: ExitingPoints): number | undefined {
  const { earlyExit } = scale;
  if (earlyExit === undefined || !cropsDecide(distance, earlyExit)) return undefined;
  return rescale(distance, earlyExit.crop, scale);
}
