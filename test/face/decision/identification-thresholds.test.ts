import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../worker/errors.ts';
import type { TemplateOperatingPoints } from '../../../worker/face/decision/calibration.ts';
import {
  checkSearch,
  EXTRAPOLATED_FACTOR,
  identificationThreshold,
  largestSize,
  offeredFpirs,
} from '../../../worker/face/decision/identification-thresholds.ts';
import { MODELS } from '../../../worker/runtime/models.ts';

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

/** Operating points of more pictures, calibrated at fewer rates, and searched at fewer. */
const sparse: TemplateOperatingPoints = {
  pictures: 4,
  largestImpostorDistance: 2.9,
  rates: [
    { far: 0.1, threshold: 1.68, val: 0.98 },
    { far: 0.01, threshold: 1.48, val: 0.96 },
    { far: 0.001, threshold: 1.27, val: 0.93 },
  ],
  identification: [{ size: 10, rates: [{ fpir: 0.1, threshold: 1.48 }] }],
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
      for (let size = 1; size <= largestSize([points], fpir); size = Math.ceil(size * 1.3)) {
        const { threshold } = at(size, fpir);
        expect(threshold).toBeLessThanOrEqual(before);
        before = threshold;
      }
    }
    for (const size of [1, 5, 10, 50, 100, 500]) {
      expect(at(size, 0.01).threshold).toBeLessThan(at(size, 0.1).threshold);
    }
  });

  it('goes on where its curve ends before that of templates of fewer pictures', () => {
    const most = largestSize([points, sparse], 0.01);
    expect(most).toBe(largestSize([points], 0.01));
    expect(most).toBeGreaterThan(largestSize([sparse], 0.01));
    // 1e-6 each, three decades below the last two rates of `sparse`.
    expect(identificationThreshold(sparse, most, 0.01).threshold).toBeCloseTo(1.27 - 3 * 0.21, 2);
  });

  it('follows the curve of FAR where no search was measured at the rate', () => {
    const { threshold, basis } = identificationThreshold(sparse, 10, 0.01);
    expect(basis).toBe('extrapolated');
    expect(threshold).toBeCloseTo(1.27, 2);
    expect(identificationThreshold(sparse, 1, 0.01)).toMatchObject({ basis: 'measured' });
    // Nor is there a verification at the rate.
    const rare = identificationThreshold(sparse, 10, 0.0001);
    expect(rare.threshold).toBeCloseTo(1.27 - 2 * 0.21, 2);
  });
});

describe('a search', () => {
  const scales = [points, sparse];
  const check = (size: number, fpir: number) => () => checkSearch(scales, size, fpir);

  it('is refused past the bound, which the refusal names', () => {
    const most = largestSize(scales, 0.01);
    // 0.01 among N is 1e-6 each, EXTRAPOLATED_FACTOR below the rarest rate.
    expect(most).toBeGreaterThan((0.01 / (0.0001 / EXTRAPOLATED_FACTOR)) * 0.99);
    expect(check(most, 0.01)).not.toThrow();
    expect(at(most, 0.01).basis).toBe('extrapolated');
    const failure = refusal(check(most + 1, 0.01));
    expect(failure).toMatchObject({ code: 'invalid_request', field: 'fpir' });
    expect('detail' in failure && failure.detail).toContain(String(most));
  });

  it('is refused at rates that were not measured, and the others are listed', () => {
    expect(offeredFpirs(points)).toEqual([0.1, 0.01, 0.001]);
    expect(refusal(check(10, 0.02))).toMatchObject({
      code: 'invalid_request',
      field: 'fpir',
      rates: [0.1, 0.01, 0.001],
    });
    const { identification: _, ...plain } = points;
    expect(refusal(() => checkSearch([plain], 10, 0.1)).code).toBe('not_configured');
  });
});

describe.each(Object.entries(MODELS))('searches by %s', (_, { calibration: { templates } }) => {
  it('have a threshold for templates of any number of pictures, up to the largest size', () => {
    for (const fpir of offeredFpirs(templates[0])) {
      const most = largestSize(templates, fpir);
      for (const size of [1, 10, 100, 500, 501, most].filter((size) => size <= most)) {
        const thresholds = templates.map(
          (scale) => identificationThreshold(scale, size, fpir).threshold,
        );
        // A mean of more pictures lies nearer to everybody: where its curve ends earlier, too.
        const ends = templates.findIndex((scale) => largestSize([scale], fpir) < size);
        for (const continued of ends < 0 ? [] : thresholds.slice(ends)) {
          expect(continued, `${fpir} among ${size}`).toBeLessThan(thresholds[ends - 1] as number);
        }
        expect(thresholds.at(-1)).toBeGreaterThan(0);
      }
    }
  });

  /** Slope that the rarest rate's few pairs may add to the one before it. */
  const NOISE = 1.05;

  it('have curves of FAR that flatten, but for noise: a straight line from their ends is no laxer', () => {
    for (const { rates } of templates) {
      const falls = rates.slice(1).map(({ far, threshold }, i) => {
        const before = rates[i] as (typeof rates)[number];
        return (before.threshold - threshold) / Math.log10(before.far / far);
      });
      for (const [i, fall] of falls.slice(1).entries()) {
        expect(fall).toBeLessThan((falls[i] as number) * NOISE);
      }
    }
  });
});
