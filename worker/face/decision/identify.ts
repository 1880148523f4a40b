/** Identification: from the nearest templates to a decision, this subject or unknown. */
import { type Calibration, operatingPointsFor } from './calibration.ts';
import {
  type Basis,
  checkSearch,
  type IdentificationThreshold,
  identificationThreshold,
  weakestOf,
} from './identification-thresholds.ts';
import { isMatch } from './match.ts';

/** A template near to the probe. */
export interface Candidate {
  readonly subject: string;
  /** Squared L2 distance. */
  readonly distance: number;
  /** Number of pictures that the template is made of: its threshold depends on that. */
  readonly pictures: number;
}

/** A candidate of the candidate list. */
export interface RankedSubject extends Candidate {
  readonly threshold: number;
  /** `distance` is at most `threshold`. */
  readonly match: boolean;
}

/** The rate that a search is decided at. */
export interface SearchTerms {
  /** False-positive identification rate. */
  readonly fpir: number;
  readonly calibration: Pick<Calibration, 'templates'>;
}

/** Thresholds of one search, by the pictures of a template. */
export class SearchThresholds {
  readonly #known = new Map<number, IdentificationThreshold>();

  /** @param size templates that are compared: each is a chance of a false accept */
  constructor(
    private readonly size: number,
    private readonly terms: SearchTerms,
  ) {}

  of(pictures: number): number {
    let found = this.#known.get(pictures);
    if (found === undefined) {
      const { fpir, calibration } = this.terms;
      const points = operatingPointsFor(calibration, pictures);
      found = identificationThreshold(points, this.size, fpir);
      this.#known.set(pictures, found);
    }
    return found.threshold;
  }

  /** The weakest basis of those that were asked for. */
  get basis(): Basis {
    return weakestOf([...this.#known.values()].map(({ basis }) => basis));
  }
}

/**
 * The candidate list of a search: each subject once, by its best template.
 *
 * Ranked by the margin, distance less the template's own threshold: thresholds differ with the
 * pictures of a template, and the nearest may be beyond its own while another is within. So the first
 * is the one to name, if anybody is, however many are asked for.
 */
export function rank(
  candidates: readonly Candidate[],
  thresholds: SearchThresholds,
  most: number,
): RankedSubject[] {
  const judged = candidates.map((candidate) => {
    const threshold = thresholds.of(candidate.pictures);
    return { ...candidate, threshold, match: isMatch(candidate.distance, { threshold }) };
  });
  judged.sort(
    (a, b) => margin(a) - margin(b) || a.distance - b.distance || (a.subject < b.subject ? -1 : 1),
  );
  const subjects = new Map<string, RankedSubject>();
  for (const candidate of judged) {
    if (subjects.size === most) break;
    if (!subjects.has(candidate.subject)) subjects.set(candidate.subject, candidate);
  }
  return [...subjects.values()];
}

function margin({ distance, threshold }: RankedSubject): number {
  return distance - threshold;
}

/**
 * Decides who a probe is: the first of the candidate list, where it is a match.
 *
 * @returns null for *unknown*
 * @throws Refusal as `checkSearch`, for a rate or a size that is not offered
 */
export function decide(
  { size, candidates }: { readonly size: number; readonly candidates: readonly RankedSubject[] },
  { fpir, calibration }: SearchTerms,
): string | null {
  checkSearch(calibration.templates, size, fpir);
  const [first] = candidates;
  return first?.match ? first.subject : null;
}
