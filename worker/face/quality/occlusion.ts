/**
 * Coverings: medical masks and sunglasses, by a linear classifier of the crop in blocks of 8 pixels.
 * Trained by `npm run tool -- occlusion` on coverings drawn on photos of the people that limits are
 * chosen on; real sunglasses are what it mistakes for drawn ones.
 */
import weights from '../../../model/occlusion.json';
import { CROP_HEIGHT, CROP_WIDTH, type Crop } from '../alignment/align.ts';

/** Probabilities, 0 to 1, of a covering over the mouth, and of one over the eyes. */
export interface Occlusion {
  readonly mouth: number;
  readonly eyes: number;
}

const BLOCK = 8;
const COLUMNS = Math.floor(CROP_WIDTH / BLOCK);
const ROWS = Math.floor(CROP_HEIGHT / BLOCK);
const CELLS = 3 * COLUMNS * ROWS;

/** Added to the spread, in grey levels, so that a picture of one colour divides by something. */
const LEAST_SPREAD = 4;

/** Length of the features: each block's value, and its distance from the mean. */
export const FEATURES = 2 * CELLS;

/**
 * Mean colours of blocks, less their mean in each channel and over their spread; and the same
 * without sign, since a mask is told by being white as well as by being black.
 */
export function occlusionFeatures(crop: Crop): Float32Array {
  const cells = new Float32Array(CELLS);
  const perChannel = COLUMNS * ROWS;
  let squares = 0;
  for (let channel = 0; channel < 3; channel++) {
    const plane = channel * CROP_WIDTH * CROP_HEIGHT;
    for (let y = 0; y < ROWS * BLOCK; y++) {
      let cell = (channel * ROWS + Math.floor(y / BLOCK)) * COLUMNS;
      let at = plane + y * CROP_WIDTH;
      for (let column = 0; column < COLUMNS; column++, cell++) {
        let sum = 0;
        for (const end = at + BLOCK; at < end; at++) sum += crop[at] as number;
        cells[cell] = (cells[cell] as number) + sum;
      }
    }
    const own = cells.subarray(channel * perChannel, (channel + 1) * perChannel);
    const mean = own.reduce((sum, value) => sum + value, 0) / perChannel;
    for (let i = 0; i < perChannel; i++) {
      own[i] = ((own[i] as number) - mean) / BLOCK ** 2;
      squares += (own[i] as number) ** 2;
    }
  }
  const spread = Math.sqrt(squares / CELLS) + LEAST_SPREAD;
  const features = new Float32Array(FEATURES);
  for (let i = 0; i < CELLS; i++) {
    const value = (cells[i] as number) / spread;
    features[i] = value;
    features[CELLS + i] = Math.abs(value);
  }
  return features;
}

interface Classifier {
  readonly bias: number;
  /** Scale of one unit of `weights`. */
  readonly scale: number;
  /** 8 bits each. */
  readonly weights: readonly number[];
}

/** @param features of `occlusionFeatures` */
export function logOdds({ bias, scale, weights }: Classifier, features: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < features.length; i++) {
    sum += (weights[i] as number) * (features[i] as number);
  }
  return bias + scale * sum;
}

export function occlusion(crop: Crop): Occlusion {
  const features = occlusionFeatures(crop);
  const probability = (of: Classifier) => 1 / (1 + Math.exp(-logOdds(of, features)));
  return { mouth: probability(weights.mouth), eyes: probability(weights.eyes) };
}
