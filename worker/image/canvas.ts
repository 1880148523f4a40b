/** Rows of RGB in, every pixel once; the picture out, each pixel the mean of a box of them. */
import type { Denominator } from './pixels.ts';

/** Two rows of RGB become one, each pixel the mean of four; an odd last column is repeated. */
export type Halve = (rows: Uint8Array, width: number, out: Uint8Array) => void;

export interface Canvas {
  /**
   * @param y source row
   * @param rgb `count` pixels, which lie at columns `x`, `x + step`, …
   */
  add(y: number, rgb: Uint8Array, count: number, x?: number, step?: number): void;
  readonly width: number;
  readonly height: number;
  /** The picture, RGB, `width` x `height`. */
  finish(): Uint8Array;
}

/**
 * @param sourceWidth, sourceHeight pixels before averaging
 * @param inOrder whole rows come from top to bottom; otherwise any pixels in any order, which takes
 *   the memory of all sums
 * @param halve a faster way to do the same
 */
export function createCanvas(
  sourceWidth: number,
  sourceHeight: number,
  denominator: Denominator,
  inOrder: boolean,
  halve: Halve = halveRows,
): Canvas {
  if (denominator === 1) return new PlainCanvas(sourceWidth, sourceHeight);
  if (!inOrder) return new BoxCanvas(sourceWidth, sourceHeight, denominator);
  return new RowCanvas(sourceWidth, sourceHeight, denominator, halve);
}

/** Canvas at 1:1: the pixels themselves. */
class PlainCanvas implements Canvas {
  private readonly rgb: Uint8Array;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.rgb = new Uint8Array(width * height * 3);
  }

  add(y: number, rgb: Uint8Array, count: number, x = 0, step = 1): void {
    const { rgb: to, width } = this;
    let at = (y * width + x) * 3;
    if (step === 1) {
      to.set(rgb.subarray(0, count * 3), at);
      return;
    }
    for (let i = 0; i < count * 3; i += 3, at += step * 3) {
      to[at] = rgb[i] as number;
      to[at + 1] = rgb[i + 1] as number;
      to[at + 2] = rgb[i + 2] as number;
    }
  }

  finish(): Uint8Array {
    return this.rgb;
  }
}

/** Keeps the rows of one box, and averages them once the last has come. */
class RowCanvas implements Canvas {
  readonly width: number;
  readonly height: number;
  private readonly rgb: Uint8Array;
  private readonly rows: Uint8Array;

  constructor(
    private readonly sourceWidth: number,
    private readonly sourceHeight: number,
    private readonly denominator: Denominator,
    private readonly halve: Halve,
  ) {
    this.width = Math.ceil(sourceWidth / denominator);
    this.height = Math.ceil(sourceHeight / denominator);
    this.rgb = new Uint8Array(this.width * this.height * 3);
    this.rows = new Uint8Array(sourceWidth * denominator * 3);
  }

  add(y: number, rgb: Uint8Array, count: number): void {
    const { rows, denominator } = this;
    const row = y % denominator;
    rows.set(rgb.subarray(0, count * 3), row * this.sourceWidth * 3);
    if (row === denominator - 1 || y === this.sourceHeight - 1) {
      this.average(Math.floor(y / denominator), row + 1);
    }
  }

  private average(y: number, height: number): void {
    const { rows, rgb, width, sourceWidth, denominator } = this;
    let to = y * width * 3;
    if (height === 2 && denominator === 2) {
      // The case of the largest pictures: no loops within a box.
      this.halve(rows, sourceWidth, rgb.subarray(to, to + width * 3));
      return;
    }
    for (let x = 0; x < sourceWidth; x += denominator, to += 3) {
      const columns = Math.min(denominator, sourceWidth - x);
      this.averageBox(x, columns, height, to);
    }
  }

  private averageBox(x: number, columns: number, height: number, to: number): void {
    const { rows, rgb, sourceWidth } = this;
    const count = columns * height;
    const half = count >> 1;
    let red = half;
    let green = half;
    let blue = half;
    for (let row = 0; row < height; row++) {
      const from = (row * sourceWidth + x) * 3;
      for (let i = from; i < from + columns * 3; i += 3) {
        red += rows[i] as number;
        green += rows[i + 1] as number;
        blue += rows[i + 2] as number;
      }
    }
    rgb[to] = red / count;
    rgb[to + 1] = green / count;
    rgb[to + 2] = blue / count;
  }

  finish(): Uint8Array {
    return this.rgb;
  }
}

function halveRows(rows: Uint8Array, width: number, out: Uint8Array): void {
  const last = 3 * (width - 1);
  for (let to = 0, left = 0; to < out.length; to += 3, left += 6) {
    const right = Math.min(left + 3, last);
    for (let c = 0; c < 3; c++) {
      const above = (rows[left + c] as number) + (rows[right + c] as number);
      const below = left + c + 3 * width;
      const sum = above + (rows[below] as number) + (rows[below + right - left] as number);
      out[to + c] = (sum + 2) >> 2;
    }
  }
}

/** Sums of all boxes, of up to 8x8 pixels: 64 * 255 fits 16 bits. */
class BoxCanvas implements Canvas {
  readonly width: number;
  readonly height: number;
  private readonly shift: number;
  private readonly sums: Uint16Array;

  constructor(
    private readonly sourceWidth: number,
    private readonly sourceHeight: number,
    private readonly denominator: Denominator,
  ) {
    this.width = Math.ceil(sourceWidth / denominator);
    this.height = Math.ceil(sourceHeight / denominator);
    this.shift = Math.log2(denominator);
    this.sums = new Uint16Array(this.width * this.height * 3);
  }

  add(y: number, rgb: Uint8Array, count: number, x = 0, step = 1): void {
    const { sums, shift } = this;
    const row = (y >> shift) * this.width;
    for (let i = 0, column = x; i < count * 3; i += 3, column += step) {
      const to = (row + (column >> shift)) * 3;
      sums[to] = (sums[to] as number) + (rgb[i] as number);
      sums[to + 1] = (sums[to + 1] as number) + (rgb[i + 1] as number);
      sums[to + 2] = (sums[to + 2] as number) + (rgb[i + 2] as number);
    }
  }

  /** Boxes at the right and lower edge may hold fewer pixels. */
  finish(): Uint8Array {
    const { sums, width, height, denominator } = this;
    const rgb = new Uint8Array(sums.length);
    for (let y = 0, to = 0; y < height; y++) {
      const rows = Math.min(denominator, this.sourceHeight - y * denominator);
      for (let x = 0; x < width; x++) {
        const count = rows * Math.min(denominator, this.sourceWidth - x * denominator);
        const half = count >> 1;
        for (let c = 0; c < 3; c++, to++) rgb[to] = ((sums[to] as number) + half) / count;
      }
    }
    return rgb;
  }
}
