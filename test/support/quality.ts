/** Quality of a picture with nothing wrong. */
import type { Quality } from '../../worker/face/quality/quality.ts';

export const GOOD: Quality = {
  reliability: 0.9,
  faceWidth: 180,
  sharpness: 0.6,
  exposure: 0.5,
  burntOut: 0,
  noise: 1,
  mouthCovered: 0,
  eyesCovered: 0,
  yaw: 0,
  pitch: 0,
  roll: 0,
};
