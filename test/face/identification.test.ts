import { describe, expect, it } from 'vitest';
import { Refusal } from '../../worker/errors.ts';
import type { TemplateOperatingPoints } from '../../worker/face/calibration.ts';
import {
  EXTRAPOLATED_FACTOR,
  identificationThreshold,
  largestSize,
  offeredFpirs,
} from '../../worker/face/identification.ts';

const points: TemplateOperatingPoints = {
  pictures: 1,
  largestImpostorDistance: 3,
  rates: [
    { far: 0.1, threshold: 1.7, val: 0.96 },
    { far: 0.01, threshold: 1.5, val: 0.94 },
    { far: 0.001, threshold: 1.3, val: 0.9 },
    { far: 0.0001, threshold: 1.2, val: 0.86 },
  ],
  identification: [
    {
      size: 10,
      rates: [
        { fpir: 0.1, threshold: 1.52 },
        { fpir: 0.01, threshold: 1.32 },
        { fpir: 0.001, threshold: 1.22 },
      ],
    },
    {
      size: 100,
      rates: [
        { fpir: 0.1, threshold: 1.35 },
        { fpir: 0.01, threshold: 1.25 },
      ],
    },
  ],
};

const at = (size: number, fpir: number) => identificationThreshold(points, size, fpir);

function refusal(act: () => unknown) {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return error.failure;
    throw error;
  }
  throw new Error('not refused');
}

describe('the threshold of a search', () => {
  it('is the measured one where the size was measured', () => {
    expect(at(10, 0.1)).toEqual({ fpir: 0.1, threshold: 1.52, basis: 'measured' });
    expect(at(100, 0.01)).toEqual({ fpir: 0.01, threshold: 1.25, basis: 'measured' });
  });

  it('is that of a verification among one', () => {
    expect(at(1, 0.01)).toEqual({ fpir: 0.01, threshold: 1.5, basis: 'measured' });
  });

  it('is that of the smallest size below it, where no verification has the rate', () => {
    const rates = points.rates.filter(({ far }) => far !== 0.01);
    const threshold = identificationThreshold({ ...points, rates }, 5, 0.01);
    expect(threshold).toEqual({ fpir: 0.01, threshold: 1.32, basis: 'interpolated' });
  });

  it('lies between two sizes by the logarithm of the size', () => {
    const { threshold, basis } = at(Math.round(10 * Math.sqrt(10)), 0.1);
    expect(basis).toBe('interpolated');
    expect(threshold).toBeCloseTo((1.52 + 1.35) / 2, 2);
    expect(at(3, 0.01).threshold).toBeCloseTo(1.5 - (0.18 * Math.log(3)) / Math.log(10), 9);
  });

  it('follows the curve of FAR beyond the largest size, for ten times as many a tenth', () => {
    const { threshold, basis } = at(1000, 0.1);
    expect(basis).toBe('extrapolated');
    // 1 - 0.9^(1/N): FAR 1.05e-3 to 1.05e-4; from 1.3 to 1.2 a decade, a little more above 1e-3.
    expect(threshold).toBeCloseTo(1.35 - 0.1, 2);
    expect(at(10_000, 0.1).threshold).toBeCloseTo(1.35 - 0.2, 2);
  });

  it('never rises with the size, and falls with the rate', () => {
    for (const fpir of [0.1, 0.01, 0.001]) {
      let before = 4;
      for (let size = 1; size <= largestSize(points, fpir); size = Math.ceil(size * 1.3)) {
        const { threshold } = at(size, fpir);
        expect(threshold).toBeLessThanOrEqual(before);
        before = threshold;
      }
    }
    for (const size of [1, 5, 10, 50, 100, 500]) {
      expect(at(size, 0.01).threshold).toBeLessThan(at(size, 0.1).threshold);
    }
  });

  it('is refused past the bound, which the refusal names', () => {
    const most = largestSize(points, 0.01);
    // 0.01 among N is 1e-6 each, EXTRAPOLATED_FACTOR below the rarest rate.
    expect(most).toBeGreaterThan((0.01 / (0.0001 / EXTRAPOLATED_FACTOR)) * 0.99);
    expect(at(most, 0.01).basis).toBe('extrapolated');
    const failure = refusal(() => at(most + 1, 0.01));
    expect(failure).toMatchObject({ code: 'invalid_request', field: 'fpir' });
    expect('detail' in failure && failure.detail).toContain(String(most));
  });

  it('is refused at rates that were not measured, and the others are listed', () => {
    expect(offeredFpirs(points)).toEqual([0.1, 0.01, 0.001]);
    expect(refusal(() => at(10, 0.02))).toMatchObject({
      code: 'invalid_request',
      field: 'fpir',
      rates: [0.1, 0.01, 0.001],
    });
    const { identification: _, ...plain } = points;
    expect(refusal(() => identificationThreshold(plain, 10, 0.1)).code).toBe('not_configured');
  });
});
