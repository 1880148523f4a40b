/**
 * Attackers without a camera: frames made by a script, screened by the Worker's own code, posted.
 */
import { luma } from '../../worker/image/luma.ts';
import type { Pixels } from '../../worker/image/pixels.ts';
import type { FrameSequence } from '../../worker/login/frame-sequence.ts';
import type { Action } from '../../worker/login/poses.ts';
import { bilinear, edgesOf, type Photo } from './render.ts';
import {
  ANGLES,
  type Answer,
  between,
  CaptureSession,
  DIRECTIONS,
  FACING,
  type Frames,
  type Next,
} from './scenes.ts';
import { head, sheet } from './surfaces.ts';

export type Begin = (frontal: Frames) => Promise<FrameSequence | undefined>;

/** Frames that a script can make: one that faces the camera, and any number for an action. */
export interface Forgery {
  readonly frontal: Uint8Array;
  make(action: Action): Iterable<Uint8Array>;
}

/** The answer of the first frames that pass; where none does, the last that was made. */
export async function script(
  { frontal, make }: Forgery,
  begin: Begin,
  asked: readonly Action[],
): Promise<Answer> {
  const sequence = await begin([frontal]);
  const actions: { action: Action; pictures: Uint8Array[] }[] = [];
  for (const action of asked) {
    let pictures: Uint8Array[] = [];
    for (const picture of make(action)) {
      pictures = [picture];
      if (sequence === undefined) break;
      if ((await sequence.add({ action, pictures })) === undefined) break;
    }
    actions.push({ action, pictures });
  }
  return { frontal: [frontal], actions };
}

/** Three true pictures of the person, the turned ones also as grey mirror images. */
export function threePictures(photo: Photo, next: Next): Forgery {
  const session = new CaptureSession(next, 1);
  const turned = session.see(photo, head, ANGLES['look-up-left']);
  const lowered = session.see(photo, head, ANGLES['look-down']);
  const all = [turned, greyMirror(turned), lowered, greyMirror(lowered)];
  return {
    frontal: session.save(session.see(photo, head, FACING)),
    *make() {
      for (const picture of all) yield session.save(picture);
    },
  };
}

/** Warps that are tried for each action. */
const TRIES = 12;

/**
 * One photo whose nose is moved the way the head would turn, by half the distance of the eyes, fading
 * outwards as a bell curve does: no quadratic map lays it back.
 */
export function warpedPhoto(photo: Photo, next: Next): Forgery {
  const session = new CaptureSession(next, 1);
  const flat = session.see(photo, sheet(edgesOf(photo)), FACING);
  return {
    frontal: session.save(flat),
    *make(action) {
      const [left, up] = DIRECTIONS[action];
      for (let i = 0; i < TRIES; i++) {
        const sideways = left * session.eyes * between(next, [0.4, 0.65]);
        const upwards = up * session.eyes * between(next, [0.4, 0.65]);
        const reach = session.eyes * between(next, [0.5, 0.75]);
        yield session.save(bulge(flat, { sideways, upwards, reach }));
      }
    },
  };
}

/** Moves the middle of the face by so many pixels, what lies `reach` away by 0.6 of it. */
export function bulge(
  picture: Pixels,
  by: { readonly sideways: number; readonly upwards: number; readonly reach: number },
): Pixels {
  const { width, height, rgb } = picture;
  const out = new Uint8Array(rgb.length);
  const middle = { x: width / 2, y: height * 0.5 };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const away = ((x - middle.x) ** 2 + (y - middle.y) ** 2) / by.reach ** 2;
      const share = Math.exp(-away / 2);
      bilinear(picture, x - by.sideways * share, y + by.upwards * share, out, 3 * (y * width + x));
    }
  }
  return { width, height, rgb: out };
}

export function greyMirror(picture: Pixels): Pixels {
  const { width, height, rgb } = mirrorImage(picture);
  const out = new Uint8Array(rgb.length);
  for (let p = 0; p < out.length; p += 3) {
    const [r, g, b] = rgb.subarray(p, p + 3) as unknown as [number, number, number];
    out.fill(luma(r, g, b), p, p + 3);
  }
  return { width, height, rgb: out };
}

export function mirrorImage({ width, height, rgb }: Pixels): Pixels {
  const out = new Uint8Array(rgb.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const p = 3 * (y * width + width - 1 - x);
      out.set(rgb.subarray(p, p + 3), 3 * (y * width + x));
    }
  }
  return { width, height, rgb: out };
}
