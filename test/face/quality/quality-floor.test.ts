import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../worker/errors.ts';
import { CROP_HEIGHT, CROP_WIDTH } from '../../../worker/face/alignment/align.ts';
import { FEATURES, logOdds, occlusionFeatures } from '../../../worker/face/quality/occlusion.ts';
import type { Quality } from '../../../worker/face/quality/quality.ts';
import {
  enforceFloor,
  FLOOR,
  type FloorFailure,
  floorFailures,
  SHARED,
  undecidedProbe,
  undecidedReasons,
  weaknesses,
} from '../../../worker/face/quality/quality-floor.ts';
import { GOOD } from '../../support/quality.ts';

const LIMITS: readonly [FloorFailure, keyof Quality, number, number][] = [
  ['too_dark', 'exposure', FLOOR.darkest, -0.001],
  ['too_bright', 'exposure', FLOOR.brightest, 0.001],
  ['too_bright', 'burntOut', FLOOR.burntOut, 0.001],
  ['blurred', 'sharpness', FLOOR.sharpness, -0.001],
  ['noisy', 'noise', FLOOR.noise, 0.001],
  ['turned', 'yaw', FLOOR.yaw, 0.001],
  ['turned', 'yaw', -FLOOR.yaw, -0.001],
];

const WEAK: readonly [FloorFailure, keyof Quality, number, number][] = [
  ['blurred', 'sharpness', SHARED.sharpness, -0.001],
  ['turned', 'yaw', SHARED.yaw, 0.001],
  ['turned', 'yaw', -SHARED.yaw, -0.001],
  ['mouth_covered', 'mouthCovered', SHARED.mouthCovered, 0.001],
  ['eyes_covered', 'eyesCovered', SHARED.eyesCovered, 0.001],
];

describe('the quality floor', () => {
  it.each(LIMITS)('is missed as %s when %s is beyond %f', (failure, name, limit, step) => {
    expect(floorFailures({ ...GOOD, [name]: limit })).toEqual([]);
    expect(floorFailures({ ...GOOD, [name]: limit + step })).toEqual([failure]);
  });

  it('leaves turned, small and leaning faces to the gates of enrolment', () => {
    expect(floorFailures({ ...GOOD, faceWidth: 24, yaw: FLOOR.yaw, pitch: 60, roll: 180 })).toEqual(
      [],
    );
  });

  it.each(WEAK)('takes one picture that is %s, not two', (failure, name, limit, step) => {
    const weak = { ...GOOD, [name]: limit + step };
    expect(weaknesses({ ...GOOD, [name]: limit })).not.toContain(failure);
    expect(weaknesses(weak)).toEqual([failure]);
    expect(undecidedReasons(weak, GOOD)).toBeUndefined();
    expect(undecidedReasons(GOOD, weak)).toBeUndefined();
    expect(undecidedReasons(weak, weak)).toEqual({ probe: [failure] });
    expect(undecidedProbe(weak)).toBeUndefined();
  });

  it('takes two mouths that are perhaps covered, and none beside one that surely is', () => {
    const { mouthCovered, mouthPerhaps } = SHARED;
    const [sure, perhaps, bare] = [mouthCovered + 0.001, mouthPerhaps + 0.001, mouthPerhaps].map(
      (covered) => ({ ...GOOD, mouthCovered: covered }),
    ) as [Quality, Quality, Quality];
    expect(undecidedReasons(perhaps, perhaps)).toBeUndefined();
    expect(undecidedReasons(perhaps, sure)).toEqual({ probe: ['mouth_covered'] });
    expect(undecidedReasons(sure, perhaps)).toEqual({ probe: ['mouth_covered'] });
    expect(undecidedReasons(sure, bare)).toBeUndefined();
    expect(undecidedReasons(bare, sure)).toBeUndefined();
  });

  it('takes two pictures with weaknesses of their own', () => {
    const [masked, blurred] = [
      { ...GOOD, mouthCovered: 1 },
      { ...GOOD, sharpness: 0.1 },
    ];
    expect(undecidedReasons(masked, blurred)).toBeUndefined();
    expect(undecidedReasons(masked, { ...blurred, mouthCovered: 1 })).toEqual({
      probe: ['mouth_covered'],
    });
  });

  it('tells each picture its own reasons, and each reason once', () => {
    const [dark, grey] = [
      { ...GOOD, exposure: 0 },
      { ...GOOD, sharpness: 0 },
    ];
    expect(undecidedReasons(dark, GOOD)).toEqual({ reference: ['too_dark'] });
    expect(undecidedReasons(dark, grey)).toEqual({ reference: ['too_dark'], probe: ['blurred'] });
    expect(undecidedReasons(grey, grey)).toEqual({ reference: ['blurred'], probe: ['blurred'] });
    expect(undecidedProbe(dark)).toEqual({ probe: ['too_dark'] });
  });

  it('refuses with the reasons and the field, unless it is to report', () => {
    const reasons = { probe: ['too_dark', 'blurred'] as const };
    expect(() => enforceFloor(undefined)).not.toThrow();
    expect(() => enforceFloor(reasons, 'report')).not.toThrow();
    const refuse = () => enforceFloor(reasons);
    expect(refuse).toThrow(Refusal);
    expect(refuse).toThrow(
      expect.objectContaining({
        failure: expect.objectContaining({
          code: 'low_quality',
          field: 'probe',
          reasons: ['too_dark', 'blurred'],
        }),
      }),
    );
    expect(() => enforceFloor({ reference: ['noisy'] })).toThrow(
      expect.objectContaining({ failure: expect.objectContaining({ field: 'reference' }) }),
    );
  });
});

describe('features of coverings', () => {
  const crop = (value: (x: number, y: number, channel: number) => number) =>
    Uint8Array.from({ length: 3 * CROP_WIDTH * CROP_HEIGHT }, (_, i) => {
      const at = i % (CROP_WIDTH * CROP_HEIGHT);
      const channel = Math.floor(i / (CROP_WIDTH * CROP_HEIGHT));
      return value(at % CROP_WIDTH, Math.floor(at / CROP_WIDTH), channel);
    });

  it('are nought where there is one colour', () => {
    const features = occlusionFeatures(crop((_x, _y, channel) => 40 + 60 * channel));
    expect(features).toHaveLength(FEATURES);
    expect(Math.max(...features.map(Math.abs))).toBeLessThan(1e-6);
  });

  it('do not change with the light, and know where it is dark', () => {
    const picture = (by: number) => crop((x, y) => by * (60 + (y > 70 ? 80 : 0) + (x % 2)));
    const [bright, dim] = [1.5, 0.75].map((by) => occlusionFeatures(picture(by))) as [
      Float32Array,
      Float32Array,
    ];
    for (const [i, value] of bright.entries()) {
      expect(Math.abs(value - (dim[i] as number))).toBeLessThan(0.1);
    }
    expect(bright[0]).toBeLessThan(-0.5);
    expect(bright[14 * 16]).toBeGreaterThan(0.5);
    expect(bright[FEATURES / 2]).toBeCloseTo(-(bright[0] as number));
  });

  it('add up by their weights', () => {
    const weights = { bias: -1, scale: 0.5, weights: [2, 0, -4] };
    expect(logOdds(weights, Float32Array.of(1, 9, 0.25))).toBeCloseTo(-0.5);
  });
});
