/**
 * Cascade of two networks (Viola and Jones 2001): a fast one compares two faces, and a more accurate
 * one is asked only where the fast one is not sure. Most pairs of two people lie far apart, and most of
 * one person near, so that few are asked about.
 */
import type { Crop } from './align.ts';
import { type ExitingPoints, type OperatingPoints, verificationPoints } from './calibration.ts';
import { distanceOfFaces } from './early-exit.ts';
import type { Embedder } from './network.ts';
import { isSure, rescale } from './sureness.ts';

/** The operating points of each network by itself. */
export interface CascadePoints {
  readonly fast: OperatingPoints;
  readonly slow: ExitingPoints;
}

/** The network that `MODEL` names, or, of `FAST+SLOW`, the two of a cascade. */
export function networksOf(model: string): { readonly fast?: string; readonly slow: string } {
  const at = model.indexOf('+');
  return at === -1 ? { slow: model } : { fast: model.slice(0, at), slow: model.slice(at + 1) };
}

/** False-accept rate beyond which the fast network's "different" is taken. */
const DIFFERENT_FAR = 1e-2;

/** True where the fast network's distance decides. */
export function fastDecides(distance: number, { fast }: Pick<CascadePoints, 'fast'>): boolean {
  return isSure(distance, fast, DIFFERENT_FAR);
}

/** Mean of both networks' distances, on the fast one's scale. */
export function fuse(
  fastDistance: number,
  slowDistance: number,
  { fast, slow }: CascadePoints,
): number {
  return (fastDistance + rescale(slowDistance, verificationPoints(slow), fast)) / 2;
}

/** A cascade that is ready to run. */
export interface Cascade extends CascadePoints {
  /** Name that answers give it: both networks'. */
  readonly name: string;
  /** The fast network. */
  readonly embedder: Embedder;
  /** Operating points of the cascade's own distances. */
  readonly points: OperatingPoints;
}

/**
 * Distance of two faces by a cascade, on the scale of `cascade.points`.
 *
 * @param slow the more accurate network
 */
export async function cascadeDistance(
  cascade: Cascade,
  slow: Embedder,
  faces: readonly [Crop, Crop],
): Promise<number> {
  const distance = await distanceOfFaces(cascade.embedder, faces, cascade.fast);
  if (fastDecides(distance, cascade)) return distance;
  return fuse(distance, await distanceOfFaces(slow, faces, cascade.slow), cascade);
}
