/** A picture whose codec cannot scale: painted row by row onto a canvas that averages. */
import { type Canvas, createCanvas, type Halve } from './canvas.ts';
import { readOrientation } from './exif.ts';
import { swapsSides, upright } from './orient.ts';
import { decoding, judgeSize } from './picture-errors.ts';
import { DECODED_LIMIT } from './picture-limits.ts';
import type { Denominator, Picture, Pixels } from './pixels.ts';
import type { Format } from './sniff.ts';

export interface Header {
  /** Size in pixels, as stored. */
  readonly width: number;
  readonly height: number;
  /** EXIF blocks, in their order. */
  readonly exif: readonly Uint8Array[];
  /** True where pixels do not come row by row from top to bottom. */
  readonly interlaced?: boolean;
}

/** @param paint adds all rows of the stored picture; @throws DecodeError */
export function unscaledPicture(
  format: Format,
  { width, height, exif, interlaced = false }: Header,
  paint: (canvas: Canvas) => void,
  halve?: Halve,
): Picture {
  const orientation = readOrientation(exif);
  const swap = swapsSides(orientation);
  return {
    format,
    scales: false,
    width: swap ? height : width,
    height: swap ? width : height,
    pixels(denominator: Denominator): Pixels {
      judgeSize(Math.ceil(width / denominator), Math.ceil(height / denominator), DECODED_LIMIT);
      const canvas = createCanvas(width, height, denominator, !interlaced, halve);
      decoding(format, () => paint(canvas));
      return upright(canvas.finish(), canvas.width, canvas.height, orientation);
    },
  };
}
