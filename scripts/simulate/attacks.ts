/**
 * Answers of attackers: prints held before the camera, strangers, frames sent twice, and scripts.
 */
import type { Action } from '../../worker/login/poses.ts';
import { edgesOf, type Photo } from './render.ts';
import {
  type Aim,
  type Answer,
  aimAt,
  between,
  CaptureSession,
  DIRECTIONS,
  FACING,
  honest,
  type Next,
} from './scenes.ts';
import { type Begin, script, threePictures, warpedPhoto } from './script-attacks.ts';
import { head, sheet } from './surfaces.ts';

/** Assets of an attacker: a photo of the victim, photos of another person, and this project. */
export interface AttackAssets {
  readonly victim: Photo;
  readonly other: Photo;
  /** The Worker's own judgement of frames, for who screens them before they are sent. */
  readonly begin: Begin;
  /** Frames sent of each pose. */
  readonly count: number;
}

type Play = (
  assets: AttackAssets,
  actions: readonly Action[],
  next: Next,
) => Answer | Promise<Answer>;

/** Each attack as an answer to the actions asked for. */
export const ATTACKS = {
  'one print, held still': (assets, actions, next) =>
    withSheet(assets, actions, next, {}, () => FACING),
  'one print, turned round in its plane, moved, nearer and farther': (assets, actions, next) =>
    withSheet(assets, actions, next, {}, () => ({
      ...FACING,
      roll: between(next, [-40, 40]),
      eyes: between(next, [50, 110]),
    })),
  'one print, tilted the way that is asked, 20 to 50°': (assets, actions, next) =>
    withSheet(assets, actions, next, {}, (action) => tilt(action, between(next, [20, 50]))),
  'the same held 20 to 30 cm from the camera': (assets, actions, next) =>
    withSheet(assets, actions, next, {}, (action) => ({
      ...tilt(action, between(next, [20, 50])),
      distance: between(next, [3.2, 4.8]),
    })),
  'one print bent round a level or upright axis (radius 13 to 25 cm) and tilted as asked': (
    assets,
    actions,
    next,
  ) => {
    const curvature = 1 / between(next, [2, 4]);
    const upright = actions.filter((action) => DIRECTIONS[action][0] !== 0).length >= 2;
    const bend = upright ? { upright: curvature } : { level: curvature };
    return withSheet(assets, actions, next, bend, (action) =>
      tilt(action, between(next, [15, 50])),
    );
  },
  "a frontal photo, and another person's turned head": (assets, actions, next) => ({
    ...honest(assets.other, actions, next, assets.count),
    frontal: new CaptureSession(next, assets.count).hold(assets.victim, head, FACING),
  }),
  'another person altogether': ({ other, count }, actions, next) =>
    honest(other, actions, next, count),
  'one true turned frame, sent for every action': ({ victim }, actions, next) => {
    const session = new CaptureSession(next, 1);
    const [once] = session.hold(victim, head, aimAt(actions[0] as Action, next));
    const pictures = [once as Uint8Array];
    return {
      frontal: session.hold(victim, head, FACING),
      actions: actions.map((action) => ({ action, pictures })),
    };
  },
  'turn, other turn, and the first frame once more': ({ victim, count }, actions, next) => {
    const answer = honest(victim, actions.slice(0, 2), next, count);
    const { action, pictures } = answer.actions[0] as Answer['actions'][number];
    const [once] = pictures;
    const sent = { action, pictures: [once as Uint8Array] };
    return { ...answer, actions: [sent, ...answer.actions.slice(1), sent] };
  },
  'a script with three pictures, facing, up and to the left, down; each also mirrored and grey; the first that our own code lets pass is sent':
    ({ victim, begin }, actions, next) => script(threePictures(victim, next), begin, actions),
  'a script with one photo, its plane warped smoothly; the first warp that our own code lets pass is sent':
    ({ victim, begin }, actions, next) => script(warpedPhoto(victim, next), begin, actions),
} as const satisfies Record<string, Play>;
export type Attack = keyof typeof ATTACKS;

function tilt(action: Action, degrees: number): Aim {
  const [left, up] = DIRECTIONS[action];
  const share = left !== 0 && up !== 0 ? Math.SQRT1_2 : 1;
  return { yaw: left * degrees * share, pitch: up * degrees * share };
}

/** A print whose every frame is held anew: as many tries for each pose as frames are taken. */
function withSheet(
  { victim, count }: AttackAssets,
  actions: readonly Action[],
  next: Next,
  bend: { readonly upright?: number; readonly level?: number },
  aim: (action: Action) => Aim,
): Answer {
  const session = new CaptureSession(next, count);
  const paper = sheet(edgesOf(victim), bend);
  return {
    // The print is held flat for the frontal frame: bent, it would look less like the person.
    frontal: session.hold(victim, sheet(edgesOf(victim)), FACING),
    actions: actions.map((action) => ({
      action,
      pictures: session.move(victim, paper, () => aim(action)),
    })),
  };
}
