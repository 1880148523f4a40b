/** The head poses a login asks for, and which pose fits which. Pure; the limits are all here. */
import type { HeadPose } from '../face/head-pose.ts';

/**
 * Each turns the head out of the picture's plane. A head leaned to its shoulder can be had by turning
 * a print round, and a face that comes nearer by moving it, so neither is one. A print that is tilted
 * may still pass for a turned head: Face Mesh gives it a depth it has not; `print-attack.ts` tells the two
 * apart. Left and right are the person's own.
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

/** Whether an action keeps the head straight ahead, and only lifts or lowers it. */
export function isNod(action: Action): boolean {
  return action === 'look-up' || action === 'look-down';
}

/** Degrees as `estimateHeadPose` estimates them: own left and up are positive. */
export type Pose = Pick<HeadPose, 'yaw' | 'pitch'>;

/**
 * What an action must at least come to, in estimated degrees against the frontal frame: nobody's
 * face is the mean one, and a camera looks from above or below, but both stay as they are from
 * frame to frame.
 *
 * Chosen on heads and prints rendered from photos of some 120 people (`scripts/simulate/scenes.ts`): of
 * turns of 22 to 36° 97 of 100 do; of nods of 16 to 30° 99 up and 98 down; of both at once 89 to 95.
 * Most of the others are frames in which no face was found. A flat print tilted by 20 to 50° passes
 * in 15 of 100 sideways, 25 up, 6 down, and none askew; bent, or 20 to 30 cm from the camera, in 41
 * to 65 sideways, up or down, and 17 to 32 askew: for those there is `print-attack.ts`.
 */
const TURN = 9;
const NOD = { up: 5, down: 5 } as const;
/** Where both are asked for at once people do less of each, and the estimate of the nod falls off. */
const SIDEWAYS = 7;
const UPWARDS = 1;

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
const FACING = { yaw: 12, pitch: 15 } as const;

export function facesCamera({ yaw, pitch }: Pose): boolean {
  return Math.abs(yaw) <= FACING.yaw && Math.abs(pitch) <= FACING.pitch;
}
