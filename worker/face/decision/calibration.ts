/** Calibration of distances: false-accept rates measured on impostor pairs, and the score. */
import { Refusal } from '../../errors.ts';

export interface Rate {
  /** False-accept rate: the share of impostor pairs at or below the threshold. */
  readonly far: number;
  /** Squared L2 distance. */
  readonly threshold: number;
  /** Validation rate: the share of genuine pairs at or below the threshold. */
  readonly val: number;
}

/** Operating points of one kind of comparison. */
export interface OperatingPoints {
  /** Rarest last: thresholds fall as rates do. */
  readonly rates: readonly Rate[];
  /** Distance from which up the score is 0. */
  readonly largestImpostorDistance: number;
}

/** Rates that are offered, with their thresholds. */
export type OfferedRates = Pick<OperatingPoints, 'rates'>;

/** Operating points of comparisons that may end before the mirror images are embedded (`early-exit.ts`). */
export interface EarlyExit {
  /** Rates of crops alone: they tell where the distance of crops decides. */
  readonly crop: OfferedRates;
  /** Operating points of the resulting distances. */
  readonly points: OperatingPoints;
}

/** Operating points of one network: of full embeddings, and with early exit, where it has one. */
export interface NetworkPoints extends OperatingPoints {
  readonly earlyExit?: EarlyExit | undefined;
}

export interface IdentificationRate {
  /** False-positive identification rate of a search. */
  readonly fpir: number;
  /** Squared L2 distance. */
  readonly threshold: number;
}

/** Thresholds measured on galleries of so many templates. */
export interface IdentificationPoints {
  /** Templates in the gallery, one a person. */
  readonly size: number;
  /** Rarest last. */
  readonly rates: readonly IdentificationRate[];
}

/** Operating points of templates made of so many pictures, against one picture. */
export interface TemplateOperatingPoints extends NetworkPoints {
  readonly pictures: number;
  /** Searches among many templates, by the gallery's size, ascending. */
  readonly identification?: readonly IdentificationPoints[];
}

/**
 * Operating points of two pictures, and of templates: the mean of several embeddings lies nearer to everybody.
 */
export interface Calibration extends NetworkPoints {
  /** Operating points by the number of pictures, ascending. */
  readonly templates: readonly TemplateOperatingPoints[];
}

/** Operating points of verifications: with early exit, where it was measured. */
export function verificationPoints(points: NetworkPoints): OperatingPoints {
  return points.earlyExit?.points ?? points;
}

/**
 * Operating points for a template of so many pictures: those of the largest number measured, up to this one.
 *
 * @throws Refusal `not_configured` where the model was not calibrated for templates
 */
export function operatingPointsFor<Points extends { readonly pictures: number }>(
  { templates }: { readonly templates: readonly Points[] },
  pictures: number,
): Points {
  const found = templates.findLast((points) => points.pictures <= pictures);
  if (found) return found;
  const detail = `The model is not calibrated for templates of ${pictures} pictures.`;
  throw new Refusal({ code: 'not_configured', detail });
}

/**
 * The calibrated rate that a caller names, in any spelling of the number.
 *
 * @param spelling `0.001`, `1e-3`, `.001`, or the number itself
 * @returns undefined when it is no number or no calibrated rate
 */
export function findRate<Found extends Rate>(
  { rates }: { readonly rates: readonly Found[] },
  spelling: string | number,
): Found | undefined {
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
export function score(distance: number, points: OperatingPoints): number {
  const knots = [
    { distance: points.largestImpostorDistance, score: 0 },
    ...points.rates.map(({ far, threshold }) => ({
      distance: threshold,
      score: -Math.log10(far),
    })),
  ].reverse();
  let lower = knots[0] as { distance: number; score: number };
  if (distance <= lower.distance) return lower.score;
  for (const upper of knots.slice(1)) {
    if (distance <= upper.distance) {
      if (distance === upper.distance) return upper.score;
      const share = (distance - lower.distance) / (upper.distance - lower.distance);
      const value = lower.score + (upper.score - lower.score) * share;
      // Just beyond a threshold rounding must not give the threshold's own score.
      return Math.min(value, lower.score * (1 - Number.EPSILON));
    }
    lower = upper;
  }
  return 0;
}
