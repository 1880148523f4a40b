/** Scales of two networks of a cascade that none was measured for. */
import type { CascadeParameters } from '../../worker/face/decision/cascade.ts';

export const points: CascadeParameters = {
  fast: operatingPoints([1.4, 1.2, 1, 0.8]),
  slow: operatingPoints([1.6, 1.5, 1.3, 0.9]),
  rule: { sameFar: 0.0001, differentFar: 0.01, fastWeight: 0.5 },
  near: 0.8,
};

function operatingPoints(thresholds: readonly number[]) {
  const rates = thresholds.map((threshold, i) => ({
    far: [0.1, 0.01, 0.001, 0.0001][i] as number,
    threshold,
    val: 0.9,
  }));
  return { rates, largestImpostorDistance: 3 };
}
