/** The head poses a login asks for, and which pose fits which. Pure; the limits are all here. */
import type { HeadPose } from '../face/alignment/head-pose.ts';

/**
 * Each turns the head out of the picture's plane. A head leaned to its shoulder can be had by
 * turning a print round, and a face that comes nearer by moving it, so neither is one. A print that
 * is tilted may still pass for a turned head: Face Mesh gives it a depth it has not;
 * `registration.ts` tells the two apart. Left and right are the person's own.
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

/** Tells an action that keeps the head straight ahead, and only lifts or lowers it. */
export function isNod(action: Action): boolean {
  return action === 'look-up' || action === 'look-down';
}

/** Degrees as `estimateHeadPose` estimates them: own left and up are positive. */
export type Pose = Pick<HeadPose, 'yaw' | 'pitch'>;

/**
 * Least movement of each action, in estimated degrees against the frontal frame: nobody's face is
 * the mean one, and a camera looks from above or below, but both stay as they are from frame to
 * frame.
 */
const TURN = 9;
const NOD = 5;
const SIDEWAYS = 7;
const UPWARDS = 1;

/**
 * Sectors of the direction of movement, so that a diagonal pose is no turn and no nod: in a nod the
 * head moves less than 0.8 degrees sideways for each up or down, in a turn it rises by less than
 * 0.3 for each sideways. Of 60 people's rendered turns and nods 1 in 100 is refused for it. A diagonal
 * pose that rises little may also pass for a turn: cut apart there, 1 honest diagonal pose in 20
 * would be lost; `repeats.ts` lets no pose answer two actions of one login.
 */
const NOD_SECTOR = 0.8;
const TURN_SECTOR = 0.3;

/** @returns whether `pose` answers the action, as seen from the frontal frame's */
export function performs(action: Action, frontal: Pose, pose: Pose): boolean {
  const left = pose.yaw - frontal.yaw;
  const up = pose.pitch - frontal.pitch;
  switch (action) {
    case 'turn-left':
      return left >= TURN && isSideways(left, up);
    case 'turn-right':
      return left <= -TURN && isSideways(-left, up);
    case 'look-up':
      return up >= NOD && isNodding(left, up);
    case 'look-down':
      return up <= -NOD && isNodding(left, -up);
    case 'look-up-left':
      return left >= SIDEWAYS && up >= UPWARDS && !isNodding(left, up);
    case 'look-up-right':
      return left <= -SIDEWAYS && up >= UPWARDS && !isNodding(left, up);
  }
}

const isNodding = (left: number, nod: number) => Math.abs(left) < NOD_SECTOR * nod;
const isSideways = (turn: number, up: number) => up < TURN_SECTOR * turn && !isNodding(turn, -up);

/**
 * Degrees up to which a frame faces the camera: past these the frontal frame would itself be a
 * turned one, so that facing the camera would pass for the opposite turn. Enrolment allows more.
 */
const FACING = { yaw: 12, pitch: 15 } as const;

export function facesCamera({ yaw, pitch }: Pose): boolean {
  return Math.abs(yaw) <= FACING.yaw && Math.abs(pitch) <= FACING.pitch;
}
