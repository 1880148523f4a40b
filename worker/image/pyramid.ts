/** A picture at halving sizes, and sampling from it without aliasing. */
import type { Denominator, Pixels } from './pixels.ts';
import { plainSampler } from './sampling/plain.ts';
import type { Affine, Sampler, ValueRange } from './sampling/sampler.ts';

/** Pixels as they are: 0 to 255. */
const BYTES: ValueRange = { scale: 1, offset: 0 };

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
    private readonly sampler: Sampler = plainSampler,
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
      this.levels.push(this.sampler.halve(this.levels[this.levels.length - 1] as Pixels));
    }
    return this.levels[i] as Pixels;
  }

  /**
   * Gives the memory of all levels back now, not when the collector finds time: a large picture has
   * megabytes. Nothing can be seen of it any more.
   */
  free(): void {
    for (const { rgb } of this.levels.splice(0)) (rgb.buffer as ArrayBuffer).transfer(0);
  }

  /**
   * The picture seen through `map`, which takes pixel centres of the output to pixel centres of this
   * picture. Bilinear, from the level whose pixels are nearest in size to those of the output; black
   * outside the picture.
   *
   * @param values of what is a byte in the picture
   * @returns planar RGB, `width` x `height`, valid until the sampler's next call
   */
  view(map: Affine, width: number, height: number, values: ValueRange): Float32Array {
    const { level, placed } = this.seen(map);
    return this.sampler.sample(level, placed, width, height, values);
  }

  /** The same, into `out`: 0 to 255, bytes rounded. */
  sample(map: Affine, width: number, height: number, out: Float32Array | Uint8Array): void {
    const view = this.view(map, width, height, BYTES);
    if (out instanceof Float32Array) out.set(view);
    else for (let i = 0; i < view.length; i++) out[i] = (view[i] as number) + 0.5; // a Uint8Array truncates
  }

  /** The level that a map sees, and the map to its pixel centres. */
  private seen(map: Affine): { level: Pixels; placed: Affine } {
    const step = Math.sqrt(Math.abs(map.a * map.e - map.b * map.d));
    const smallest = Math.min(this.width, this.height);
    const coarsest = Math.floor(Math.log2(smallest));
    const k = Math.max(this.finest, Math.min(Math.round(Math.log2(step)), coarsest));
    const scale = 1 / 2 ** k;
    // Centres: pixel (0, 0) of level k covers pixels 0 .. 2^k - 1 of level 0.
    const shift = (scale - 1) / 2;
    const placed = {
      a: map.a * scale,
      b: map.b * scale,
      c: map.c * scale + shift,
      d: map.d * scale,
      e: map.e * scale,
      f: map.f * scale + shift,
    };
    return { level: this.level(k), placed };
  }
}
