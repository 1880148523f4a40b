/** The plain sampler: what the one on SIMD is held against, and enough for tools that draw. */
import type { Pixels } from '../pixels.ts';
import type { Affine, Sampler, ValueRange } from './sampler.ts';

export const plainSampler: Sampler = { halve, sample };

function halve({ width, height, rgb }: Pixels): Pixels {
  const w = Math.ceil(width / 2);
  const h = Math.ceil(height / 2);
  const out = new Uint8Array(w * h * 3);
  for (let y = 0, to = 0; y < h; y++) {
    const upper = 2 * y * width;
    const lower = Math.min(2 * y + 1, height - 1) * width;
    for (let x = 0; x < w; x++) {
      const left = 2 * x;
      const right = Math.min(left + 1, width - 1);
      for (let c = 0; c < 3; c++) {
        const above =
          (rgb[3 * (upper + left) + c] as number) + (rgb[3 * (upper + right) + c] as number);
        const below =
          (rgb[3 * (lower + left) + c] as number) + (rgb[3 * (lower + right) + c] as number);
        out[to++] = (above + below + 2) >> 2;
      }
    }
  }
  return { width: w, height: h, rgb: out };
}

function sample(
  { width, height, rgb }: Pixels,
  { a, b, c, d, e, f }: Affine,
  columns: number,
  rows: number,
  { scale, offset }: ValueRange,
): Float32Array {
  const plane = columns * rows;
  const out = new Float32Array(3 * plane).fill(offset);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      const x = a * column + b * row + c;
      const y = d * column + e * row + f;
      const left = Math.floor(x);
      const top = Math.floor(y);
      const right = x - left;
      const below = y - top;
      for (let k = 0; k < 4; k++) {
        const [dx, dy] = [k & 1, k >> 1];
        const [px, py] = [left + dx, top + dy];
        if (!(px >= 0 && py >= 0 && px < width && py < height)) continue;
        const weight = scale * (dx ? right : 1 - right) * (dy ? below : 1 - below);
        for (let channel = 0; channel < 3; channel++) {
          const at = i + channel * plane;
          out[at] = (out[at] as number) + (rgb[3 * (py * width + px) + channel] as number) * weight;
        }
      }
    }
  }
  return out;
}
