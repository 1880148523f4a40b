/** Rounding of distances and scores in answers. */

/** Steps of a distance: between two photos of one person it varies by a hundred times as much. */
const DISTANCE_STEPS = 1_000;
const SCORE_STEPS = 100;

/**
 * A distance to the digits that mean something: with more of them a picture can be bent step by step
 * until it passes. It is rounded to the side of the decision, so that it says the same.
 *
 * @param passes false also where nothing is decided
 */
export function roundedDistance(distance: number, passes: boolean): number {
  return step(passes ? Math.floor : Math.ceil, distance, DISTANCE_STEPS);
}

/** A score rounded to the side of the decision: it grows as the distance falls. */
export function roundedScore(score: number, passes: boolean): number {
  return step(passes ? Math.ceil : Math.floor, score, SCORE_STEPS);
}

function step(round: (value: number) => number, value: number, steps: number): number {
  return round(value * steps) / steps;
}
