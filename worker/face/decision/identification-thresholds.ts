/**
 * Identification thresholds: how near the nearest of N templates has to be to be taken for a
 * person.
 *
 * N comparisons give N chances of a false accept, so the caller names the rate of the whole search:
 * the false-positive identification rate (FPIR, ISO/IEC 19795-1), the share of searches for people
 * who are not in the gallery that name somebody all the same.
 */
import { Refusal } from '../../errors.ts';
import type { IdentificationRate, TemplateOperatingPoints } from './calibration.ts';

/**
 * Source of a threshold, the surest first:
 * - `measured`: galleries of this size were searched, and 30 or more false identifications counted
 * - `interpolated`: between two measured sizes, linear in the logarithm of the size
 * - `extrapolated`: beyond the largest measured size, as if comparisons were independent:
 *   FPIR = 1 - (1 - FAR)^N, with the curve of FAR continued as a straight line in log FAR; or where
 *   no search was measured at the rate
 */
export const BASES = ['measured', 'interpolated', 'extrapolated'] as const;
export type Basis = (typeof BASES)[number];

/** The least sure of these; `measured` where there is none. */
export function weakestOf(bases: Iterable<Basis>): Basis {
  const places = Array.from(bases, (basis) => BASES.indexOf(basis));
  return BASES[Math.max(0, ...places)] as Basis;
}

export interface IdentificationThreshold extends IdentificationRate {
  readonly basis: Basis;
}

/** Curves of FAR are continued at most this far below the rarest calibrated rate, as a factor. */
export const EXTRAPOLATED_FACTOR = 100;

/** Rounding in (1 - FPIR)^(1/N) must not refuse what lies exactly at the bound. */
const SLACK = 1 - 1e-6;

/** The rates that searches can be asked for, most frequent first. */
export function offeredFpirs(points: TemplateOperatingPoints | undefined): number[] {
  const all = (points?.identification ?? []).flatMap(({ rates }) => rates.map(({ fpir }) => fpir));
  return [...new Set(all)].sort((a, b) => b - a);
}

/**
 * Refuses a search by its rate and the size of its gallery alone, whoever is in it and whoever is
 * nearest.
 *
 * @throws Refusal `invalid_request` for a rate that is not offered, or a gallery too large for it;
 *   `not_configured` where the model was not calibrated for searches
 */
export function checkSearch(templates: ByPictures, size: number, fpir: number): void {
  const rates = offeredFpirs(templates[0]);
  if (rates.length === 0) {
    const detail = 'The model is not calibrated for identification.';
    throw new Refusal({ code: 'not_configured', detail });
  }
  if (!rates.includes(fpir)) {
    const detail = `\`fpir\` is one of the calibrated rates: ${rates.join(', ')}; not ${fpir}.`;
    throw new Refusal({ code: 'invalid_request', detail, field: 'fpir', rates });
  }
  const most = largestSize(templates, fpir);
  if (size <= most) return;
  const detail =
    `A false-positive identification rate of ${fpir} among ${size} templates is beyond what the ` +
    `calibration can tell: at this rate it goes up to ${most}.`;
  throw new Refusal({ code: 'invalid_request', detail, field: 'fpir' });
}

/**
 * The largest gallery that is searched at a rate: one for templates of any number of pictures, by the
 * rarest FAR that was calibrated for any.
 */
export function largestSize(templates: ByPictures, fpir: number): number {
  const fars = templates.flatMap(({ rates }) => rates.map(({ far }) => far));
  const rarest = Math.min(...fars) / EXTRAPOLATED_FACTOR;
  return Math.floor(Math.log1p(-fpir) / Math.log1p(-rarest * SLACK));
}

/**
 * The threshold for a search among `size` templates, which `checkSearch` lets pass.
 *
 * Templates of more pictures were calibrated at fewer rates. Where their curve of FAR ends earlier
 * than that of others it is continued just the same, up to `largestSize`; and where no search was
 * measured at the rate, the curve alone tells the threshold. Both are no laxer than promised, but for the
 * sampling noise of the rarest rate: curves flatten towards rarer rates in every network, so a straight line falls below them.
 *
 * @param points of templates made of so many pictures: `operatingPointsFor`
 * @param fpir one of `offeredFpirs`
 */
export function identificationThreshold(
  points: TemplateOperatingPoints,
  size: number,
  fpir: number,
): IdentificationThreshold {
  const knots = knotsAt(points, fpir);
  const exact = knots.find((knot) => knot.size === size);
  if (exact) return { fpir, threshold: exact.threshold, basis: 'measured' };
  const above = knots.findIndex((knot) => knot.size > size);
  if (above > 0) {
    const [low, high] = [knots[above - 1] as Knot, knots[above] as Knot];
    const share = Math.log(size / low.size) / Math.log(high.size / low.size);
    const threshold = low.threshold + share * (high.threshold - low.threshold);
    return { fpir, threshold, basis: 'interpolated' };
  }
  // Below the smallest size: its threshold is stricter than needed, and so safe.
  if (above === 0) {
    return { fpir, threshold: (knots[0] as Knot).threshold, basis: 'interpolated' };
  }
  const last = knots.at(-1);
  const threshold = thresholdOf(points, farOfEach(fpir, size));
  if (last === undefined) return { fpir, threshold, basis: 'extrapolated' };
  const shift = threshold - thresholdOf(points, farOfEach(fpir, last.size));
  return { fpir, threshold: last.threshold + Math.min(0, shift), basis: 'extrapolated' };
}

/** Operating points by the number of pictures, ascending: `Calibration.templates`. */
type ByPictures = readonly TemplateOperatingPoints[];

interface Knot {
  readonly size: number;
  readonly threshold: number;
}

/** Measured sizes at one rate, ascending. A gallery of one is a verification: FPIR is FAR. */
function knotsAt({ rates, identification = [] }: TemplateOperatingPoints, fpir: number): Knot[] {
  const one = rates
    .filter(({ far }) => far === fpir)
    .map(({ threshold }) => ({ size: 1, threshold }));
  const measured = identification.flatMap(({ size, rates }) =>
    rates.filter((rate) => rate.fpir === fpir).map(({ threshold }) => ({ size, threshold })),
  );
  return [...one, ...measured].sort((a, b) => a.size - b.size);
}

/** The FAR of each of `size` independent comparisons whose search has this FPIR. */
function farOfEach(fpir: number, size: number): number {
  return -Math.expm1(Math.log1p(-fpir) / size);
}

/**
 * The distance at a FAR: linear in log FAR between calibrated rates, and on beyond the last two.
 */
function thresholdOf({ rates }: TemplateOperatingPoints, far: number): number {
  const after = rates.findIndex((rate) => rate.far <= far);
  const index = after < 0 ? rates.length - 1 : Math.max(1, after);
  const [low, high] = [rates[index - 1], rates[index]];
  if (low === undefined || high === undefined) throw new Error('one rate makes no curve');
  const share = Math.log(far / low.far) / Math.log(high.far / low.far);
  return low.threshold + share * (high.threshold - low.threshold);
}
