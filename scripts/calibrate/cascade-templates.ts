/** Templates by a cascade: thresholds by their number of pictures, beside those by the slow network alone. */
import {
  type Calibration,
  findRate,
  operatingPointsFor,
  type Rate,
} from '../../worker/face/decision/calibration.ts';
import type { CascadeRule } from '../../worker/face/decision/cascade.ts';
import { DIMENSION } from '../../worker/face/embedding/embed.ts';
import { ENROLMENT_FAR } from '../../worker/face/enrol.ts';
import { MAX_TEMPLATE_PICTURES } from '../../worker/limits.ts';
import {
  fastDistance,
  slowTemplateDistance,
  templateDistanceOfJoined,
} from '../evaluate/cascade-pairs.ts';
import type { PeopleSet } from '../evaluate/sets.ts';
import { faceOf } from '../evaluate/views.ts';
import type { Distance } from '../statistics/all-pairs.ts';
import { RecordedComparisons } from '../statistics/recorded-comparisons.ts';
import type { CascadeFile, CascadeTemplates } from './cascade-file.ts';
import { type CascadeNetworks, calibrateCascadeRates } from './cascade-rates.ts';
import { type Enrollable, TemplateComparisons } from './template-comparisons.ts';
import { measureBeyond, TEMPLATE_SIZES } from './templates.ts';
import { LEAST_PAIRS } from './thresholds.ts';

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
): Pick<CascadeFile, 'templates' | 'beyond'> {
  const onePerson = findRate(networks.slow, ENROLMENT_FAR);
  if (onePerson === undefined) throw new Error(`no rate of ${ENROLMENT_FAR} to enrol by`);
  const { persons, good, embeddings } = people;
  const slow = embeddings.map((both) => both?.subarray(DIMENSION));
  const joined: Enrollable = {
    persons,
    good,
    embeddings: slow.map((of) => of && faceOf(of)),
    views: embeddings,
    fast: embeddings.map((of) => of && faceOf(of)),
  };
  const { rule } = networks;
  const networksFor = (pictures: number): CascadeNetworks => ({
    fast: operatingPointsFor(networks.fast, pictures),
    slow: operatingPointsFor(networks.slow, pictures),
    rule,
  });
  const templates = TEMPLATE_SIZES.flatMap((pictures): CascadeTemplates[] => {
    const points = networksFor(pictures);
    const by = (measure: Distance) => new TemplateComparisons(joined, pictures, onePerson, measure);
    const [fast, slow] = [by(fastDistance), by(slowTemplateDistance(points.slow))];
    const recorded = { fast: RecordedComparisons.of(fast), slow: RecordedComparisons.of(slow) };
    const { rates, ...counts } = calibrateCascadeRates(recorded, points, 2 * LEAST_PAIRS);
    if (rates.length === 0) return [];
    return [{ pictures, people: fast.enrolled, templates: fast.templates, ...counts, rates }];
  });
  const largest = templates.at(-1);
  return {
    templates,
    ...(largest && beyondOf(largest, joined, onePerson, networksFor(MAX_TEMPLATE_PICTURES))),
  };
}

/** Templates of the most pictures that are taken, at the thresholds of the largest that have their own. */
function beyondOf(
  { rates }: CascadeTemplates,
  joined: Enrollable,
  onePerson: Rate,
  points: CascadeNetworks,
): Pick<CascadeFile, 'beyond'> {
  const measured = rates.flatMap((rate) => {
    const measure = templateDistanceOfJoined({ ...points, near: rate.near });
    const own = { rates: [rate] };
    return measureBeyond(joined, onePerson, MAX_TEMPLATE_PICTURES, own, measure) ?? [];
  });
  const [first] = measured;
  return first ? { beyond: { ...first, rates: measured.flatMap(({ rates }) => rates) } } : {};
}
