import type { Format } from './sniff.ts';

/** Pixels of an upright picture: 8-bit RGB, interleaved, row by row, no padding. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** `width * height * 3` bytes. */
  readonly rgb: Uint8Array;
}

/** Denominators of the scales at which a JPEG decodes cheaply (its DCT is 8x8). */
export type Denominator = 1 | 2 | 4 | 8;

/**
 * A picture whose header has been read and judged, but whose pixels have not been decoded.
 *
 * Width and height are those of the upright picture, after EXIF orientation.
 */
export interface Picture {
  readonly format: Format;
  readonly width: number;
  readonly height: number;
  /** Decoding at a smaller scale takes less time and memory. */
  readonly scales: boolean;
  /**
   * Decode, upright, with both sides divided by `denominator` and rounded up.
   * Formats that cannot decode scaled decode whole and average. The memory is the caller's, to
   * keep or to free.
   * @throws Refusal `undecodable_image`, `image_too_large` when more than MAX_DECODED_PIXELS remain
   */
  pixels(denominator: Denominator): Pixels;
}

/** The compiled codecs, handed in by whoever runs us (workerd, Node, a test). */
export type Codecs = Readonly<Record<Format, WebAssembly.Module>>;
