/** EXIF orientation applied to pixels (EXIF 2.32, 4.6.4 A, tag 274; TIFF 6.0, p. 36). */
import type { Pixels } from './pixels.ts';

/** 1 is upright; 2 to 4 mirror or turn by 180°; 5 to 8 swap the sides. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** Tells an orientation whose turning upright exchanges width and height. */
export function swapsSides(orientation: Orientation): boolean {
  return orientation >= 5;
}

/**
 * Turn stored pixels into an upright picture. Already upright ones are not copied.
 *
 * @param width pixels of a stored row
 * @param height stored rows
 * @param rgb `width * height * 3` bytes
 */
export function upright(
  rgb: Uint8Array,
  width: number,
  height: number,
  orientation: Orientation,
): Pixels {
  if (orientation === 1) return { width, height, rgb };
  const swap = swapsSides(orientation);
  const outWidth = swap ? height : width;
  const out = new Uint8Array(rgb.length);
  // Place of the stored (0, 0), and how far one stored step right or down moves, in upright pixels.
  const across = orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8;
  const down = orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7;
  const stepX = swap ? outWidth * (across ? -1 : 1) : across ? -1 : 1;
  const stepY = swap ? (down ? -1 : 1) : outWidth * (down ? -1 : 1);
  const start = (across ? -stepX * (width - 1) : 0) + (down ? -stepY * (height - 1) : 0);
  let from = 0;
  for (let y = 0; y < height; y++) {
    let to = (start + y * stepY) * 3;
    for (let x = 0; x < width; x++) {
      out[to] = rgb[from] as number;
      out[to + 1] = rgb[from + 1] as number;
      out[to + 2] = rgb[from + 2] as number;
      from += 3;
      to += stepX * 3;
    }
  }
  return { width: outWidth, height: swap ? width : height, rgb: out };
}
