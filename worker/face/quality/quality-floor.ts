/**
 * The quality floor: below it a picture tells too little of a person for a decision.
 *
 * Embeddings of pictures without information gather in one place, so those of different people lie
 * as near to each other as one person's do: a distance between such pictures means nothing. Between
 * such a picture and a good one it does (`npm run tool -- floor` measures both), so weaknesses that
 * leave something of a face count only where two pictures share them.
 */
import { Refusal } from '../../errors.ts';
import { adviceOn } from './advice.ts';
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
  'turned',
  'mouth_covered',
  'eyes_covered',
] as const;
export type FloorFailure = (typeof FLOOR_FAILURES)[number];

/**
 * Limits of one picture. Chosen on the 200 people that limits are chosen on, as they are (the darkest at
 * 0.16, the brightest at 0.87, the most burnt out at 0.19, the most noise 5.3) and made worse
 * (`npm run tool -- floor --dry`). Under so little sharpness most pictures do not even match
 * themselves as they were.
 *
 * Yaw is that of a face in profile (`PROFILE_YAW`): of 25 such faces none to two of 81 pairs with a frontal
 * picture of the same person passed, and 7 to 28 % of the pairs of different people.
 */
export const FLOOR = {
  darkest: 0.1,
  brightest: 0.88,
  burntOut: 0.2,
  sharpness: 0.04,
  noise: 7,
  yaw: 68,
} as const;

/**
 * Limits of what two pictures must not share. Both have to be beyond one, so they can be wide: of
 * pictures made 20 pixels small all are less sharp, and of drawn sunglasses on people whom the
 * classifier has not seen all are recognised. Of mouths one has to be surely covered, since some bare ones give
 * 0.12 and 0.22: of the pairs with drawn masks on both faces 99.2 % are recognised (model card). Of two
 * faces that are turned by more than 40 estimated degrees 0.2 to 6 % of the pairs of different people
 * passed as one, the more the further; of one such face beside another 0.06 %.
 */
export const SHARED = {
  sharpness: 0.2,
  mouthCovered: 0.5,
  mouthPerhaps: 0.05,
  eyesCovered: 0.4,
  yaw: 40,
} as const;

/** A failure that counts where two pictures share it, or what only may be one. */
export type Weakness = FloorFailure | 'mouth_perhaps_covered';

/** Everything that keeps one picture from being decided on; empty where nothing does. */
export function floorFailures(quality: Quality): FloorFailure[] {
  const { exposure, burntOut, sharpness, noise, yaw } = quality;
  return failing([
    ['too_dark', exposure < FLOOR.darkest],
    ['too_bright', exposure > FLOOR.brightest || burntOut > FLOOR.burntOut],
    ['blurred', sharpness < FLOOR.sharpness],
    ['noisy', noise > FLOOR.noise],
    ['turned', Math.abs(yaw) > FLOOR.yaw],
  ]);
}

/** Weaknesses of a picture, which keep it from being decided on beside one that has the same. */
export function weaknesses(quality: Quality): Weakness[] {
  const { sharpness, mouthCovered, eyesCovered, yaw } = quality;
  const surely = mouthCovered > SHARED.mouthCovered;
  return failing([
    ['blurred', sharpness < SHARED.sharpness],
    ['turned', Math.abs(yaw) > SHARED.yaw],
    ['mouth_covered', surely],
    ['mouth_perhaps_covered', !surely && mouthCovered > SHARED.mouthPerhaps],
    ['eyes_covered', eyesCovered > SHARED.eyesCovered],
  ]);
}

/** The failures whose check holds. */
export function failing<Failure>(checks: readonly (readonly [Failure, boolean])[]): Failure[] {
  return checks.flatMap(([failure, is]) => (is ? [failure] : []));
}

/** Reasons why nothing is decided, by picture; a picture that is good enough is absent. */
export interface UndecidedReasons {
  readonly reference?: readonly FloorFailure[] | undefined;
  readonly probe?: readonly FloorFailure[] | undefined;
}

/**
 * Reasons that keep two pictures from being decided on, undefined where nothing does. What they share
 * counts against the probe: the reference may be all there is of a person.
 */
export function undecidedReasons(reference: Quality, probe: Quality): UndecidedReasons | undefined {
  const shared = sharedWeaknesses(weaknesses(reference), weaknesses(probe));
  return reasonsOf({
    reference: floorFailures(reference),
    probe: [...new Set([...floorFailures(probe), ...shared])],
  });
}

/**
 * The same of a probe beside a template: enrolment takes no blurred, no turned and no covered face, so there is
 * no weakness to share.
 */
export function undecidedProbe(probe: Quality): UndecidedReasons | undefined {
  return reasonsOf({ probe: floorFailures(probe) });
}

/** True of two pictures that share a weakness; most have none. */
export function sharesWeakness(one: readonly Weakness[], other: readonly Weakness[]): boolean {
  return one.length > 0 && other.length > 0 && sharedWeaknesses(one, other).length > 0;
}

function sharedWeaknesses(one: readonly Weakness[], other: readonly Weakness[]): FloorFailure[] {
  const suspects = (list: readonly Weakness[], failure: FloorFailure) =>
    list.includes(failure) ||
    (failure === 'mouth_covered' && list.includes('mouth_perhaps_covered'));
  return FLOOR_FAILURES.filter(
    (failure) =>
      (one.includes(failure) && suspects(other, failure)) ||
      (other.includes(failure) && suspects(one, failure)),
  );
}

function reasonsOf(
  failures: Readonly<Record<string, readonly FloorFailure[]>>,
): UndecidedReasons | undefined {
  const found = Object.entries(failures).filter(([, of]) => of.length > 0);
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

/**
 * Refuses what is not decided on, unless that is only to be reported.
 *
 * @throws Refusal `low_quality` with the reasons and the field of the first picture that has any
 */
export function enforceFloor(
  reasons: UndecidedReasons | undefined,
  policy: QualityPolicy = 'enforce',
): void {
  if (reasons === undefined || policy === 'report') return;
  for (const [field, of = []] of Object.entries(reasons)) {
    const detail = `The picture tells too little of the person: ${of.join(', ')}. ${adviceOn(of)}`;
    throw new Refusal({ code: 'low_quality', detail, reasons: of, field });
  }
}
