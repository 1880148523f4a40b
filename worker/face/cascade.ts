/**
 * Cascade of two networks (Viola and Jones 2001): a fast one compares two faces, and a more accurate
 * one is asked only where the fast one is not sure. Most pairs of two people lie far apart, and most of
 * one person near, so that few are asked about.
 */
import type { Crop } from './align.ts';
import type { OperatingPoints } from './calibration.ts';
import { squaredDistance } from './compare.ts';
import { embed } from './embed.ts';
import type { Embedder } from './network.ts';

/** The operating points of each network by itself. */
export interface CascadePoints {
  readonly fast: OperatingPoints;
  readonly slow: OperatingPoints;
}

/** False-accept rate beyond which the fast network's "different" is taken. */
const SURELY_DIFFERENT = 1e-2;

/** Largest squared L2 distance of unit vectors. */
const FARTHEST = 4;

/** True where the fast network's distance decides: within its rarest rate, or beyond one in a hundred. */
export function isSure(distance: number, { fast }: Pick<CascadePoints, 'fast'>): boolean {
  const near = (fast.rates.at(-1) as { threshold: number }).threshold;
  const far = fast.rates.find((rate) => rate.far === SURELY_DIFFERENT)?.threshold ?? FARTHEST;
  return distance <= near || distance > far;
}

/**
 * Mean of both networks' distances, on the fast one's scale: the slow one's is interpolated between the
 * thresholds that both have for the same rates.
 */
export function fuse(fastDistance: number, slowDistance: number, points: CascadePoints): number {
  return (fastDistance + onFastScale(slowDistance, points)) / 2;
}

function onFastScale(distance: number, { fast, slow }: CascadePoints): number {
  let [below, belowThere] = [0, 0];
  for (const { far, threshold } of slow.rates.toReversed()) {
    const there = fast.rates.find((rate) => rate.far === far)?.threshold;
    if (there === undefined) continue;
    if (distance <= threshold) return between(distance, [below, threshold], [belowThere, there]);
    [below, belowThere] = [threshold, there];
  }
  return between(distance, [below, FARTHEST], [belowThere, FARTHEST]);
}

type Span = readonly [from: number, to: number];

function between(value: number, [from, to]: Span, [there, end]: Span): number {
  return there + ((value - from) / (to - from)) * (end - there);
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
  const distance = await distanceBy(cascade.embedder, faces);
  if (isSure(distance, cascade)) return distance;
  return fuse(distance, await distanceBy(slow, faces), cascade);
}

/** Squared L2 distance of two faces by one network. */
export async function distanceBy(
  embedder: Embedder,
  faces: readonly [Crop, Crop],
): Promise<number> {
  const [a, b] = await embed(embedder, faces);
  return squaredDistance(a as Float32Array, b as Float32Array);
}
