/** Thresholds of templates, by their number of pictures. */
import type {
  OfferedRates,
  OperatingPoints,
  Rate,
} from '../../worker/face/decision/calibration.ts';
import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import { cropOf, templateDistanceOfViews } from '../evaluate/views.ts';
import {
  bootstrapOver,
  type Comparisons,
  type Distance,
  type Uncertainty,
} from '../statistics/all-pairs.ts';
import { clopperPearson } from '../statistics/intervals.ts';
import { countWithin } from '../statistics/metrics.ts';
import type { Beyond, CalibratedExit, CalibratedTemplates } from './calibration-file.ts';
import { takesMirrors, withoutIntervals } from './early-exit.ts';
import { type Enrollable, TemplateComparisons } from './template-comparisons.ts';
import { ratesOf, withIntervals } from './thresholds.ts';

/** Template sizes that get thresholds of their own: of five pictures one is left as a probe. */
export const TEMPLATE_SIZES = [1, 2, 3, 4] as const;

/** Distance of a template from the crop alone. */
const ofCrops: Distance = (template, views) => squaredDistance(template, cropOf(views));

/**
 * Thresholds of templates by their number of pictures, as `calibrate` has them for pairs. Two
 * people are compared both ways, which is nearly one comparison: so a rate needs twice as many.
 *
 * @param onePerson the rate of pairs by which enrolment tells that pictures are of one person
 * @returns the sizes for which there are templates, probes and a rate
 */
export function calibrateTemplates(
  set: Enrollable,
  onePerson: Rate,
  fars: readonly number[],
  least: number,
): CalibratedTemplates[] {
  return TEMPLATE_SIZES.flatMap((pictures) => {
    const comparisons = new TemplateComparisons(set, pictures, onePerson);
    const full = pointsOf(comparisons, fars, 2 * least);
    if (full === undefined) return [];
    const { genuinePairs, impostorPairs, ...points } = full;
    const exit = calibrateExit(set, { pictures, onePerson, fars, least }, points);
    return {
      pictures,
      people: comparisons.enrolled,
      templates: comparisons.templates,
      notOnePerson: comparisons.notOnePerson,
      genuinePairs,
      impostorPairs,
      ...points,
      ...(exit && { earlyExit: exit }),
    };
  });
}

/** Comparisons, and their sorted distances. */
type Measured = Comparisons & Pick<TemplateComparisons, 'distances'>;

interface TemplateSize {
  readonly pictures: number;
  readonly onePerson: Rate;
  readonly fars: readonly number[];
  readonly least: number;
}

/** Early exit of templates of one size; undefined for a network that takes no mirror images. */
function calibrateExit(
  set: Enrollable,
  { pictures, onePerson, fars, least }: TemplateSize,
  full: OperatingPoints,
): CalibratedExit | undefined {
  if (set.views === undefined || !takesMirrors({ views: set.views })) return undefined;
  const by = (measure: Distance) =>
    pointsOf(new TemplateComparisons(set, pictures, onePerson, measure), fars, 2 * least);
  const crops = by(ofCrops);
  if (crops === undefined) return undefined;
  const crop = { rates: crops.rates.map(withoutIntervals) };
  const points = by(templateDistanceOfViews({ ...full, earlyExit: { crop, points: full } }));
  if (points === undefined) return undefined;
  const { rates, largestImpostorDistance } = points;
  return { crop, points: { rates, largestImpostorDistance } };
}

/**
 * Operating points of comparisons.
 *
 * @param least impostor comparisons within the threshold of a rate that is offered
 * @returns undefined where there are too few for any rate
 */
export function pointsOf(comparisons: Measured, fars: readonly number[], least: number) {
  const { genuine, impostors } = comparisons.distances();
  const found = ratesOf({ genuine, impostors }, fars, least);
  if (found.length === 0) return undefined;
  const thresholds = found.map(({ threshold }) => threshold);
  const uncertainty = bootstrapOver(comparisons, thresholds, impostors);
  return {
    genuinePairs: genuine.length,
    impostorPairs: impostors.length,
    largestImpostorDistance: impostors.at(-1) as number,
    rates: found.map((rate, i) =>
      withIntervals(rate, uncertainty[i] as Uncertainty, genuine.length),
    ),
  };
}

/**
 * @param measure distance of a template from a picture's views; default: of full embeddings
 * @returns undefined where nobody has so many good pictures
 */
export function measureBeyond(
  set: Enrollable,
  onePerson: Rate,
  pictures: number,
  { rates }: OfferedRates,
  measure?: Distance,
): Beyond | undefined {
  const { impostors } = new TemplateComparisons(set, pictures, onePerson, measure).distances();
  if (impostors.length === 0) return undefined;
  const measured = rates.map(({ far, threshold }) => {
    const accepted = countWithin(impostors, threshold);
    return { far, accepted, interval: clopperPearson(accepted, impostors.length) };
  });
  return { pictures, impostorPairs: impostors.length, rates: measured };
}
