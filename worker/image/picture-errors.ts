/** The refusals all formats share, and what becomes one. */
import { Refusal } from '../errors.ts';
import { MAX_SIDE_PIXELS } from '../limits.ts';
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
export function judgeSize(width: number, height: number, maxPixels: number): void {
  if (width < 1 || height < 1) throw undecodable('The picture has no pixels.');
  if (width > MAX_SIDE_PIXELS || height > MAX_SIDE_PIXELS || width * height > maxPixels) {
    throw new Refusal({
      code: 'image_too_large',
      detail:
        `The picture is ${width}x${height}; at most ${maxPixels} pixels and ` +
        `${MAX_SIDE_PIXELS} a side are accepted.`,
    });
  }
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
