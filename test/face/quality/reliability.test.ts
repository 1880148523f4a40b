/** Reliability of a picture by the conditions it was taken in. */
import { describe, expect, it } from 'vitest';
import weights from '../../../model/reliability.json';
import {
  type Conditions,
  reliability,
  reliabilityFeatures,
} from '../../../worker/face/quality/reliability.ts';
import { GOOD } from '../../support/quality.ts';

describe('reliability', () => {
  it('has a weight for every feature', () => {
    expect(weights.weights).toHaveLength(reliabilityFeatures(GOOD).length);
  });

  it('is that of an ordinary picture where nothing is wrong', () => {
    expect(reliability(GOOD)).toBeGreaterThan(0.8);
    expect(reliability(GOOD)).toBeLessThan(1);
  });

  it.each<[string, Partial<Conditions>]>([
    ['few pixels', { faceWidth: 40 }],
    ['no detail', { sharpness: 0.05 }],
    ['little light', { exposure: 0.1 }],
    ['too much light', { exposure: 0.9 }],
    ['noise', { noise: 8 }],
    ['a head turned to its left', { yaw: 45 }],
    ['a head turned to its right', { yaw: -45 }],
    ['a head that leans', { roll: -30 }],
    ['covered eyes', { eyesCovered: 1 }],
    ['a covered mouth', { mouthCovered: 1 }],
  ])('is less with %s', (_, worse) => {
    expect(reliability({ ...GOOD, ...worse })).toBeLessThan(reliability(GOOD));
  });

  it('stays between 0 and 1 at the worst and the best that can be measured', () => {
    const worst = {
      ...GOOD,
      faceWidth: 8,
      sharpness: 0,
      exposure: 0,
      noise: 60,
      yaw: 90,
      roll: 45,
    };
    for (const of of [worst, { ...GOOD, faceWidth: 4000, sharpness: 1 }]) {
      expect(reliability(of)).toBeGreaterThan(0);
      expect(reliability(of)).toBeLessThan(1);
    }
    expect(reliability(worst)).toBeLessThan(0.1);
  });

  it.each([90, 180, -90, -180])(
    'is that of the upright picture where it is turned by %s°',
    (turn) => {
      for (const roll of [0, 12, -12]) {
        const turned = reliability({ ...GOOD, roll: roll + turn });
        expect(turned).toBeCloseTo(reliability({ ...GOOD, roll }), 10);
      }
    },
  );

  it('makes no more of what is past its bounds', () => {
    expect(reliability({ ...GOOD, faceWidth: 2000 })).toBe(
      reliability({ ...GOOD, faceWidth: 200 }),
    );
    expect(reliability({ ...GOOD, yaw: 90 })).toBe(reliability({ ...GOOD, yaw: 70 }));
  });
});
