import { describe, expect, it } from 'vitest';
import { findRate, operatingPointsFor, score } from '../../../worker/face/decision/calibration.ts';

const calibration = {
  rates: [
    { far: 0.1, threshold: 1.7031250001, val: 0.99 },
    { far: 0.01, threshold: 1.4999999999, val: 0.97 },
    { far: 0.001, threshold: 1.3333333333, val: 0.9 },
    { far: 0.0001, threshold: 1.1, val: 0.8 },
  ],
  largestImpostorDistance: 2.6,
};

/** The next double above a positive one. */
function next(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + 1n);
  return view.getFloat64(0);
}

describe('score', () => {
  it('is -log10 of the rate at each threshold', () => {
    expect(calibration.rates.map((rate) => score(rate.threshold, calibration))).toEqual([
      1, 2, 3, 4,
    ]);
  });

  it('reaches a rate exactly where `same` does: at its threshold, and not one double beyond', () => {
    for (const { far, threshold } of calibration.rates) {
      expect(score(threshold, calibration)).toBeGreaterThanOrEqual(-Math.log10(far));
      expect(score(next(threshold), calibration)).toBeLessThan(-Math.log10(far));
    }
  });

  it('is 0 from the largest impostor distance up, and capped at the rarest rate', () => {
    expect(score(2.6, calibration)).toBe(0);
    expect(score(4, calibration)).toBe(0);
    expect(score(0, calibration)).toBe(4);
    expect(score(2.59, calibration)).toBeGreaterThan(0);
  });

  it('falls as the distance grows, log-linear between thresholds', () => {
    let last = Number.POSITIVE_INFINITY;
    for (let distance = 0; distance <= 4; distance += 0.001) {
      const value = score(distance, calibration);
      expect(value).toBeLessThanOrEqual(last);
      last = value;
    }
    const middle = (1.1 + 1.3333333333) / 2;
    expect(score(middle, calibration)).toBeCloseTo(3.5, 9);
  });
});

describe('findRate', () => {
  it.each(['0.001', '1e-3', '1E-3', '.001', '10e-4', ' 0.0010 ', 0.001])('takes %o', (spelling) => {
    expect(findRate(calibration, spelling)?.far).toBe(0.001);
  });

  it.each(['', ' ', 'abc', '0x1', '-0.001', '0.002', '1e-5', 'NaN', '1e', 0.002, Number.NaN])(
    'knows no rate %o',
    (spelling) => {
      expect(findRate(calibration, spelling)).toBeUndefined();
    },
  );
});

describe('operatingPointsFor', () => {
  const templates = [1, 2, 4].map((pictures) => ({ ...calibration, pictures }));
  const full = { ...calibration, templates };

  it.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 4],
    [5, 4],
  ])('%i pictures take the scale of %i', (pictures, of) => {
    expect(operatingPointsFor(full, pictures).pictures).toBe(of);
  });

  it('refuses where there is none', () => {
    expect(() => operatingPointsFor({ ...calibration, templates: [] }, 1)).toThrow(
      'not calibrated',
    );
    expect(() => operatingPointsFor(full, 0)).toThrow('not calibrated');
  });
});
