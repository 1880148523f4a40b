/** RGB rows in, in any order, every pixel once; the picture out, box-averaged. */
import type { Denominator } from './pixels.ts';

export class Canvas {
  readonly width: number;
  readonly height: number;
  private readonly shift: number;
  /** Sums over boxes of up to 8x8: 64 * 255 fits 16 bits. At 1:1, the pixels themselves. */
  private readonly sums: Uint8Array | Uint16Array;

  /** @param sourceWidth, sourceHeight pixels before averaging */
  constructor(
    private readonly sourceWidth: number,
    private readonly sourceHeight: number,
    private readonly denominator: Denominator,
  ) {
    this.width = Math.ceil(sourceWidth / denominator);
    this.height = Math.ceil(sourceHeight / denominator);
    this.shift = Math.log2(denominator);
    const size = this.width * this.height * 3;
    this.sums = denominator === 1 ? new Uint8Array(size) : new Uint16Array(size);
  }

  /**
   * @param y source row
   * @param rgb `count` pixels, which lie at columns `x`, `x + step`, …
   */
  add(y: number, rgb: Uint8Array, count: number, x = 0, step = 1): void {
    const { sums, shift } = this;
    const row = (y >> shift) * this.width;
    if (shift === 0 && step === 1) {
      sums.set(rgb.subarray(0, count * 3), (row + x) * 3);
      return;
    }
    for (let i = 0; i < count * 3; i += 3) {
      const to = (row + (x >> shift)) * 3;
      sums[to]! += rgb[i]!;
      sums[to + 1]! += rgb[i + 1]!;
      sums[to + 2]! += rgb[i + 2]!;
      x += step;
    }
  }

  /** Boxes at the right and lower edge may hold fewer pixels. */
  finish(): Uint8Array {
    if (this.sums instanceof Uint8Array) return this.sums;
    const { sums, width, height, denominator } = this;
    const rgb = new Uint8Array(sums.length);
    for (let y = 0, to = 0; y < height; y++) {
      const rows = Math.min(denominator, this.sourceHeight - y * denominator);
      for (let x = 0; x < width; x++) {
        const count = rows * Math.min(denominator, this.sourceWidth - x * denominator);
        const half = count >> 1;
        for (let c = 0; c < 3; c++, to++) rgb[to] = (sums[to]! + half) / count;
      }
    }
    return rgb;
  }
}
