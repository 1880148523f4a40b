/** Pictures composed for tests of the search for faces. */
import type { Picture } from '../../worker/image/pixels.ts';
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
