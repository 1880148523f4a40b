/** Distances that are decisive, and those of one scale mapped to another. */
import type { OfferedRates } from './calibration.ts';

/** Largest squared L2 distance of unit vectors. */
const FARTHEST = 4;

/**
 * True of a distance that is decisive: up to `near`, or beyond the threshold of a rate.
 *
 * @param near largest distance that is surely of one person
 * @param differentFar false-accept rate beyond whose threshold a distance is surely of two people
 */
export function isDecisive(
  distance: number,
  near: number,
  { rates }: OfferedRates,
  differentFar: number,
): boolean {
  const rejectAbove = rates.find(({ far }) => far === differentFar)?.threshold ?? FARTHEST;
  return distance <= near || distance > rejectAbove;
}

/** A distance mapped to another scale: interpolated between the thresholds that both scales have for the same rates. */
export function mapDistance(distance: number, from: OfferedRates, to: OfferedRates): number {
  let [below, belowThere] = [0, 0];
  for (const { far, threshold } of from.rates.toReversed()) {
    const there = to.rates.find((rate) => rate.far === far)?.threshold;
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
