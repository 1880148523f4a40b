/**
 * The quality floor: below it a picture tells too little of a person for a decision.
 *
 * Embeddings of pictures without information gather in one place, so those of different people lie
 * as near to each other as one person's do: a distance between such pictures means nothing.
 */
import { Refusal } from '../errors.ts';
import type { Quality } from './quality.ts';

/**
 * - `enforce`: a picture below the floor is refused
 * - `report`: the answer says what is wrong with it, and decides nothing
 */
export const QUALITY_POLICIES = ['enforce', 'report'] as const;
export type QualityPolicy = (typeof QUALITY_POLICIES)[number];

/** Reasons that keep a picture from being decided on, for the person to mend. */
export const FLOOR_FAILURES = [
  'too_dark',
  'too_bright',
  'blurred',
  'noisy',
  'mouth_covered',
  'eyes_covered',
] as const;
export type FloorFailure = (typeof FLOOR_FAILURES)[number];

/**
 * Chosen on the 200 people that limits are chosen on, by `npm run tool -- floor`: their pictures as
 * they are (the darkest at 0.16, the least sharp at 0.15, the brightest at 0.87, the most burnt out
 * at 0.19, the most noise 5.3) and made worse. `npm run tool -- coverage` sets the limit of a covered mouth so that 2 of
 * 999 pictures are over it, and that of covered eyes so that 24 are, nearly all with sunglasses.
 */
export const FLOOR = {
  darkest: 0.1,
  brightest: 0.88,
  burntOut: 0.2,
  sharpness: 0.1,
  noise: 7,
  mouthCovered: 0.5,
  eyesCovered: 0.5,
} as const;

/** Everything that keeps one picture from being decided on; empty where nothing does. */
export function floorFailures(quality: Quality): FloorFailure[] {
  const { exposure, burntOut, sharpness, noise, mouthCovered } = quality;
  const found: [FloorFailure, boolean][] = [
    ['too_dark', exposure < FLOOR.darkest],
    ['too_bright', exposure > FLOOR.brightest || burntOut > FLOOR.burntOut],
    ['blurred', sharpness < FLOOR.sharpness],
    ['noisy', noise > FLOOR.noise],
    ['mouth_covered', mouthCovered > FLOOR.mouthCovered],
  ];
  return found.flatMap(([failure, is]) => (is ? [failure] : []));
}

export function areEyesCovered({ eyesCovered }: Quality): boolean {
  return eyesCovered > FLOOR.eyesCovered;
}

/**
 * Floor failures of the second of two pictures. Sunglasses leave enough of a face to compare it with a
 * bare one; what two faces with sunglasses have in common is the sunglasses.
 */
export function pairFloorFailures(reference: Quality, probe: Quality): FloorFailure[] {
  const failures = floorFailures(probe);
  return areEyesCovered(reference) && areEyesCovered(probe)
    ? [...failures, 'eyes_covered']
    : failures;
}

/** @throws Refusal `low_quality` where there is any failure */
export function requireReliable(failures: readonly FloorFailure[], field: string): void {
  if (failures.length === 0) return;
  const detail = `The picture tells too little of the person: ${failures.join(', ')}.`;
  throw new Refusal({ code: 'low_quality', detail, reasons: failures, field });
}
