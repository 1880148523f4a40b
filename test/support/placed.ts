/** Pictures composed for tests of the search for faces. */
import type { Picture, Pixels } from '../../worker/image/pixels.ts';
import type { Pyramid } from '../../worker/image/pyramid.ts';

/**
 * Scaled, and put into the middle of a grey picture of this size, which is decoded at any scale.
 */
export function placed(part: Pyramid, scale: number, width: number, height: number): Picture {
  return {
    format: 'jpeg',
    width,
    height,
    scales: true,
    pixels(denominator) {
      const [w, h] = [Math.ceil(width / denominator), Math.ceil(height / denominator)];
      const rgb = new Uint8Array(w * h * 3).fill(127);
      const columns = Math.floor((part.width * scale) / denominator);
      const rows = Math.floor((part.height * scale) / denominator);
      const [left, top] = [(w - columns) >> 1, (h - rows) >> 1];
      const planes = new Uint8Array(3 * columns * rows);
      const step = denominator / scale; // from a pixel to the next, in the part's
      const centre = step / 2 - 0.5;
      part.sample({ a: step, b: 0, c: centre, d: 0, e: step, f: centre }, columns, rows, planes);
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          for (let c = 0; c < 3; c++) {
            const value = planes[c * columns * rows + y * columns + x] as number;
            rgb[((top + y) * w + left + x) * 3 + c] = value;
          }
        }
      }
      return { width: w, height: h, rgb };
    },
  };
}

/** Pixels as a picture, as if they had just been decoded. */
export function picture(pixels: Pixels): Picture {
  return {
    format: 'png',
    scales: false,
    width: pixels.width,
    height: pixels.height,
    pixels: () => ({ ...pixels, rgb: pixels.rgb.slice() }),
  };
}

/** `parts` side by side, each scaled to the given height, on grey. */
export function sideBySide(parts: readonly { pixels: Pixels; height: number }[]): Pixels {
  const sizes = parts.map(({ pixels, height }) => ({
    pixels,
    height,
    width: Math.round((pixels.width * height) / pixels.height),
  }));
  const width = sizes.reduce((sum, part) => sum + part.width, 0);
  const height = Math.max(...sizes.map((part) => part.height));
  const rgb = new Uint8Array(width * height * 3).fill(127);
  let left = 0;
  for (const part of sizes) {
    for (let y = 0; y < part.height; y++) {
      for (let x = 0; x < part.width; x++) {
        const sx = Math.floor((x * part.pixels.width) / part.width);
        const sy = Math.floor((y * part.pixels.height) / part.height);
        const from = (sy * part.pixels.width + sx) * 3;
        rgb.set(part.pixels.rgb.subarray(from, from + 3), (y * width + left + x) * 3);
      }
    }
    left += part.width;
  }
  return { width, height, rgb };
}
