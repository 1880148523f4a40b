/** Calibration of early exit: where crops decide, and the operating points of the distances that come of it. */
import type { NetworkPoints, Rate } from '../../worker/face/decision/calibration.ts';
import { cropsDecide } from '../../worker/face/decision/early-exit.ts';
import { cropOf, distanceOfViews, isMirrored, type Views } from '../evaluate/views.ts';
import type { Labelled } from '../statistics/all-pairs.ts';
import type { Distances } from '../statistics/metrics.ts';
import { compareVal } from '../statistics/paired.ts';
import type { CalibratedPairExit } from './calibration-file.ts';
import { type Calibrated, calibrate } from './thresholds.ts';

/** Rates at which early exit is compared with full embeddings. */
const COMPARED_FARS = [1e-2, 1e-3, 1e-4, 1e-5] as const;

/** A labelled set whose embeddings are of faces, with the views that they are from. */
export interface Viewed extends Labelled {
  readonly views: readonly (Views | undefined)[];
}

/**
 * Early exit of two pictures.
 *
 * @param full operating points of full embeddings
 * @returns undefined for a network that takes no mirror images
 */
export function calibratePairExit(
  set: Viewed,
  full: Pick<Calibrated, 'rates' | 'largestImpostorDistance'>,
  least: number,
): CalibratedPairExit | undefined {
  if (!takesMirrors(set)) return undefined;
  const crops = calibrate(
    { ...set, embeddings: set.views.map((views) => views && cropOf(views)) },
    least,
  );
  const crop = { rates: crops.rates.map(withoutIntervals) };
  const points: NetworkPoints = { ...full, earlyExit: { crop, points: full } };
  const exiting = { ...set, embeddings: set.views, distance: distanceOfViews(points) };
  const { rates, largestImpostorDistance } = calibrate(exiting, least);
  const fars = COMPARED_FARS.filter((far) => rates.some((rate) => rate.far === far));
  return {
    crop,
    points: { rates, largestImpostorDistance },
    mirrored: {
      genuine: shareOpen(crops.pairs.genuine.filter(Number.isFinite), crop),
      impostors: shareOpen(crops.pairs.impostors, crop),
    },
    againstFull: compareVal(set, exiting, fars),
  };
}

/** True of views by a network that takes mirror images. */
export function takesMirrors({ views }: Pick<Viewed, 'views'>): boolean {
  return views.some((of) => of !== undefined && isMirrored(of));
}

/** A rate as the Worker needs it. */
export function withoutIntervals({ far, threshold, val }: Rate): Rate {
  return { far, threshold, val };
}

/** Share of distances of crops that do not decide. */
function shareOpen(distances: Distances, crop: CalibratedPairExit['crop']): number {
  return distances.filter((distance) => !cropsDecide(distance, { crop })).length / distances.length;
}
