/** Templates by a cascade: thresholds by their number of pictures, beside those by the slow network alone. */
import {
  type Calibration,
  findRate,
  operatingPointsFor,
} from '../../worker/face/decision/calibration.ts';
import {
  type CascadeParameters,
  type CascadeRule,
  fastDecides,
} from '../../worker/face/decision/cascade.ts';
import { DIMENSION, type Embedding } from '../../worker/face/embedding/embed.ts';
import { ENROLMENT_FAR } from '../../worker/face/enrol.ts';
import { MAX_TEMPLATE_PICTURES } from '../../worker/limits.ts';
import { fastDistance, templateDistanceOfJoined } from '../evaluate/cascade-pairs.ts';
import type { PeopleSet } from '../evaluate/sets.ts';
import { faceOf, templateDistanceOfViews } from '../evaluate/views.ts';
import { thresholdAt } from '../statistics/metrics.ts';
import { compareComparisons } from '../statistics/paired.ts';
import type { CascadeFile, Shares } from './cascade-file.ts';
import { type Enrollable, TemplateComparisons } from './template-comparisons.ts';
import { measureBeyond, pointsOf, TEMPLATE_SIZES } from './templates.ts';
import { FARS, LEAST_PAIRS } from './thresholds.ts';

/**
 * Thresholds of the sizes for which there are templates, probes and a rate; and how templates of the most pictures
 * that are taken do at the largest size's.
 *
 * @param people pictures by both networks, as joined vectors
 * @param networks calibrations of each by itself, and the cascade's rule
 * @throws Error where the slow network has no rate to enrol by
 */
export function calibrateCascadeTemplates(
  people: PeopleSet,
  networks: Readonly<Record<'fast' | 'slow', Calibration>> & { readonly rule: CascadeRule },
  fars: readonly number[],
): Pick<CascadeFile, 'templates' | 'beyond'> {
  const onePerson = findRate(networks.slow, ENROLMENT_FAR);
  if (onePerson === undefined) throw new Error(`no rate of ${ENROLMENT_FAR} to enrol by`);
  const { persons, good, embeddings } = people;
  const slow = embeddings.map((both) => both?.subarray(DIMENSION));
  const alone: Enrollable = {
    persons,
    good,
    embeddings: slow.map((of) => of && faceOf(of)),
    views: slow,
  };
  const joined: Enrollable = {
    ...alone,
    views: embeddings,
    fast: embeddings.map((of) => of && faceOf(of)),
  };
  const { rule } = networks;
  const pointsFor = (pictures: number, near: number): CascadeParameters => ({
    fast: operatingPointsFor(networks.fast, pictures),
    slow: operatingPointsFor(networks.slow, pictures),
    rule,
    near,
  });
  const templates = TEMPLATE_SIZES.flatMap((pictures) => {
    const by = (set: Enrollable, measure: (template: Embedding, picture: Embedding) => number) =>
      new TemplateComparisons(set, pictures, onePerson, measure);
    const byFast = by(joined, fastDistance).distances();
    const near = thresholdAt(byFast.impostors, rule.sameFar)?.threshold;
    // A threshold of few comparisons will do: it decides what is deferred, and promises nothing.
    if (near === undefined)
      throw new Error(`no template comparison at ${rule.sameFar} to be near by`);
    const points = pointsFor(pictures, near);
    const both = by(joined, templateDistanceOfJoined(points));
    const found = pointsOf(both, FARS, LEAST_PAIRS);
    if (found === undefined) return [];
    const compared = fars.filter((far) => found.rates.some((rate) => rate.far === far));
    return {
      pictures,
      near,
      people: both.enrolled,
      templates: both.templates,
      ...found,
      asked: sharesAsked(byFast, points),
      againstSlow: compareComparisons(
        by(alone, templateDistanceOfViews(points.slow)),
        both,
        compared,
      ),
    };
  });
  const largest = templates.at(-1);
  if (largest === undefined) return { templates };
  const measure = templateDistanceOfJoined(pointsFor(MAX_TEMPLATE_PICTURES, largest.near));
  const beyond = measureBeyond(joined, onePerson, MAX_TEMPLATE_PICTURES, largest, measure);
  return { templates, ...(beyond && { beyond }) };
}

/** Shares of comparisons that are deferred to the slow network. */
function sharesAsked(
  { genuine, impostors }: ReturnType<TemplateComparisons['distances']>,
  points: CascadeParameters,
): Shares {
  const share = (distances: Iterable<number>) => {
    const answered = [...distances].filter(Number.isFinite);
    return answered.filter((distance) => !fastDecides(distance, points)).length / answered.length;
  };
  return { genuine: share(genuine), impostors: share(impostors) };
}
