/** Quality of a face's picture, before it is compared. Rough, cheap, and documented. */
import { CROP_HEIGHT, CROP_WIDTH, type Crop } from './align.ts';
import type { HeadPose } from './head-pose.ts';
import { occlusion } from './occlusion.ts';

export interface Quality extends HeadPose {
  /** Width of the face's box in pixels of the picture at full size. */
  readonly faceWidth: number;
  /** 0 (smooth) to 1: how much fine detail the crop shows. */
  readonly sharpness: number;
  /** Mean brightness of the face, 0 (black) to 1 (white). */
  readonly exposure: number;
  /** Share of the face that is white in every channel, burnt out: 0 to 1. */
  readonly burntOut: number;
  /** Deviation of the crop's noise, in grey levels of 0 to 255. */
  readonly noise: number;
  /** Probability that mouth and nose are covered, as by a medical mask: 0 to 1. */
  readonly mouthCovered: number;
  /** Probability that the eyes are covered, as by sunglasses: 0 to 1. */
  readonly eyesCovered: number;
}

/** The middle of the crop, without hair and background: brows to chin. */
const FACE = { left: 24, right: 92, top: 48, bottom: 120 } as const;
const COUNT = (FACE.bottom - FACE.top) * (FACE.right - FACE.left);

/** Variance of the Laplacian at which sharpness is one half, in squared 8-bit grey levels. */
const HALF_SHARP = 150;

export function quality(faceWidth: number, crop: Crop, orientation: HeadPose): Quality {
  const { mouth, eyes } = occlusion(crop);
  return { faceWidth, ...light(crop), mouthCovered: mouth, eyesCovered: eyes, ...orientation };
}

/** Grey level from which up a pixel is white: the camera took in more light than it holds. */
const WHITE = 250;

/** Brightness, sharpness and noise, all of the luma of the middle. */
function light(crop: Crop): Pick<Quality, 'sharpness' | 'exposure' | 'burntOut' | 'noise'> {
  const luma = lumaOf(crop);
  const plane = CROP_WIDTH * CROP_HEIGHT;
  let sum = 0;
  let white = 0;
  for (let y = FACE.top; y < FACE.bottom; y++) {
    for (let x = FACE.left; x < FACE.right; x++) {
      const i = y * CROP_WIDTH + x;
      sum += luma[i] as number;
      const darkest = Math.min(
        crop[i] as number,
        crop[i + plane] as number,
        crop[i + 2 * plane] as number,
      );
      if (darkest >= WHITE) white++;
    }
  }
  const variance = laplacianVariance(luma);
  return {
    sharpness: variance / (variance + HALF_SHARP),
    exposure: sum / COUNT / 255,
    burntOut: white / COUNT,
    noise: noiseDeviation(luma),
  };
}

/** BT.601 luma of the middle and a pixel around it, 0 to 255; 0 elsewhere. */
function lumaOf(crop: Crop): Float32Array {
  const plane = CROP_WIDTH * CROP_HEIGHT;
  const luma = new Float32Array(plane);
  for (let y = FACE.top - 1; y <= FACE.bottom; y++) {
    for (let i = y * CROP_WIDTH + FACE.left - 1; i <= y * CROP_WIDTH + FACE.right; i++) {
      luma[i] =
        0.299 * (crop[i] as number) +
        0.587 * (crop[i + plane] as number) +
        0.114 * (crop[i + 2 * plane] as number);
    }
  }
  return luma;
}

/** Variance of the Laplacian (Pech-Pacheco et al. 2000). */
function laplacianVariance(luma: Float32Array): number {
  let sum = 0;
  let squares = 0;
  for (let y = FACE.top; y < FACE.bottom; y++) {
    for (let i = y * CROP_WIDTH + FACE.left; i < y * CROP_WIDTH + FACE.right; i++) {
      const laplacian =
        (luma[i - 1] as number) +
        (luma[i + 1] as number) +
        (luma[i - CROP_WIDTH] as number) +
        (luma[i + CROP_WIDTH] as number) -
        4 * (luma[i] as number);
      sum += laplacian;
      squares += laplacian * laplacian;
    }
  }
  return squares / COUNT - (sum / COUNT) ** 2;
}

/** Deviation that the noise of one pixel makes in the difference of two Laplacians. */
const MASK_DEVIATION = 6;

/** Median of a normal distribution's absolute value, in deviations. */
const MEDIAN_DEVIATION = 0.6745;

/**
 * Deviation of the noise in grey levels, by the difference of two Laplacians, which edges hardly
 * touch (Immerkær 1996, doi:10.1006/cviu.1996.0060). The median is taken, since a mean counts the
 * detail of a sharp face as noise.
 */
function noiseDeviation(luma: Float32Array): number {
  const counts = new Uint16Array(16 * 256);
  for (let y = FACE.top; y < FACE.bottom; y++) {
    for (let i = y * CROP_WIDTH + FACE.left; i < y * CROP_WIDTH + FACE.right; i++) {
      const above = i - CROP_WIDTH;
      const below = i + CROP_WIDTH;
      const corners =
        (luma[above - 1] as number) +
        (luma[above + 1] as number) +
        (luma[below - 1] as number) +
        (luma[below + 1] as number);
      const sides =
        (luma[above] as number) +
        (luma[below] as number) +
        (luma[i - 1] as number) +
        (luma[i + 1] as number);
      const level = Math.round(Math.abs(corners - 2 * sides + 4 * (luma[i] as number)));
      counts[level] = (counts[level] as number) + 1;
    }
  }
  let median = 0;
  for (let seen = counts[0] as number; seen <= COUNT / 2; seen += counts[median] as number)
    median++;
  return median / (MASK_DEVIATION * MEDIAN_DEVIATION);
}
