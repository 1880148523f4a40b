/** A picture at halving sizes, and sampling from it without aliasing. */
import type { Denominator, Pixels } from './pixels.ts';

/** An affine map of the plane: x' = a x + b y + c, y' = d x + e y + f. */
export interface Affine {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;
}

/**
 * Levels of a picture: level k is 2^k times smaller. Made as they are asked for. Whatever its finest
 * level is, places are in pixels of the picture at full size.
 */
export class Pyramid {
  readonly width: number;
  readonly height: number;
  private readonly levels: Pixels[];
  private readonly finest: number;

  /**
   * @param pixels the picture, both sides divided by `denominator`
   * @param size of the picture, where rounding up has lost it
   */
  constructor(
    pixels: Pixels,
    readonly denominator: Denominator = 1,
    size?: { readonly width: number; readonly height: number },
  ) {
    this.levels = [pixels];
    this.finest = Math.log2(denominator);
    this.width = size?.width ?? pixels.width * denominator;
    this.height = size?.height ?? pixels.height * denominator;
  }

  /** @param k no finer than the finest there is */
  level(k: number): Pixels {
    const i = k - this.finest;
    while (this.levels.length <= i) {
      this.levels.push(halve(this.levels[this.levels.length - 1] as Pixels));
    }
    return this.levels[i] as Pixels;
  }

  /**
   * Fills `out` (planar RGB, `width` x `height`, 0..255) with the picture seen through `map`,
   * which takes pixel centres of `out` to pixel centres of this picture. Bilinear, from the level
   * whose pixels are nearest in size to those of `out`; black outside the picture.
   */
  sample(map: Affine, width: number, height: number, out: Float32Array | Uint8Array): void {
    const step = Math.sqrt(Math.abs(map.a * map.e - map.b * map.d));
    const smallest = Math.min(this.width, this.height);
    const coarsest = Math.floor(Math.log2(smallest));
    const k = Math.max(this.finest, Math.min(Math.round(Math.log2(step)), coarsest));
    const { width: w, height: h, rgb } = this.level(k);
    const scale = 1 / 2 ** k;
    // Centres: pixel (0, 0) of level k covers pixels 0 .. 2^k - 1 of level 0.
    const shift = (scale - 1) / 2;
    const plane = width * height;
    const round = out instanceof Uint8Array ? 0.5 : 0; // a Uint8Array truncates
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const i = y * width + x;
        const sx = (map.a * x + map.b * y + map.c) * scale + shift;
        const sy = (map.d * x + map.e * y + map.f) * scale + shift;
        const x0 = Math.floor(sx);
        const y0 = Math.floor(sy);
        if (x0 < -1 || y0 < -1 || x0 >= w || y0 >= h) {
          out[i] = out[i + plane] = out[i + 2 * plane] = 0;
          continue;
        }
        const fx = sx - x0;
        const fy = sy - y0;
        let w00 = (1 - fx) * (1 - fy);
        let w01 = fx * (1 - fy);
        let w10 = (1 - fx) * fy;
        let w11 = fx * fy;
        let p = (y0 * w + x0) * 3; // upper left of the four pixels around
        let right = 3;
        let below = w * 3;
        if (x0 < 0 || y0 < 0 || x0 + 1 >= w || y0 + 1 >= h) {
          // Across the border: what lies outside counts as black, and is read from inside.
          if (x0 < 0 || x0 + 1 >= w) {
            if (x0 < 0) {
              w00 = w10 = 0;
              p += 3;
            } else w01 = w11 = 0;
            right = 0;
          }
          if (y0 < 0 || y0 + 1 >= h) {
            if (y0 < 0) {
              w00 = w01 = 0;
              p += below;
            } else w10 = w11 = 0;
            below = 0;
          }
        }
        const q = p + below;
        // biome-ignore-start lint/style/noNonNullAssertion: the indices are inside, and this is the hot loop
        out[i] =
          rgb[p]! * w00 + rgb[p + right]! * w01 + rgb[q]! * w10 + rgb[q + right]! * w11 + round;
        out[i + plane] =
          rgb[p + 1]! * w00 +
          rgb[p + right + 1]! * w01 +
          rgb[q + 1]! * w10 +
          rgb[q + right + 1]! * w11 +
          round;
        out[i + 2 * plane] =
          rgb[p + 2]! * w00 +
          rgb[p + right + 2]! * w01 +
          rgb[q + 2]! * w10 +
          rgb[q + right + 2]! * w11 +
          round;
        // biome-ignore-end lint/style/noNonNullAssertion: see above
      }
    }
  }
}

/** Half the size, each pixel the mean of four; an odd last row or column is repeated. */
function halve({ width, height, rgb }: Pixels): Pixels {
  const w = Math.ceil(width / 2);
  const h = Math.ceil(height / 2);
  const out = new Uint8Array(w * h * 3);
  const stride = width * 3;
  const whole = (width >> 1) * 3; // up to here a pixel has a right-hand neighbour
  let to = 0;
  for (let y = 0; y < h; y++) {
    let p = 2 * y * stride;
    let q = 2 * y + 1 < height ? p + stride : p;
    // biome-ignore-start lint/style/noNonNullAssertion: the indices are inside, and this is the hot loop
    for (const end = to + whole; to < end; to += 3, p += 6, q += 6) {
      out[to] = (rgb[p]! + rgb[p + 3]! + rgb[q]! + rgb[q + 3]! + 2) >> 2;
      out[to + 1] = (rgb[p + 1]! + rgb[p + 4]! + rgb[q + 1]! + rgb[q + 4]! + 2) >> 2;
      out[to + 2] = (rgb[p + 2]! + rgb[p + 5]! + rgb[q + 2]! + rgb[q + 5]! + 2) >> 2;
    }
    if (width % 2 === 1) {
      for (let c = 0; c < 3; c++) out[to++] = (rgb[p++]! + rgb[q++]! + 1) >> 1;
    }
    // biome-ignore-end lint/style/noNonNullAssertion: see above
  }
  return { width: w, height: h, rgb: out };
}
