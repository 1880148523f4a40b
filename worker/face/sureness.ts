/** Distances that decide by themselves, and the scale of one kind of distance brought to that of another. */
import type { OperatingPoints } from './calibration.ts';

type Rates = Pick<OperatingPoints, 'rates'>;

/** Largest squared L2 distance of unit vectors. */
const FARTHEST = 4;

/**
 * True where a distance decides: up to `near`, or beyond the threshold of a rate.
 *
 * @param near distance up to which it is of one person
 * @param different false-accept rate beyond whose threshold it is of two people
 */
export function isSure(
  distance: number,
  near: number,
  { rates }: Rates,
  different: number,
): boolean {
  const far = rates.find((rate) => rate.far === different)?.threshold ?? FARTHEST;
  return distance <= near || distance > far;
}

/** A distance on another scale: interpolated between the thresholds that both have for the same rates. */
export function rescale(distance: number, from: Rates, to: Rates): number {
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
