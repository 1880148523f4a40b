/** Scales of two networks of a cascade that none was measured for. */
import type {
  CascadeOperatingPoints,
  CascadeParameters,
} from '../../worker/face/decision/cascade.ts';

export const points: CascadeParameters = {
  fast: operatingPoints([1.4, 1.2, 1, 0.8]),
  slow: operatingPoints([1.6, 1.5, 1.3, 0.9]),
  rule: { sameShare: 0.1, differentFar: 0.01, fastWeight: 0.5 },
  near: 0.8,
};

/** The same scales with rates to ask for: the rarer, the nearer have faces to be. */
export const offered: CascadeOperatingPoints = {
  fast: points.fast,
  slow: points.slow,
  rule: points.rule,
  rates: [
    { far: 0.01, threshold: 1.25, val: 0.9, near: 1, scale: operatingPoints([1.45, 1.25, 1.1]) },
    { far: 0.001, threshold: 1.05, val: 0.8, near: 0.8, scale: operatingPoints([1.4, 1.2, 1.05]) },
  ],
};

function operatingPoints(thresholds: readonly number[]) {
  const rates = thresholds.map((threshold, i) => ({
    far: [0.1, 0.01, 0.001, 0.0001][i] as number,
    threshold,
    val: 0.9,
  }));
  return { rates, largestImpostorDistance: 3 };
}
