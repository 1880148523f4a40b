/** Thresholds with known false-accept rates, from embeddings of known people. */

import type { OperatingPoints, Rate } from '../../worker/face/decision/calibration.ts';
import { Mistake } from '../mistake.ts';
import {
  type AllPairs,
  allPairs,
  bootstrap,
  type Labelled,
  type Uncertainty,
} from '../statistics/all-pairs.ts';
import { exactAtEnds } from '../statistics/intervals.ts';
import { countWithin, thresholdAt } from '../statistics/metrics.ts';
import type { CalibratedRate } from './calibration-file.ts';

export const FARS = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5] as const;

/**
 * Impostor pairs that must lie under a threshold for its rate to be offered: by the rule of 30
 * (Doddington et al. 2000) the true rate is then within 30 % at 90 % confidence.
 */
export const LEAST_PAIRS = 30;

export interface Calibrated extends OperatingPoints {
  readonly rates: readonly CalibratedRate[];
  readonly pairs: AllPairs;
}

/**
 * Thresholds from all pairs of a labelled set. Genuine pairs with a refused picture count as not
 * matched; impostor pairs count only where there is a distance, so that no refusal makes a
 * false-accept rate look rarer than it is among answers.
 *
 * @throws Mistake when there are too few pairs for any rate, or two rates share a threshold
 */
export function calibrate(set: Labelled, least = LEAST_PAIRS): Calibrated {
  const pairs = allPairs(set);
  const { genuine, impostors } = pairs;
  const found = ratesOf(pairs, FARS, least);
  if (genuine.length === 0) throw new Mistake('nobody has two pictures: nothing to calibrate on');
  if (found.length === 0) {
    throw new Mistake(
      `${impostors.length} impostor pairs are too few: a rate of 0.1 needs ${10 * least}`,
    );
  }
  const thresholds = found.map(({ threshold }) => threshold);
  if (new Set(thresholds).size < thresholds.length) {
    throw new Mistake('two rates have one threshold: the embeddings hardly differ');
  }
  const uncertainty = bootstrap(set, thresholds, pairs);
  return {
    pairs,
    largestImpostorDistance: impostors.at(-1) as number,
    rates: found.map((rate, i) =>
      withIntervals(rate, uncertainty[i] as Uncertainty, genuine.length),
    ),
  };
}

/** A rate, and the impostor comparisons at or below its threshold. */
type MeasuredRate = Rate & Pick<CalibratedRate, 'impostorPairs'>;

/** Rates that rest on so many impostor comparisons; none where nobody is compared with himself. */
export function ratesOf(
  { genuine, impostors }: AllPairs,
  fars: readonly number[],
  least: number,
): MeasuredRate[] {
  if (genuine.length === 0) return [];
  return fars.flatMap((far) => {
    const at = thresholdAt(impostors, far);
    if (at === undefined || at.pairs < least) return [];
    const { threshold, pairs } = at;
    const val = countWithin(genuine, threshold) / genuine.length;
    return [{ far, threshold, val, impostorPairs: pairs }];
  });
}

/** @param genuine number of comparisons of one person */
export function withIntervals(
  rate: MeasuredRate,
  { valInterval, farInterval }: Uncertainty,
  genuine: number,
): CalibratedRate {
  const accepted = Math.round(rate.val * genuine);
  return { ...rate, valInterval: exactAtEnds(valInterval, accepted, genuine), farInterval };
}
