/**
 * The one scaling policy: how finely a picture is decoded, for whoever looks at it. Coarse first: of
 * a phone photo an eighth of each side shows who is in it, at a fiftieth of the memory. Widths are asked for
 * by `../face/detection/locate.ts` and `../login/frame.ts`.
 */
import { MAX_DECODED_PIXELS } from '../limits.ts';
import type { Denominator, Picture } from './pixels.ts';
import { Pyramid } from './pyramid.ts';
import type { Sampler } from './sampling/sampler.ts';

const COARSEST_FIRST = [8, 4, 2, 1] as const;

/**
 * A picture, decoded as finely as has been asked for so far. Formats that cannot decode scaled
 * would take as long each time: these are decoded once, as finely as memory allows.
 */
export class ScaledPicture {
  private decoded: Pyramid | undefined;

  constructor(
    private readonly picture: Picture,
    private readonly sampler: Sampler,
  ) {}

  get width(): number {
    return this.picture.width;
  }

  get height(): number {
    return this.picture.height;
  }

  /**
   * The picture at a scale at which `width` of its pixels are shown by `wanted` or more, as far as
   * memory allows; the one decoded before, where that is fine enough.
   * @throws Refusal `undecodable_image`, `image_too_large`
   */
  showing(width: number, wanted: number): Pyramid {
    const denominator = this.denominatorFor(width, wanted);
    if (this.decoded === undefined || this.decoded.denominator > denominator) {
      this.free(); // the coarser one goes before the finer one comes
      const pixels = this.picture.pixels(denominator);
      this.decoded = new Pyramid(pixels, denominator, this.picture, this.sampler);
    }
    return this.decoded;
  }

  /** Gives the memory of what was decoded back (`Pyramid.free`). */
  free(): void {
    this.decoded?.free();
    this.decoded = undefined;
  }

  private denominatorFor(width: number, wanted: number): Denominator {
    const pixels = this.picture.width * this.picture.height;
    const affordable = COARSEST_FIRST.filter(
      (d) => d === 8 || pixels / d ** 2 <= MAX_DECODED_PIXELS,
    );
    const finest = affordable.at(-1) as Denominator;
    if (!this.picture.scales) return finest;
    return affordable.find((d) => width / d >= wanted) ?? finest;
  }
}
