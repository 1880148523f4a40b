/** The refusals all formats share, and what becomes one. */
import { Refusal } from '../errors.ts';
import { MAX_JPEG_PIXELS, MAX_SIDE_PIXELS } from '../limits.ts';
import { megapixels, type PictureLimit } from './picture-limits.ts';
import { FORMAT_NAMES, FORMATS, type Format } from './sniff.ts';

export function undecodable(detail: string): Refusal {
  return new Refusal({ code: 'undecodable_image', detail });
}

/** @param detail what was seen; what to send instead is added. */
export function unsupported(detail: string): Refusal {
  return new Refusal({ code: 'unsupported_format', detail: `${detail} Send ${FORMATS}.` });
}

/**
 * Judge a size in pixels, from a header or about to be decoded.
 * @throws Refusal `undecodable_image` (a side of 0), `image_too_large`
 */
export function judgeSize(width: number, height: number, { kind, maxPixels }: PictureLimit): void {
  if (width < 1 || height < 1) throw undecodable('The picture has no pixels.');
  const isLong = width > MAX_SIDE_PIXELS || height > MAX_SIDE_PIXELS;
  if (!isLong && width * height <= maxPixels) return;
  const size = `${width}x${height} pixels`;
  const why = isLong
    ? `The picture has ${size}: a side may have at most ${MAX_SIDE_PIXELS}.`
    : `The picture has ${size}, ${Math.ceil((width * height) / 10_000) / 100} megapixels: ` +
      `${kind} may have at most ${megapixels(maxPixels)}.`;
  const fitsJpeg = !isLong && width * height <= MAX_JPEG_PIXELS && maxPixels < MAX_JPEG_PIXELS;
  const cure = fitsJpeg
    ? `Send it as a baseline JPEG, which may have ${megapixels(MAX_JPEG_PIXELS)}, or scale it down.`
    : 'Scale it down.';
  throw new Refusal({ code: 'image_too_large', detail: `${why} ${cure}` });
}

/** The file is at fault; whoever is asked for the pixels refuses it. */
export class DecodeError extends Error {}

/**
 * Run a codec. What the file is at fault for, traps among it, becomes a refusal; anything else is
 * our own fault (no memory left, a mistake) and must not be blamed on the picture.
 * @throws Refusal `undecodable_image`
 */
export function decoding<T>(format: Format, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof DecodeError || error instanceof WebAssembly.RuntimeError) {
      throw undecodable(`The ${FORMAT_NAMES[format]} data are damaged or cut short.`);
    }
    throw error;
  }
}
