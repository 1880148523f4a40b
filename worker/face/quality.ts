/** Quality of a face's picture, before it is compared. Rough, cheap, and documented. */
import { CROP_HEIGHT, CROP_WIDTH, type Crop } from './align.ts';
import { coverage } from './coverage.ts';
import type { HeadPose } from './head-pose.ts';

export interface Quality extends HeadPose {
  /** Width of the face's box in pixels of the picture at full size. */
  readonly faceWidth: number;
  /** 0 (smooth) to 1: how much fine detail the crop shows. */
  readonly sharpness: number;
  /** Mean brightness of the face, 0 (black) to 1 (white). */
  readonly exposure: number;
  /** Share of the face that is white in every channel, burnt out: 0 to 1. */
  readonly burntOut: number;
  /** Probability that mouth and nose are covered, as by a medical mask: 0 to 1. */
  readonly mouthCovered: number;
  /** Probability that the eyes are covered, as by sunglasses: 0 to 1. */
  readonly eyesCovered: number;
}

/** The middle of the crop, without hair and background: brows to chin. */
const FACE = { left: 24, right: 92, top: 48, bottom: 120 } as const;

/** Variance of the Laplacian at which sharpness is one half, in squared 8-bit grey levels. */
const HALF_SHARP = 150;

export function quality(faceWidth: number, crop: Crop, orientation: HeadPose): Quality {
  const { mouth, eyes } = coverage(crop);
  return { faceWidth, ...light(crop), mouthCovered: mouth, eyesCovered: eyes, ...orientation };
}

/** Grey level from which up a pixel is white: the camera took in more light than it holds. */
const WHITE = 250;

/** Brightness, and sharpness as the variance of the Laplacian (Pech-Pacheco et al. 2000). */
function light(crop: Crop): Pick<Quality, 'sharpness' | 'exposure' | 'burntOut'> {
  const plane = CROP_WIDTH * CROP_HEIGHT;
  // BT.601 luma
  const luma = (i: number) =>
    0.299 * (crop[i] as number) +
    0.587 * (crop[i + plane] as number) +
    0.114 * (crop[i + 2 * plane] as number);
  let sum = 0;
  let edge = 0;
  let edgeSquared = 0;
  let white = 0;
  for (let y = FACE.top; y < FACE.bottom; y++) {
    for (let x = FACE.left; x < FACE.right; x++) {
      const i = y * CROP_WIDTH + x;
      const here = luma(i);
      const laplacian =
        luma(i - 1) + luma(i + 1) + luma(i - CROP_WIDTH) + luma(i + CROP_WIDTH) - 4 * here;
      sum += here;
      if (
        Math.min(crop[i] as number, crop[i + plane] as number, crop[i + 2 * plane] as number) >=
        WHITE
      )
        white++;
      edge += laplacian;
      edgeSquared += laplacian * laplacian;
    }
  }
  const count = (FACE.bottom - FACE.top) * (FACE.right - FACE.left);
  const variance = edgeSquared / count - (edge / count) ** 2;
  return {
    sharpness: variance / (variance + HALF_SHARP),
    exposure: sum / count / 255,
    burntOut: white / count,
  };
}
