/** Thresholds of identification, from searches among templates of the people kept for calibration. */
import type { Rate } from '../../worker/face/decision/calibration.ts';
import { sorted, thresholdAt } from '../statistics/metrics.ts';
import type { CalibratedIdentification } from './calibration-file.ts';
import { measureAt, rankOneOf, searchAll } from './searches.ts';
import { type Enrollable, enrolAll } from './template-comparisons.ts';

export const FPIRS = [1e-1, 1e-2, 1e-3, 1e-4] as const;

/** Gallery sizes that thresholds are measured at, where there are people for them. */
const GALLERY_SIZES = [10, 100, 500] as const;

/**
 * Thresholds of searches among templates of `pictures` pictures each.
 *
 * @param least false identifications that a rate must rest on
 */
export function calibrateIdentification(
  set: Enrollable,
  pictures: number,
  onePerson: Rate,
  least: number,
  sizes: readonly number[] = GALLERY_SIZES,
): CalibratedIdentification[] {
  const { persons } = enrolAll(set, pictures, onePerson);
  return searchAll(persons, sizes).flatMap((searches, i) => {
    const size = sizes[i] as number;
    const distances = sorted(searches.nearest);
    const rates = FPIRS.flatMap((fpir) => {
      const at = thresholdAt(distances, fpir);
      if (at === undefined || at.pairs < least) return [];
      const { threshold, pairs: falseIdentifications } = at;
      return [{ ...measureAt(searches, threshold), fpir, threshold, falseIdentifications }];
    });
    if (rates.length === 0 || searches.own.length === 0) return [];
    return {
      size,
      searches: searches.nearest.length,
      matedSearches: searches.own.length,
      rank1: rankOneOf(searches),
      rates,
    };
  });
}
