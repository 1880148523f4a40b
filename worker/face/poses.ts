/** The head poses a login asks for, and which pose fits which. Pure; the limits are all here. */
import type { Landmarks } from './detect.ts';
import { pose as estimate, type Quality } from './quality.ts';

/**
 * Each turns the head out of the picture's plane, so that the tip of the nose, which stands out,
 * moves against eyes and mouth: on a flat print it cannot. A head leaned to its shoulder can be had
 * by turning a print round, and a face that comes nearer by moving it, so neither is one. Left and
 * right are the person's own.
 */
export const ACTIONS = [
  'turn-left',
  'turn-right',
  'look-up',
  'look-down',
  'look-up-left',
  'look-up-right',
] as const;
export type Action = (typeof ACTIONS)[number];

/** Degrees as `quality` estimates them: own left and up are positive. Good to some 5 degrees. */
export type Pose = Pick<Quality, 'yaw' | 'pitch'>;

export function poseOf(landmarks: Landmarks): Pose {
  const { yaw, pitch } = estimate(landmarks);
  return { yaw, pitch };
}

/**
 * What an action must at least come to, in estimated degrees against the frontal frame: nobody's
 * nose is of the mean length, and a camera looks from above or below, but both stay as they are
 * from frame to frame.
 *
 * Chosen on heads and prints rendered from 180 photos (`scripts/lib/scenes.ts`): turns of
 * 22 to 36° came out at 14 or more in 94 of 100; nods of 16 to 30° at 7 or more in 95 when up and
 * at 5 or more in 96 when down, where the estimate is shortest; both at once in 84 to 91. A flat
 * print tilted by 20 to 50° passes in 11 of 100 sideways, 5 down, 3 askew, and 58 up: for those there
 * is `planar.ts`.
 */
const TURN = 14;
const NOD = { up: 7, down: 5 } as const;
/** Where both are asked for at once people do less of each, and the estimate of the nod falls off. */
const SIDEWAYS = 10;
const UPWARDS = 2.5;

export function performs(action: Action, frontal: Pose, pose: Pose): boolean {
  const left = pose.yaw - frontal.yaw;
  const up = pose.pitch - frontal.pitch;
  switch (action) {
    case 'turn-left':
      return left >= TURN;
    case 'turn-right':
      return left <= -TURN;
    case 'look-up':
      return up >= NOD.up;
    case 'look-down':
      return up <= -NOD.down;
    case 'look-up-left':
      return left >= SIDEWAYS && up >= UPWARDS;
    case 'look-up-right':
      return left <= -SIDEWAYS && up >= UPWARDS;
  }
}

/**
 * Degrees up to which a frame faces the camera: past these the frontal frame would itself be a
 * turned one, so that facing the camera would pass for the opposite turn. Enrolment allows more.
 */
const FACING = { yaw: 15, pitch: 15 } as const;

export function facesCamera({ yaw, pitch }: Pose): boolean {
  return Math.abs(yaw) <= FACING.yaw && Math.abs(pitch) <= FACING.pitch;
}
