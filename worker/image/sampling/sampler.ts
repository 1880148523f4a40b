/** Samplers: what halves pictures, and samples from them. */
import type { Pixels } from '../pixels.ts';

/** An affine map of the plane: x' = a x + b y + c, y' = d x + e y + f. */
export interface Affine {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;
}

/** Values of samples: byte * scale + offset. */
export interface ValueRange {
  readonly scale: number;
  readonly offset: number;
}

export interface Sampler {
  /** Half the size, each pixel the mean of four; an odd last row or column is repeated. */
  halve(pixels: Pixels): Pixels;

  /**
   * Samples a picture: bilinear, black outside it.
   *
   * @param map takes pixel centres of the output to pixel centres of the picture
   * @returns three planes (red, green, blue) of `columns` x `rows`, valid until the next call
   */
  sample(
    pixels: Pixels,
    map: Affine,
    columns: number,
    rows: number,
    values: ValueRange,
  ): Float32Array;
}
