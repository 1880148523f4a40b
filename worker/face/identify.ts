/** Identification: from the nearest templates to a decision, this subject or unknown. */
import { type Calibration, operatingPointsFor } from './calibration.ts';
import { type Basis, checkSearch, identificationThreshold } from './identification.ts';

/** A template near to the probe. */
export interface Candidate {
  readonly subject: string;
  /** Squared L2 distance. */
  readonly distance: number;
  /** Number of pictures that the template is made of: its thresholds hang on that. */
  readonly pictures: number;
}

export interface RankedSubject extends Candidate {
  readonly threshold: number;
  /** `distance` is at most `threshold`. */
  readonly match: boolean;
}

export interface Identification {
  /** Subject; null where nobody is near enough. */
  readonly subject: string | null;
  /** Each subject once, by the nearest of its templates, nearest first. */
  readonly candidates: readonly RankedSubject[];
}

/** The search that a decision is about. */
export interface SearchTerms {
  /** Templates that were compared: each is a chance of a false accept. */
  readonly size: number;
  /** False-positive identification rate. */
  readonly fpir: number;
  readonly calibration: Calibration;
}

/** Nearest candidate of each subject. @param candidates nearest first */
export function nearestOfEach<C extends Candidate>(candidates: Iterable<C>, most: number): C[] {
  const subjects = new Map<string, C>();
  for (const candidate of candidates) {
    if (subjects.size === most) break;
    if (!subjects.has(candidate.subject)) subjects.set(candidate.subject, candidate);
  }
  return [...subjects.values()];
}

/**
 * Decides who a probe is. Each candidate is held to the threshold of its own kind of template; the
 * nearest that passes is the answer.
 *
 * @param candidates nearest first, each subject once
 * @throws Refusal as `checkSearch`, for a rate or a size that is not offered
 */
export function decide(candidates: readonly Candidate[], terms: SearchTerms): Identification {
  checkSearch(terms.calibration.templates, terms.size, terms.fpir);
  const ranked = candidates.map((candidate) => {
    const { threshold } = thresholdFor(candidate.pictures, terms);
    return { ...candidate, threshold, match: candidate.distance <= threshold };
  });
  return { subject: ranked.find(({ match }) => match)?.subject ?? null, candidates: ranked };
}

export function thresholdFor(
  pictures: number,
  { size, fpir, calibration }: SearchTerms,
): { readonly threshold: number; readonly basis: Basis } {
  return identificationThreshold(operatingPointsFor(calibration, pictures), size, fpir);
}
