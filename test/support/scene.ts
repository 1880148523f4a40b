/** The scene of `fixtures/decode/make.py`: what a decoder must have made of it. */
import { expect } from 'vitest';
import { type Failure, Refusal } from '../../worker/errors.ts';
import type { Pixels } from '../../worker/image/pixels.ts';

export type Colour = readonly [number, number, number];

export const WIDTH = 40;
export const HEIGHT = 24;
export const RED: Colour = [220, 30, 40];
export const GREEN: Colour = [30, 170, 60];
export const BLUE: Colour = [40, 60, 200];
export const YELLOW: Colour = [240, 220, 50];
/** Top left, top right, bottom left, bottom right. */
export const SCENE = [RED, GREEN, BLUE, YELLOW] as const;

export const over = (colour: Colour, alpha: number) =>
  colour.map((c) => (c * alpha + 255 * (255 - alpha)) / 255) as unknown as Colour;

/** Rec. 601, which Pillow's greyscale uses. */
export const grey = ([r, g, b]: Colour): Colour => {
  const y = 0.299 * r + 0.587 * g + 0.114 * b;
  return [y, y, y];
};

export function colourAt({ width, rgb }: Pixels, x: number, y: number): number[] {
  return [...rgb.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

/** The middles of the four quarters, each channel within `tolerance`. */
export function expectQuarters(pixels: Pixels, expected: readonly Colour[], tolerance: number) {
  expect(pixels.rgb.length).toBe(pixels.width * pixels.height * 3);
  expected.forEach((colour, i) => {
    const x = Math.floor((pixels.width * (i % 2 ? 3 : 1)) / 4);
    const y = Math.floor((pixels.height * (i > 1 ? 3 : 1)) / 4);
    const seen = colourAt(pixels, x, y);
    const far = Math.max(...seen.map((value, c) => Math.abs(value - (colour[c] as number))));
    expect(far, `quarter ${i}: ${seen}, expected ${colour}`).toBeLessThanOrEqual(tolerance);
  });
}

/** Run what must be refused. */
export function refusal(run: () => unknown): Failure {
  try {
    run();
  } catch (error) {
    if (error instanceof Refusal) return error.failure;
    throw error;
  }
  return expect.fail('not refused');
}

/** The same numbers in each run (mulberry32). @returns 0 <= n < 1 */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
