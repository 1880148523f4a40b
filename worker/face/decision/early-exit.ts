/**
 * Early exit (BranchyNet, arXiv:1709.01686) of networks that embed a face twice, from its crop and from the mirror image:
 * where the distance of the crops decides, no mirror image is embedded.
 */
import type { Crop } from '../alignment/align.ts';
import { squaredDistance } from '../embedding/distance.ts';
import { addMirrors, type Embedding, embedPlain, takesMirrors } from '../embedding/embed.ts';
import type { Embedder } from '../network.ts';
import type { EarlyExit, NetworkPoints, Rate } from './calibration.ts';
import { isDecisive, mapDistance } from './distance-mapping.ts';

/** Distance of two faces, on the scale of `verificationPoints(points)`. */
export function distanceOfFaces(
  embedder: Embedder,
  faces: readonly [Crop, Crop],
  points: NetworkPoints,
): Promise<number> {
  return distanceOf(embedder, faces, points, ([a, b]) =>
    squaredDistance(a as Embedding, b as Embedding),
  );
}

/** Distance of a face from a template, on the scale of `verificationPoints(points)`. */
export function distanceOfTemplate(
  embedder: Embedder,
  template: Embedding,
  face: Crop,
  points: NetworkPoints,
): Promise<number> {
  return distanceOf(embedder, [face], points, ([embedding]) =>
    squaredDistance(template, embedding as Embedding),
  );
}

async function distanceOf(
  embedder: Embedder,
  faces: readonly Crop[],
  points: NetworkPoints,
  measure: (embeddings: readonly Embedding[]) => number,
): Promise<number> {
  const crops = await embedPlain(embedder, faces);
  const distance = measure(crops);
  if (!takesMirrors(embedder)) return distance;
  const early = exitDistance(distance, points);
  return early ?? measure(await addMirrors(embedder, faces, crops));
}

/** Rate beyond whose threshold crops are of two people: the loosest that is offered, so that no offered rate feels it. */
const DIFFERENT_FAR = 1e-1;

/** True where the distance of crops decides: within the rarest rate's threshold, or far beyond. */
export function cropsDecide(distance: number, { crop }: Pick<EarlyExit, 'crop'>): boolean {
  const { threshold } = crop.rates.at(-1) as Rate;
  return isDecisive(distance, threshold, crop, DIFFERENT_FAR);
}

/** Distance of crops on the scale of full embeddings; undefined where it does not decide, or nothing was measured. */
export function exitDistance(distance: number, points: NetworkPoints): number | undefined {
  const { earlyExit } = points;
  if (earlyExit === undefined || !cropsDecide(distance, earlyExit)) return undefined;
  return mapDistance(distance, earlyExit.crop, points);
}
