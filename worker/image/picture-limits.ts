/** Sizes in pixels that a picture may have, by its format and by what makes it costly. */
import {
  MAX_DECODED_PIXELS,
  MAX_JPEG_COEFFICIENT_BYTES,
  MAX_JPEG_PIXELS,
  MAX_JPEG_SCANNED_BYTES,
  MAX_PNG_PIXELS,
  MAX_PNG_ROW_BYTES,
  MAX_WEBP_PIXELS,
  MAX_WEBP_PLANES_PIXELS,
} from '../limits.ts';

/** A kind of picture, as people are told of it, and its limit. */
export interface PictureLimit {
  /** Name with its article: `a PNG with alpha`. */
  readonly kind: string;
  readonly maxPixels: number;
}

/** A baseline JPEG in one scan, and the most that any other may have. */
export const JPEG_LIMIT: PictureLimit = { kind: 'a JPEG', maxPixels: MAX_JPEG_PIXELS };

/** A picture of any format, as it is decoded: at 1/2 of its sides or less where it is larger. */
export const DECODED_LIMIT: PictureLimit = {
  kind: 'a decoded picture',
  maxPixels: MAX_DECODED_PIXELS,
};

/** Traits of a JPEG whose coefficients are kept until its last scan. */
export interface BufferedJpeg {
  readonly progressive: boolean;
  /** Name of its colour sampling, where that has one. */
  readonly subsampling: string | undefined;
  /** Coefficients, in bytes a pixel: 3 at 4:2:0, 6 at 4:4:4, 2 in grey. */
  readonly bytesPerPixel: number;
  readonly scans: number;
}

export function bufferedJpegLimit(jpeg: BufferedJpeg): PictureLimit {
  const { progressive, subsampling, bytesPerPixel, scans } = jpeg;
  const passes = MAX_JPEG_SCANNED_BYTES / scans;
  const kind = [
    progressive ? 'a progressive JPEG' : 'a JPEG of several scans',
    ...(subsampling === undefined ? [] : [`with ${subsampling} colour sampling`]),
    ...(passes < MAX_JPEG_COEFFICIENT_BYTES ? [`in ${scans} scans`] : []),
  ].join(' ');
  return { kind, maxPixels: Math.min(MAX_JPEG_COEFFICIENT_BYTES, passes) / bytesPerPixel };
}

/** Traits of a PNG that its cost depends on. */
export interface PngKind {
  readonly bitsPerPixel: number;
  /** Bits a sample. */
  readonly depth: number;
  /** Samples of alpha, in colour type 4 or 6. */
  readonly alpha: boolean;
  readonly interlaced: boolean;
}

export function pngLimit({ bitsPerPixel, depth, alpha, interlaced }: PngKind): PictureLimit {
  const pixels = Math.min(MAX_PNG_PIXELS, (MAX_PNG_ROW_BYTES * 8) / bitsPerPixel);
  const samples = bitsPerPixel / depth;
  const colours = samples > 2 ? 'colour' : 'grey or palette';
  const kind = `${interlaced ? 'an interlaced' : 'a'} PNG of ${depth}-bit ${colours}${alpha ? ' with alpha' : ''}`;
  return { kind, maxPixels: interlaced ? pixels / 2 : pixels };
}

/** @param planes lossless, or with alpha */
export function webpLimit(planes: boolean): PictureLimit {
  return planes
    ? { kind: 'a WebP that is lossless or has alpha', maxPixels: MAX_WEBP_PLANES_PIXELS }
    : { kind: 'a lossy WebP', maxPixels: MAX_WEBP_PIXELS };
}

/** Megapixels of a limit, rounded down to two places. */
export function megapixels(pixels: number): number {
  return Math.floor(pixels / 10_000) / 100;
}
