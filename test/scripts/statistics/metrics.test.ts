import { describe, expect, it } from 'vitest';
import { random } from '../../../scripts/statistics/intervals.ts';
import {
  areaUnderCurve,
  countWithin,
  histogram,
  rocCurve,
  shareWithin,
  sorted,
  thresholdAt,
} from '../../../scripts/statistics/metrics.ts';

/** Distances with many ties, as coarse as tenths. */
function coarse(count: number, seed: number, shift = 0): number[] {
  const next = random(seed);
  return Array.from({ length: count }, () => Math.round(20 * next() + shift) / 10);
}

/** FaceNet's section 4, word by word. */
const naiveShare = (distances: readonly number[], d: number) =>
  distances.filter((distance) => distance <= d).length / distances.length;

describe('VAL and FAR', () => {
  it('are the shares of pairs at or below a distance', () => {
    for (let seed = 1; seed < 20; seed++) {
      const distances = coarse(seed * 7, seed);
      for (let d = -0.1; d < 2.3; d += 0.05) {
        expect(shareWithin(sorted(distances), d)).toBe(naiveShare(distances, d));
      }
    }
  });

  it('count a refused pair as a non-match at every threshold', () => {
    const distances = sorted([0.5, Number.POSITIVE_INFINITY]);
    expect(shareWithin(distances, 4)).toBe(0.5);
    expect(countWithin(distances, 0.4)).toBe(0);
  });
});

describe('thresholdAt', () => {
  it('gives the largest impostor distance whose FAR is within the rate', () => {
    for (let seed = 1; seed < 40; seed++) {
      const impostors = coarse(30 + seed, seed);
      for (const far of [0.5, 0.1, 0.05, 0.02]) {
        const allowed = impostors.filter((d) => naiveShare(impostors, d) <= far);
        const found = thresholdAt(sorted(impostors), far);
        expect(found?.threshold).toBe(allowed.length > 0 ? Math.max(...allowed) : undefined);
        if (found) expect(found.pairs / impostors.length).toBeLessThanOrEqual(far);
      }
    }
  });

  it('is not fooled by the rounding of rate times count', () => {
    const impostors = Float64Array.from({ length: 300 }, (_, i) => i);
    expect(thresholdAt(impostors, 0.01)).toEqual({ threshold: 2, pairs: 3 });
    expect(thresholdAt(impostors, 0.29)?.pairs).toBe(87); // 0.29 * 300 is 86.999...
  });

  it('has none where the closest impostors are already too many', () => {
    expect(thresholdAt(Float64Array.of(1, 1, 1, 2), 0.5)).toBeUndefined();
    expect(thresholdAt(Float64Array.of(1, 2, 3), 0.1)).toBeUndefined();
    expect(thresholdAt(new Float64Array(), 0.1)).toBeUndefined();
  });

  it('never lets a refused pair be a threshold', () => {
    const refused = Float64Array.of(1, Number.POSITIVE_INFINITY);
    expect(thresholdAt(refused, 1)).toBeUndefined();
  });
});

describe('areaUnderCurve', () => {
  it('is how often a genuine pair is closer, ties counting half', () => {
    for (let seed = 1; seed < 20; seed++) {
      const genuine = coarse(13 + seed, seed);
      const impostors = coarse(17 + seed, seed + 100, 5);
      let sum = 0;
      for (const g of genuine) for (const i of impostors) sum += g < i ? 1 : g === i ? 0.5 : 0;
      const area = areaUnderCurve(sorted(genuine), sorted(impostors));
      expect(area).toBeCloseTo(sum / genuine.length / impostors.length, 12);
    }
  });

  it('is 1 when all genuine pairs are closer, and 0 when none is', () => {
    expect(areaUnderCurve(Float64Array.of(1, 2), Float64Array.of(3, 4))).toBe(1);
    expect(areaUnderCurve(Float64Array.of(3, 4), Float64Array.of(1, 2))).toBe(0);
  });
});

describe('curves', () => {
  it('rise from rare to common rates and end at 1', () => {
    const points = rocCurve(sorted(coarse(500, 1)), sorted(coarse(1000, 2, 5)));
    for (const [i, { far, val }] of points.entries()) {
      if (i === 0) continue;
      expect(far).toBeGreaterThan(points[i - 1]?.far as number);
      expect(val).toBeGreaterThanOrEqual(points[i - 1]?.val as number);
    }
    expect(points.at(-1)).toEqual({ far: 1, val: 1 });
  });

  it('share out all finite distances', () => {
    const bins = histogram(sorted([0, 0.049, 0.05, 3.99, 4, Number.POSITIVE_INFINITY]), 0.05);
    expect(bins).toHaveLength(80);
    expect([bins[0], bins[1], bins[79]]).toEqual([0.4, 0.2, 0.4]);
  });
});
