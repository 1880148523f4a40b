/** What a distance means: false-accept rates measured on impostor pairs, and the score. */

export interface Rate {
  /** False-accept rate: the share of impostor pairs at or below the threshold. */
  readonly far: number;
  /** Squared L2 distance. */
  readonly threshold: number;
  /** Validation rate: the share of genuine pairs at or below the threshold. */
  readonly val: number;
}

export interface Calibration {
  /** Rarest last: thresholds fall as rates do. */
  readonly rates: readonly Rate[];
  /** From here up the score is 0. */
  readonly largestImpostorDistance: number;
}

/**
 * The calibrated rate that a caller names, in any spelling of the number.
 *
 * @param spelling `0.001`, `1e-3`, `.001`, or the number itself
 * @returns undefined when it is no number or no calibrated rate
 */
export function findRate({ rates }: Calibration, spelling: string | number): Rate | undefined {
  if (typeof spelling === 'string' && !/^\s*(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(spelling)) {
    return undefined;
  }
  const far = Number(spelling);
  return rates.find((rate) => rate.far === far);
}

/**
 * -log10 of the false-accept rate at a distance: log-linear between the calibrated rates, 0 from
 * the largest impostor distance up, and never more than the rarest rate's.
 *
 * Monotone, and `score >= -log10(far)` exactly when `distance <= threshold(far)`.
 */
export function score(distance: number, calibration: Calibration): number {
  const knots = [
    { distance: calibration.largestImpostorDistance, score: 0 },
    ...calibration.rates.map(({ far, threshold }) => ({
      distance: threshold,
      score: -Math.log10(far),
    })),
  ].reverse();
  let near = knots[0] as { distance: number; score: number };
  if (distance <= near.distance) return near.score;
  for (const far of knots.slice(1)) {
    if (distance <= far.distance) {
      if (distance === far.distance) return far.score;
      const share = (distance - near.distance) / (far.distance - near.distance);
      const value = near.score + (far.score - near.score) * share;
      // Just beyond a threshold rounding must not give the threshold's own score.
      return Math.min(value, near.score * (1 - Number.EPSILON));
    }
    near = far;
  }
  return 0;
}
