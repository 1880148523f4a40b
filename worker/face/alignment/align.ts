/**
 * Alignment: from landmarks to the crop that the embedding network takes.
 *
 * Dependants of the crop, besides the networks: the id of a model (`../embedding/model-id.ts`); the region of
 * the face below, which `../quality/quality.ts` and `../../login/repeats.ts` measure in; the blocks of
 * `../quality/occlusion.ts`; the steps and limits of `../../login/registration.ts`; the least width of a face in
 * `../detection/locate.ts`; and, offline, the part of it that each teacher sees (`scripts/dataset/teachers.ts`)
 * and the packs that networks are trained on.
 */

import type { Pyramid } from '../../image/pyramid.ts';
import type { Affine } from '../../image/sampling/sampler.ts';
import { type Landmarks, mean, type Point } from './geometry.ts';

export const CROP_WIDTH = 116;
export const CROP_HEIGHT = 140;

/** The aligned face: planar RGB, 3 x 140 x 116 bytes. */
export type Crop = Uint8Array;

/** Brows to chin, without hair and background, in crop pixels. */
export const FACE_REGION = { left: 24, right: 92, top: 48, bottom: 120 } as const;

/**
 * Places of the landmarks in the crop: the template of ArcFace (arXiv:1801.07698, 112 x 112), its
 * two mouth corners averaged, widened to 116 and lowered by 8 px to leave room for the forehead.
 */
export const CROP_TEMPLATE: Readonly<Record<'rightEye' | 'leftEye' | 'nose' | 'mouth', Point>> = {
  rightEye: onTemplate(38.2946, 51.6963),
  leftEye: onTemplate(73.5318, 51.5014),
  nose: onTemplate(56.0252, 71.7366),
  mouth: onTemplate((41.5493 + 70.7299) / 2, (92.3655 + 92.2041) / 2),
};

function onTemplate(x: number, y: number): Point {
  const scale = CROP_WIDTH / 112;
  return { x: x * scale, y: y * scale + 8 };
}

/**
 * The similarity transform (rotation, one scale, shift) from crop to picture that fits the
 * landmarks best in the least-squares sense (Umeyama 1991, without reflection). The template
 * counts from pixel centres, the landmarks from the picture's corner.
 */
export function alignment(landmarks: Landmarks): Affine {
  const names = Object.keys(CROP_TEMPLATE) as (keyof typeof CROP_TEMPLATE)[];
  const from = names.map((name) => CROP_TEMPLATE[name]);
  const to = names.map((name) => landmarks[name]);
  const p = mean(from);
  const q = mean(to);
  let dot = 0;
  let cross = 0;
  let spread = 0;
  for (const [i, point] of from.entries()) {
    const px = point.x - p.x;
    const py = point.y - p.y;
    const target = to[i] as Point;
    const qx = target.x - q.x;
    const qy = target.y - q.y;
    dot += px * qx + py * qy;
    cross += px * qy - py * qx;
    spread += px * px + py * py;
  }
  const cos = dot / spread;
  const sin = cross / spread;
  return {
    a: cos,
    b: -sin,
    c: q.x - cos * p.x + sin * p.y,
    d: sin,
    e: cos,
    f: q.y - sin * p.x - cos * p.y,
  };
}

/** Cuts the aligned face out of the picture its landmarks were found in. */
export function align(picture: Pyramid, landmarks: Landmarks): Crop {
  const crop = new Uint8Array(3 * CROP_HEIGHT * CROP_WIDTH);
  const map = alignment(landmarks);
  const centres = { ...map, c: map.c - 0.5, f: map.f - 0.5 };
  picture.sample(centres, CROP_WIDTH, CROP_HEIGHT, crop);
  return crop;
}
