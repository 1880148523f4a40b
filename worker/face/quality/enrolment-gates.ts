/** Quality gates: limits on a picture before somebody is enrolled or logged in by it. */
import type { Quality } from './quality.ts';
import { type FloorFailure, failing, floorFailures } from './quality-floor.ts';

/**
 * Pixels, shares of 1, and degrees, as `quality` has them. Chosen by `npm run tool -- gate-limits`
 * on people of no training, by how often a picture matches the others of its person at FAR 1e-3:
 *
 * - width and sharpness: made 60 pixels wide, or so blurred, pictures lose 2 % and 5 to 7 % of their
 *   matches; 24 pixels wide half of them
 * - yaw and pitch: beyond these, pictures match seven to eight tenths as often as the others do
 * - roll: photographs hardly show more, so nothing is known beyond
 * - exposure: made about so dark or so bright, pictures lose 3 % and 12 % of their matches. Late,
 *   because a face's brightness is also that of its skin: at 0.3 12 % of UTKFace's pictures of Black
 *   people would be refused and 1.5 % of those of White people. At 0.15 it is 0.3 % or less of every
 *   group.
 * - coverings: `npm run tool -- occlusion` sets the classifier so that 2 of 999 pictures are over the limit
 *   of the mouth, and 24 over that of the eyes, nearly all with sunglasses
 */
export const GATES = {
  faceWidth: 60,
  sharpness: 0.2,
  darkest: 0.15,
  brightest: 0.85,
  mouthCovered: 0.5,
  eyesCovered: 0.5,
  yaw: 30,
  pitch: 25,
  roll: 20,
} as const;

/** Faults of one picture, for the person to mend. */
export type GateFailure = FloorFailure | 'face_too_small' | 'up_or_down' | 'tilted';

/** Everything that is wrong with a picture, what the quality floor asks for included; empty where it is good enough. */
export function gateFailures(quality: Quality): GateFailure[] {
  const { faceWidth, sharpness, exposure, mouthCovered, eyesCovered, yaw, pitch, roll } = quality;
  return [
    ...new Set([
      ...failing<GateFailure>([
        ['face_too_small', faceWidth < GATES.faceWidth],
        ['blurred', sharpness < GATES.sharpness],
        ['too_dark', exposure < GATES.darkest],
        ['too_bright', exposure > GATES.brightest],
      ]),
      ...floorFailures(quality),
      ...failing<GateFailure>([
        ['mouth_covered', mouthCovered > GATES.mouthCovered],
        ['eyes_covered', eyesCovered > GATES.eyesCovered],
        ['turned', Math.abs(yaw) > GATES.yaw],
        ['up_or_down', Math.abs(pitch) > GATES.pitch],
        ['tilted', Math.abs(roll) > GATES.roll],
      ]),
    ]),
  ];
}

/** @param quality undefined for a picture that was refused */
export function isGood(quality: Quality | undefined): boolean {
  return quality !== undefined && gateFailures(quality).length === 0;
}
