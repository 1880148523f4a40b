/**
 * Frames of one login that are one picture: the frontal one laid flat and tilted, a turned one sent
 * again, warped or mirrored, or one that has lost the burst's colours.
 */
import { CROP_HEIGHT, CROP_WIDTH, type Crop, FACE_REGION } from '../face/alignment/align.ts';
import type { AlignedFace } from '../face/pipeline.ts';
import { luma } from '../image/luma.ts';
import { type Action, isNod, type Pose } from './poses.ts';
import { type RegistrationTarget, registrationScore, registrationTarget } from './registration.ts';

/** One frame, made ready to be held against the others. */
export interface Shot {
  readonly pose: Pose;
  readonly target: RegistrationTarget;
  /** Mean distance from grey of the face's colours, in 8-bit levels. */
  readonly chroma: number;
}

export interface ActionShot extends Shot {
  readonly action: Action;
}

/**
 * Correlations from which a turned frame is the frontal one's print.
 *
 * A head that turns leaves more than one that nods, so less is asked where it turns. Prints tilted
 * by 20 to 50°, flat, bent or close to the camera, are over it in 97 of 100 where they turn, 92 up
 * and 83 down (363 of each action, 726 where there are two sides); rendered heads that pass for the
 * pose in 2 of 100 where they turn and 5 where they nod.
 */
const PRINT_ATTACK_NCC = { turn: 0.975, nod: 0.99 } as const;

/**
 * Correlation from which two frames of one action are one. They may be as like as one person's two
 * turns to one side (under 0.9968 in 95 of 100 of 136 rendered pairs), so only a copy is recognised: the
 * very frame is at 1, and saved again with new noise half are over 0.999.
 */
const REPLAYED_FRAME_NCC = 0.997;

/**
 * Degrees, yaw and pitch together, from which two frames have two poses. Saved again with new
 * noise, a frame's estimate moves by 0.6 in the median, and by 4.7 at most (136 frames); two
 * actions of one person lie further apart in 98 of 100 (60 people, each pair of actions).
 */
const DISTINCT_POSE_DEGREES = 6;

/**
 * Correlation from which frames of two actions are one picture warped. Of rendered heads 99 of 100
 * lie below 0.988, and 0.993 for a turn and its diagonal neighbour (60 people, each pair of actions).
 */
const WARPED_FRAME_NCC = 0.993;

/**
 * Correlation from which a frame is another one's mirror image. No face is so even: of rendered
 * heads, one turned left and one right, 99 of 100 lie below 0.97.
 */
const MIRRORED_FRAME_NCC = 0.985;

/**
 * Least share of the frontal frame's colour, and most as its inverse. A camera's white balance
 * moves it: of rendered frames 98 of 100 keep 0.84 to 1.18. A grey copy keeps next to none.
 */
const LEAST_CHROMA_SHARE = 0.5;
/** 8-bit levels of colour that a grey camera's noise leaves: less is no colour. */
const GREY_CHROMA = 4;

export function shotOf({ crop, report }: AlignedFace): Shot {
  return {
    pose: report.quality,
    target: registrationTarget(crop, report.landmarks),
    chroma: chromaOf(crop),
  };
}

/**
 * Kinds of a frame that shows no head turned just now: `print`, the frontal one laid flat and
 * tilted; `repeat`, an earlier one again or warped; `mirror`, its mirror image; `grey`, without the
 * frontal one's colours.
 */
export type Repeat = 'print' | 'repeat' | 'mirror' | 'grey';

/** @param before frames that answer the actions before this one */
export function findRepeat(
  frontal: Shot,
  before: readonly ActionShot[],
  shot: ActionShot,
): Repeat | undefined {
  if (lacksColour(frontal, shot)) return 'grey';
  const limit = isNod(shot.action) ? PRINT_ATTACK_NCC.nod : PRINT_ATTACK_NCC.turn;
  if (registrationScore(frontal.target, shot.target, limit) >= limit) return 'print';
  if (before.some((other) => isReplay(other, shot))) return 'repeat';
  const mirror = mirroredTarget(shot.target);
  return before.some((other) => isMirror(other.target, mirror)) ? 'mirror' : undefined;
}

/** One action may be asked for twice, and done alike; two actions want two poses. */
function isReplay(a: ActionShot, b: ActionShot): boolean {
  const same = a.action === b.action;
  const distinct = degreesApart(a.pose, b.pose) >= DISTINCT_POSE_DEGREES;
  if (!same && !distinct) return true;
  if (same && distinct) return false;
  const limit = same ? REPLAYED_FRAME_NCC : WARPED_FRAME_NCC;
  return registrationScore(a.target, b.target, limit) >= limit;
}

function isMirror(target: RegistrationTarget, mirror: RegistrationTarget): boolean {
  return registrationScore(target, mirror, MIRRORED_FRAME_NCC) >= MIRRORED_FRAME_NCC;
}

function lacksColour(a: Shot, b: Shot): boolean {
  const [one, other] = [Math.max(a.chroma, GREY_CHROMA), Math.max(b.chroma, GREY_CHROMA)];
  return Math.min(one, other) < LEAST_CHROMA_SHARE * Math.max(one, other);
}

function degreesApart(a: Pose, b: Pose): number {
  return Math.abs(a.yaw - b.yaw) + Math.abs(a.pitch - b.pitch);
}

/** The template of the crop's mirror image. */
function mirroredTarget({ levels, points }: RegistrationTarget): RegistrationTarget {
  const [rightEye, leftEye, ...middle] = points;
  const swapped = [leftEye, rightEye, ...middle] as typeof points;
  return {
    levels: levels.map(({ width, height, values }) => {
      const out = values.slice();
      for (let row = 0; row < out.length; row += width) out.subarray(row, row + width).reverse();
      return { width, height, values: out };
    }),
    points: swapped.map(({ x, y }) => ({ x: CROP_WIDTH - x, y })),
    fits: new Map(),
  };
}

/** Mean length of (Cb, Cr) over the face (BT.601). */
function chromaOf(crop: Crop): number {
  const plane = CROP_WIDTH * CROP_HEIGHT;
  const { left, right, top, bottom } = FACE_REGION;
  let sum = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const i = y * CROP_WIDTH + x;
      const [r, g, b] = [crop[i], crop[i + plane], crop[i + 2 * plane]] as [number, number, number];
      const grey = luma(r, g, b);
      sum += Math.hypot(0.564 * (b - grey), 0.713 * (r - grey));
    }
  }
  return sum / ((bottom - top) * (right - left));
}
