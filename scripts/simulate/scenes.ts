/** Whole answers to a challenge, made from photos: honest ones, and those of attackers. */
import type { Pixels } from '../../worker/image/pixels.ts';
import { ACTIONS, type Action } from '../../worker/login/poses.ts';
import { encodeJpeg } from './jpeg-encoder.ts';
import { edgesOf, type Photo, render, type View } from './render.ts';
import { expose } from './sensor.ts';
import { head, type Surface, sheet } from './surfaces.ts';

/** JPEGs of 640 x 480, as a browser sends them. */
export interface Answer {
  readonly frontal: Uint8Array;
  readonly actions: readonly { readonly action: Action; readonly picture: Uint8Array }[];
}

export const FRAME = { width: 640, height: 480 } as const;

/** Uniform numbers in [0, 1). */
export type Next = () => number;

/** Turns of those who do as they are told, in degrees: the prompt asks for a clear turn. */
const TURN = [22, 36] as const;
const NOD = [16, 30] as const;
/** The same where both are asked for at once. */
const SIDEWAYS = [18, 32] as const;
const UPWARDS = [14, 26] as const;
/** Standard deviations of a pose from the one that is meant, in degrees and pixels. */
const POSE_JITTER = { yaw: 2.5, pitch: 2.5, roll: 3, shift: 15 } as const;

/** Directions of an action: own left, up. */
export const DIRECTIONS: Readonly<Record<Action, readonly [left: number, up: number]>> = {
  'turn-left': [1, 0],
  'turn-right': [-1, 0],
  'look-up': [0, 1],
  'look-down': [0, -1],
  'look-up-left': [1, 1],
  'look-up-right': [-1, 1],
};

/** Degrees of one clear pose each. */
export const ANGLES: Readonly<Record<Action | 'frontal', { yaw: number; pitch: number }>> = {
  frontal: { yaw: 0, pitch: 0 },
  'turn-left': { yaw: 26, pitch: 0 },
  'turn-right': { yaw: -26, pitch: 0 },
  'look-up': { yaw: 0, pitch: 20 },
  'look-down': { yaw: 0, pitch: -24 },
  'look-up-left': { yaw: 24, pitch: 18 },
  'look-up-right': { yaw: -24, pitch: 18 },
};

/** Three actions, no two the same in a row, as the API asks for them. */
export function drawActions(next: Next): Action[] {
  const actions: Action[] = [];
  while (actions.length < 3) {
    const action = ACTIONS[Math.floor(next() * ACTIONS.length)] as Action;
    if (action !== actions.at(-1)) actions.push(action);
  }
  return actions;
}

const between = (next: Next, [low, high]: readonly [number, number]) => low + (high - low) * next();
/** Near enough normal, of deviation 1. */
const bell = (next: Next) => (next() + next() + next() + next() - 2) * Math.sqrt(3);

type Aim = Pick<View, 'yaw' | 'pitch'> & Partial<View>;

/** One person before one camera: size, place and light change a little from frame to frame. */
export class CaptureSession {
  private readonly eyes: number;
  private readonly distance: number;
  private readonly gain: number;
  private readonly noise: number;
  private readonly quality: number;

  constructor(private readonly next: Next) {
    this.eyes = between(next, [62, 92]);
    this.distance = between(next, [6, 10]);
    this.gain = between(next, [0.75, 1.2]);
    this.noise = between(next, [1.5, 4]);
    this.quality = Math.round(between(next, [75, 92]));
  }

  /** Frame that the camera sees, before its noise. */
  see(photo: Photo, surface: Surface, aim: Aim): Pixels {
    const { next } = this;
    const view = {
      roll: POSE_JITTER.roll * bell(next),
      eyes: this.eyes * (1 + 0.04 * bell(next)),
      distance: this.distance,
      x: FRAME.width / 2 + POSE_JITTER.shift * bell(next),
      y: FRAME.height * 0.42 + POSE_JITTER.shift * bell(next),
      ...aim,
      yaw: aim.yaw + POSE_JITTER.yaw * bell(next),
      pitch: aim.pitch + POSE_JITTER.pitch * bell(next),
    };
    return render(photo, surface, view, FRAME);
  }

  shoot(photo: Photo, surface: Surface, aim: Aim): Uint8Array {
    return this.save(this.see(photo, surface, aim));
  }

  save(pixels: Pixels): Uint8Array {
    const sensor = { gain: this.gain * (1 + 0.05 * bell(this.next)), noise: this.noise };
    return encodeJpeg(expose(pixels, sensor, this.next), this.quality);
  }
}

/** Pose of one who does as asked. */
export function aimAt(action: Action, next: Next): Aim {
  const [left, up] = DIRECTIONS[action];
  const both = left !== 0 && up !== 0;
  return {
    yaw: left * between(next, both ? SIDEWAYS : TURN),
    pitch: up * between(next, both ? UPWARDS : NOD),
  };
}

const FACING: Aim = { yaw: 0, pitch: 0 };

export function honest(photo: Photo, actions: readonly Action[], next: Next): Answer {
  const session = new CaptureSession(next);
  return {
    frontal: session.shoot(photo, head, FACING),
    actions: actions.map((action) => ({
      action,
      picture: session.shoot(photo, head, aimAt(action, next)),
    })),
  };
}

/** Assets of an attacker: a photo of the victim, and one of another person. */
export interface AttackAssets {
  readonly victim: Photo;
  readonly other: Photo;
}

/** Each attack as an answer to the actions asked for. */
export const ATTACKS = {
  'one print, held still': ({ victim }, actions, next) =>
    withSheet(victim, actions, next, {}, () => FACING),
  'one print, turned round in its plane, moved, nearer and farther': ({ victim }, actions, next) =>
    withSheet(victim, actions, next, {}, () => ({
      ...FACING,
      roll: between(next, [-40, 40]),
      eyes: between(next, [50, 110]),
    })),
  'one print, tilted the way that is asked, 20 to 50°': ({ victim }, actions, next) =>
    withSheet(victim, actions, next, {}, (action) => tilt(action, between(next, [20, 50]))),
  'the same held 20 to 30 cm from the camera': ({ victim }, actions, next) =>
    withSheet(victim, actions, next, {}, (action) => ({
      ...tilt(action, between(next, [20, 50])),
      distance: between(next, [3.2, 4.8]),
    })),
  'one print bent round a level or upright axis (radius 13 to 25 cm) and tilted as asked': (
    { victim },
    actions,
    next,
  ) => {
    const curvature = 1 / between(next, [2, 4]);
    const upright = actions.filter((action) => DIRECTIONS[action][0] !== 0).length >= 2;
    return withSheet(
      victim,
      actions,
      next,
      upright ? { upright: curvature } : { level: curvature },
      (action) => tilt(action, between(next, [15, 50])),
    );
  },
  "a frontal photo, and another person's turned head": ({ victim, other }, actions, next) => ({
    ...honest(other, actions, next),
    frontal: new CaptureSession(next).shoot(victim, head, FACING),
  }),
  'another person altogether': ({ other }, actions, next) => honest(other, actions, next),
  'one true turned frame, sent for every action': ({ victim }, actions, next) => {
    const session = new CaptureSession(next);
    const picture = session.shoot(victim, head, aimAt(actions[0] as Action, next));
    return {
      frontal: session.shoot(victim, head, FACING),
      actions: actions.map((action) => ({ action, picture })),
    };
  },
  'turn, other turn, and the first frame once more': ({ victim }, actions, next) => {
    const [first, second] = actions as [Action, Action];
    const answer = honest(victim, [first, second], next);
    const repeat = answer.actions[0] as Answer['actions'][number];
    return { ...answer, actions: [...answer.actions, repeat] };
  },
} as const satisfies Record<
  string,
  (assets: AttackAssets, actions: readonly Action[], next: Next) => Answer
>;
export type Attack = keyof typeof ATTACKS;

function tilt(action: Action, degrees: number): Aim {
  const [left, up] = DIRECTIONS[action];
  const share = left !== 0 && up !== 0 ? Math.SQRT1_2 : 1;
  return { yaw: left * degrees * share, pitch: up * degrees * share };
}

function withSheet(
  photo: Photo,
  actions: readonly Action[],
  next: Next,
  bend: { readonly upright?: number; readonly level?: number },
  aim: (action: Action) => Aim,
): Answer {
  const session = new CaptureSession(next);
  const paper = sheet(edgesOf(photo), bend);
  return {
    // For the frontal frame it is held flat: bent, it would look less like the person.
    frontal: session.shoot(photo, sheet(edgesOf(photo)), FACING),
    actions: actions.map((action) => ({
      action,
      picture: session.shoot(photo, paper, aim(action)),
    })),
  };
}
