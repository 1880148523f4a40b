/** Identification of known people at the shipped thresholds: `model/NAME/identification.json`. */
import type {
  Calibration,
  TemplateOperatingPoints,
} from '../../worker/face/decision/calibration.ts';
import { findRate } from '../../worker/face/decision/calibration.ts';
import type { Basis } from '../../worker/face/decision/identification-thresholds.ts';
import {
  identificationThreshold,
  largestSize,
  offeredFpirs,
} from '../../worker/face/decision/identification-thresholds.ts';
import { ENROLMENT_FAR } from '../../worker/face/enrol.ts';
import type { Dropped } from '../calibrate/calibration-file.ts';
import { FPIRS } from '../calibrate/identification.ts';
import {
  type MeasuredIdentification,
  measureAt,
  rankOneOf,
  type Searches,
  searchAll,
} from '../calibrate/searches.ts';
import { type Enrollable, enrolAll } from '../calibrate/template-comparisons.ts';
import type { FaceModelSha256 } from '../engine/model-folder.ts';
import { countWithin } from '../statistics/metrics.ts';

/** Template sizes that are reported: a single picture, and what enrolment is advised to take. */
export const REPORTED_PICTURES = [1, 3] as const;

/** Gallery sizes that are searched, where there are people for them: some are measured at, some
 * lie between those, some beyond. */
const SIZES = [10, 30, 100, 300, 500, 1000, 4000] as const;

/** Rarest FPIR of the curves. */
const RAREST = Math.min(...FPIRS);

/** False identifications that a promised rate must let expect, to be judged. */
const LEAST_EXPECTED = 10;

export interface ReportedRate extends MeasuredIdentification {
  /** The rate asked for; `fpir` is what was measured at its threshold. */
  readonly promised: number;
  readonly basis: Basis;
  readonly threshold: number;
}

export interface ReportedSearches {
  /** Pictures of a template. */
  readonly pictures: number;
  /** Templates of a gallery. */
  readonly size: number;
  readonly searches: number;
  readonly matedSearches: number;
  readonly rank1: number;
  readonly rates: readonly ReportedRate[];
}

/** A point of the curve of FNIR over FPIR. */
export type DetPoint = readonly [fpir: number, fnir: number];

export interface DetCurve {
  readonly pictures: number;
  readonly size: number;
  readonly points: readonly DetPoint[];
}

export interface IdentificationReport {
  readonly set: string;
  readonly identities: number;
  readonly pictures: number;
  readonly refused: Readonly<Record<string, number>>;
  /** People with a template, and those among them of whom there is no other picture: distractors. */
  readonly enrolled: readonly {
    readonly pictures: number;
    readonly people: number;
    readonly distractors: number;
  }[];
  readonly searches: readonly ReportedSearches[];
}

export interface IdentificationFile extends FaceModelSha256 {
  readonly model: string;
  /** SHA-256 of network.onnx. */
  readonly sha256: string;
  readonly sets: readonly IdentificationReport[];
  /** People left out as listed under two names. */
  readonly dropped: readonly Dropped[];
  readonly command: string;
  readonly gitRevision?: string | undefined;
}

export interface SearchedSet {
  readonly set: string;
  readonly people: Enrollable;
  readonly refused: Readonly<Record<string, number>>;
  /** Everybody has one template, of the first good pictures; else one of every picture in turn. */
  readonly once?: boolean;
}

/** @throws Error for a calibration without the rate that enrolment needs */
export function reportIdentification(
  { set, people, refused, once = false }: SearchedSet,
  calibration: Calibration,
): { report: IdentificationReport; curves: DetCurve[] } {
  const onePerson = findRate(calibration, ENROLMENT_FAR);
  if (onePerson === undefined) throw new Error(`not calibrated at ${ENROLMENT_FAR}`);
  const enrolled: IdentificationReport['enrolled'][number][] = [];
  const searches: ReportedSearches[] = [];
  const curves: DetCurve[] = [];
  for (const pictures of REPORTED_PICTURES) {
    const points = calibration.templates.find((scale) => scale.pictures === pictures);
    if (points === undefined) continue;
    const { persons } = enrolAll(people, pictures, onePerson);
    const holders = persons.filter(({ templates }) => templates.length > 0);
    const distractors = holders.filter((person) => person.pictures.size === pictures).length;
    enrolled.push({ pictures, people: holders.length, distractors });
    for (const [i, found] of searchAll(persons, SIZES, once ? 1 : undefined).entries()) {
      const size = SIZES[i] as number;
      if (found.nearest.length === 0 || found.own.length === 0) continue;
      searches.push({
        pictures,
        size,
        searches: found.nearest.length,
        matedSearches: found.own.length,
        rank1: rankOneOf(found),
        rates: ratesOf(found, points, size, calibration),
      });
      curves.push({ pictures, size, points: detCurve(found) });
    }
  }
  const identities = new Set(people.persons).size;
  const report = { set, identities, pictures: people.persons.length, refused, enrolled, searches };
  return { report, curves };
}

function ratesOf(
  found: Searches,
  points: TemplateOperatingPoints,
  size: number,
  { templates }: Calibration,
): ReportedRate[] {
  return offeredFpirs(points).flatMap((promised) => {
    const isOffered = size <= largestSize(templates, promised);
    if (!isOffered || promised * found.nearest.length < LEAST_EXPECTED) return [];
    const { threshold, basis } = identificationThreshold(points, size, promised);
    return [{ promised, basis, threshold, ...measureAt(found, threshold) }];
  });
}

/** FNIR at each FPIR from the rarest that is offered, ten a decade; ten false identifications bear it. */
export function detCurve({ nearest, own, rivals }: Searches): DetPoint[] {
  const strangers = nearest.toSorted();
  // A mate who is not the nearest is missed at any threshold.
  const mates = own.map((d, i) => (d < (rivals[i] as number) ? d : Number.POSITIVE_INFINITY));
  mates.sort();
  const points: DetPoint[] = [];
  let within = 0;
  for (let tenths = 10 * Math.log10(RAREST); tenths <= 0; tenths++) {
    const wanted = Math.round(10 ** (tenths / 10) * strangers.length);
    if (wanted < LEAST_EXPECTED) continue;
    const threshold = strangers[wanted - 1] as number;
    const fpir = countWithin(strangers, threshold) / strangers.length; // more than wanted where some tie
    if (fpir === points.at(-1)?.[0]) continue;
    while (within < mates.length && (mates[within] as number) <= threshold) within++;
    points.push([fpir, 1 - within / mates.length]);
  }
  return points;
}
