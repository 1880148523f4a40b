/** Quality of a face's picture, before it is compared. Rough, cheap, and documented. */
import { luma } from '../../image/luma.ts';
import { CROP_HEIGHT, CROP_WIDTH, type Crop, FACE_REGION } from '../alignment/align.ts';
import type { HeadPose } from '../alignment/head-pose.ts';
import { occlusion } from './occlusion.ts';
import { type Conditions, reliability } from './reliability.ts';

export interface Quality extends Conditions {
  /** Share of ordinary pictures of the same person that it is expected to match at 1e-3: 0 to 1. */
  readonly reliability: number;
}

const { left: LEFT, right: RIGHT, top: TOP, bottom: BOTTOM } = FACE_REGION;
const COUNT = (BOTTOM - TOP) * (RIGHT - LEFT);

/** Variance of the Laplacian at which sharpness is one half, in squared 8-bit grey levels. */
const HALF_SHARP = 150;

export function quality(faceWidth: number, crop: Crop, orientation: HeadPose): Quality {
  const { mouth, eyes } = occlusion(crop);
  const covered = { mouthCovered: mouth, eyesCovered: eyes };
  const conditions = { faceWidth, ...lumaQuality(crop), ...covered, ...orientation };
  return { ...conditions, reliability: reliability(conditions) };
}

/** Grey level from which up a pixel is white: the camera took in more light than it holds. */
const WHITE = 250;

/** Brightness, sharpness and noise, all of the luma of the face. */
function lumaQuality(crop: Crop): Pick<Quality, 'sharpness' | 'exposure' | 'burntOut' | 'noise'> {
  const grey = greyOf(crop);
  const plane = CROP_WIDTH * CROP_HEIGHT;
  let sum = 0;
  let white = 0;
  for (let y = TOP; y < BOTTOM; y++) {
    for (let x = LEFT; x < RIGHT; x++) {
      const i = y * CROP_WIDTH + x;
      sum += grey[i] as number;
      const darkest = Math.min(
        crop[i] as number,
        crop[i + plane] as number,
        crop[i + 2 * plane] as number,
      );
      if (darkest >= WHITE) white++;
    }
  }
  const variance = laplacianVariance(grey);
  return {
    sharpness: variance / (variance + HALF_SHARP),
    exposure: sum / COUNT / 255,
    burntOut: white / COUNT,
    noise: noiseDeviation(grey),
  };
}

/** Luma of the face and a pixel around it, 0 to 255; 0 elsewhere. */
function greyOf(crop: Crop): Float32Array {
  const plane = CROP_WIDTH * CROP_HEIGHT;
  const grey = new Float32Array(plane);
  for (let y = TOP - 1; y <= BOTTOM; y++) {
    for (let i = y * CROP_WIDTH + LEFT - 1; i <= y * CROP_WIDTH + RIGHT; i++) {
      const red = crop[i] as number;
      grey[i] = luma(red, crop[i + plane] as number, crop[i + 2 * plane] as number);
    }
  }
  return grey;
}

/** Variance of the Laplacian (Pech-Pacheco et al. 2000). */
function laplacianVariance(grey: Float32Array): number {
  let sum = 0;
  let squares = 0;
  for (let y = TOP; y < BOTTOM; y++) {
    for (let i = y * CROP_WIDTH + LEFT; i < y * CROP_WIDTH + RIGHT; i++) {
      const laplacian =
        (grey[i - 1] as number) +
        (grey[i + 1] as number) +
        (grey[i - CROP_WIDTH] as number) +
        (grey[i + CROP_WIDTH] as number) -
        4 * (grey[i] as number);
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
function noiseDeviation(grey: Float32Array): number {
  const counts = new Uint16Array(16 * 256);
  for (let y = TOP; y < BOTTOM; y++) {
    for (let i = y * CROP_WIDTH + LEFT; i < y * CROP_WIDTH + RIGHT; i++) {
      const above = i - CROP_WIDTH;
      const below = i + CROP_WIDTH;
      const corners =
        (grey[above - 1] as number) +
        (grey[above + 1] as number) +
        (grey[below - 1] as number) +
        (grey[below + 1] as number);
      const sides =
        (grey[above] as number) +
        (grey[below] as number) +
        (grey[i - 1] as number) +
        (grey[i + 1] as number);
      const level = Math.round(Math.abs(corners - 2 * sides + 4 * (grey[i] as number)));
      counts[level] = (counts[level] as number) + 1;
    }
  }
  let median = 0;
  for (let seen = counts[0] as number; seen <= COUNT / 2; seen += counts[median] as number)
    median++;
  return median / (MASK_DEVIATION * MEDIAN_DEVIATION);
}
