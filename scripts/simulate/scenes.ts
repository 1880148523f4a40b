/**
 * Honest answers to a challenge, made from photos: poses, and the frames a camera takes of each.
 */
import type { Pixels } from '../../worker/image/pixels.ts';
import { ACTIONS, type Action } from '../../worker/login/poses.ts';
import { encodeJpeg } from './jpeg-encoder.ts';
import { type Photo, render, type View } from './render.ts';
import { expose } from './sensor.ts';
import { head, type Surface } from './surfaces.ts';

/** JPEGs of 640 x 480, as a browser sends them. */
export type Frames = Iterable<Uint8Array>;

export interface Answer {
  readonly frontal: Frames;
  readonly actions: readonly { readonly action: Action; readonly pictures: Frames }[];
}

/** Frames that are rendered when they are first looked at: of most poses one is enough. */
class FramesOnDemand implements Frames {
  private readonly taken: Uint8Array[] = [];

  constructor(
    private readonly count: number,
    private readonly shoot: () => Uint8Array,
  ) {}

  *[Symbol.iterator]() {
    for (let i = 0; i < this.count; i++) {
      if (i === this.taken.length) this.taken.push(this.shoot());
      yield this.taken[i] as Uint8Array;
    }
  }
}

const FRAME = { width: 640, height: 480 } as const;

/** Uniform numbers in [0, 1). */
export type Next = () => number;

/** Turns of those who do as they are told, in degrees: the prompt asks for a clear turn. */
const TURN = [22, 36] as const;
const NOD = [16, 30] as const;
/** The same where both are asked for at once. */
const SIDEWAYS = [18, 32] as const;
const UPWARDS = [14, 26] as const;
/** Standard deviations of a pose from the one that is meant, in degrees and pixels. */
const POSE_JITTER = { yaw: 2.5, pitch: 2.5, roll: 3, shift: 15, size: 0.04 } as const;
/** The same of one frame of a pose, a quarter of a second after the one before. */
const FRAME_JITTER = { yaw: 1, pitch: 1, roll: 1, shift: 4, size: 0.01 } as const;

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

export const between = (next: Next, [low, high]: readonly [number, number]) =>
  low + (high - low) * next();
/** Near enough normal, of deviation 1. */
const gaussian = (next: Next) => (next() + next() + next() + next() - 2) * Math.sqrt(3);

export type Aim = Pick<View, 'yaw' | 'pitch'> & Partial<View>;

/** One person before one camera: size, place and light change a little from frame to frame. */
export class CaptureSession {
  /** Distance of the eyes in pixels. */
  readonly eyes: number;
  private readonly distance: number;
  private readonly gain: number;
  private readonly noise: number;
  private readonly quality: number;

  /** @param count frames that are taken of each pose */
  constructor(
    private readonly next: Next,
    private readonly count: number,
  ) {
    this.eyes = between(next, [62, 92]);
    this.distance = between(next, [6, 10]);
    this.gain = between(next, [0.75, 1.2]);
    this.noise = between(next, [1.5, 4]);
    this.quality = Math.round(between(next, [75, 92]));
  }

  /** A pose held while its frames are taken. */
  hold(photo: Photo, surface: Surface, aim: Aim): Frames {
    const held = this.jitter(this.place(aim), POSE_JITTER);
    return this.take(() => render(photo, surface, this.jitter(held, FRAME_JITTER), FRAME));
  }

  /** Frames of which each has an aim of its own. */
  move(photo: Photo, surface: Surface, aim: () => Aim): Frames {
    return this.take(() =>
      render(photo, surface, this.jitter(this.place(aim()), POSE_JITTER), FRAME),
    );
  }

  /** One frame, before the camera's noise. */
  see(photo: Photo, surface: Surface, aim: Aim): Pixels {
    return render(photo, surface, this.jitter(this.place(aim), POSE_JITTER), FRAME);
  }

  take(see: () => Pixels): Frames {
    return new FramesOnDemand(this.count, () => this.save(see()));
  }

  save(pixels: Pixels): Uint8Array {
    const sensor = { gain: this.gain * (1 + 0.05 * gaussian(this.next)), noise: this.noise };
    return encodeJpeg(expose(pixels, sensor, this.next), this.quality);
  }

  private place(aim: Aim): Required<View> {
    return {
      roll: 0,
      eyes: this.eyes,
      distance: this.distance,
      x: FRAME.width / 2,
      y: FRAME.height * 0.42,
      ...aim,
    };
  }

  private jitter(view: Required<View>, by: typeof POSE_JITTER | typeof FRAME_JITTER) {
    const { next } = this;
    return {
      ...view,
      yaw: view.yaw + by.yaw * gaussian(next),
      pitch: view.pitch + by.pitch * gaussian(next),
      roll: view.roll + by.roll * gaussian(next),
      eyes: view.eyes * (1 + by.size * gaussian(next)),
      x: view.x + by.shift * gaussian(next),
      y: view.y + by.shift * gaussian(next),
    };
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

export const FACING: Aim = { yaw: 0, pitch: 0 };

/** @param count frames that are taken of each pose */
export function honest(
  photo: Photo,
  actions: readonly Action[],
  next: Next,
  count: number,
): Answer {
  const session = new CaptureSession(next, count);
  return {
    frontal: session.hold(photo, head, FACING),
    actions: actions.map((action) => ({
      action,
      pictures: session.hold(photo, head, aimAt(action, next)),
    })),
  };
}
