/** The refusals all formats share. */
import { Refusal } from '../../errors.ts';
import { MAX_SIDE_PIXELS } from '../../limits.ts';

export function undecodable(detail: string): Refusal {
  return new Refusal({ code: 'undecodable_image', detail });
}

/** @param detail what was seen; what to send instead is added. */
export function unsupported(detail: string): Refusal {
  return new Refusal({ code: 'unsupported_format', detail: `${detail} Send JPEG, PNG or WebP.` });
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
