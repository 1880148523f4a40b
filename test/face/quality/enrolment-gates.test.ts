import { describe, expect, it } from 'vitest';
import {
  GATES,
  type GateFailure,
  gateFailures,
  isGood,
} from '../../../worker/face/quality/enrolment-gates.ts';
import type { Quality } from '../../../worker/face/quality/quality.ts';
import { FLOOR } from '../../../worker/face/quality/quality-floor.ts';
import { GOOD } from '../../support/quality.ts';

/** Each limit from both sides: at it a picture is good, beyond it there is one thing wrong. */
const LIMITS: readonly [GateFailure, keyof Quality, number, number][] = [
  ['face_too_small', 'faceWidth', GATES.faceWidth, -0.01],
  ['blurred', 'sharpness', GATES.sharpness, -0.001],
  ['too_dark', 'exposure', GATES.darkest, -0.001],
  ['too_bright', 'exposure', GATES.brightest, 0.001],
  ['too_bright', 'burntOut', FLOOR.burntOut, 0.001],
  ['noisy', 'noise', FLOOR.noise, 0.001],
  ['mouth_covered', 'mouthCovered', GATES.mouthCovered, 0.001],
  ['eyes_covered', 'eyesCovered', GATES.eyesCovered, 0.001],
  ['turned', 'yaw', GATES.yaw, 0.01],
  ['turned', 'yaw', -GATES.yaw, -0.01],
  ['up_or_down', 'pitch', GATES.pitch, 0.01],
  ['up_or_down', 'pitch', -GATES.pitch, -0.01],
  ['tilted', 'roll', GATES.roll, 0.01],
  ['tilted', 'roll', -GATES.roll, -0.01],
];

describe('gateFailures', () => {
  it.each(LIMITS)('are %s when %s is beyond %f', (shortcoming, name, limit, step) => {
    expect(gateFailures({ ...GOOD, [name]: limit })).toEqual([]);
    expect(gateFailures({ ...GOOD, [name]: limit + step })).toEqual([shortcoming]);
  });

  it('are all named at once', () => {
    const hidden = { burntOut: 1, noise: 30, mouthCovered: 1, eyesCovered: 1 };
    const turned = { yaw: 70, pitch: -60, roll: 90 };
    const bad = { ...GOOD, faceWidth: 30, sharpness: 0, exposure: 0.01, ...hidden, ...turned };
    expect(gateFailures(bad)).toEqual([
      'face_too_small',
      'blurred',
      'too_dark',
      'too_bright',
      'noisy',
      'turned',
      'mouth_covered',
      'eyes_covered',
      'up_or_down',
      'tilted',
    ]);
  });

  it('are none of a good picture, and a refused one is not good', () => {
    expect(gateFailures(GOOD)).toEqual([]);
    expect(isGood(GOOD)).toBe(true);
    expect(isGood({ ...GOOD, yaw: 70 })).toBe(false);
    expect(isGood(undefined)).toBe(false);
  });
});
