/** Refusals of pictures of too many pixels: the size, the limit of its kind, and what helps. */
import { describe, expect, it } from 'vitest';
import { openPicture } from '../../worker/image/open.ts';
import * as pictures from '../fixtures/decode/pictures.ts';
import { codecs } from '../support/codecs.ts';
import { findBytes, findMarker, patch, scansJpeg } from '../support/jpeg.ts';
import { pngOf } from '../support/png.ts';
import * as scene from '../support/scene.ts';

const detail = (bytes: Uint8Array) => scene.refusal(() => openPicture(bytes, codecs));
const jpeg = (bytes: Uint8Array, frame: number, width: number, height: number) =>
  patch(bytes, findMarker(bytes, frame) + 5, height >> 8, height, width >> 8, width);
const png = (
  width: number,
  height: number,
  depth: number,
  colourType: number,
  interlaced = false,
) => pngOf({ width, height, depth, colourType, interlaced }, new Uint8Array(1));

const AS_JPEG = 'Send it as a baseline JPEG, which may have 50, or scale it down.';

describe('image_too_large', () => {
  it.each([
    [
      'a PNG of RGB',
      png(3000, 3000, 8, 2),
      `The picture has 3000x3000 pixels, 9 megapixels: a PNG of 8-bit colour may have at most 8.5. ${AS_JPEG}`,
    ],
    [
      'a PNG from a phone',
      png(3024, 4032, 8, 2),
      `The picture has 3024x4032 pixels, 12.2 megapixels: a PNG of 8-bit colour may have at most 8.5. ${AS_JPEG}`,
    ],
    [
      'a PNG with alpha',
      png(2600, 2500, 8, 6),
      `The picture has 2600x2500 pixels, 6.5 megapixels: a PNG of 8-bit colour with alpha may have at most 6.37. ${AS_JPEG}`,
    ],
    [
      'an interlaced PNG',
      png(4000, 3000, 16, 0, true),
      `The picture has 4000x3000 pixels, 12 megapixels: an interlaced PNG of 16-bit grey or palette may have at most 5.25. ${AS_JPEG}`,
    ],
    [
      'a WebP',
      patch(
        pictures.webp,
        findBytes(pictures.webp, [0x9d, 0x01, 0x2a]) + 3,
        0xa0,
        0x0f,
        0xb8,
        0x0b,
      ),
      `The picture has 4000x3000 pixels, 12 megapixels: a lossy WebP may have at most 8.3. ${AS_JPEG}`,
    ],
    [
      'a progressive JPEG',
      jpeg(pictures.jpegProgressive, 0xc2, 6000, 4000),
      `The picture has 6000x4000 pixels, 24 megapixels: a progressive JPEG with 4:2:0 colour sampling may have at most 13.33. ${AS_JPEG}`,
    ],
    [
      'a progressive JPEG at 4:4:4',
      scansJpeg(4000, 3000, 3, 10),
      `The picture has 4000x3000 pixels, 12 megapixels: a progressive JPEG with 4:4:4 colour sampling may have at most 6.66. ${AS_JPEG}`,
    ],
    [
      'a JPEG of many scans',
      scansJpeg(4400, 4400, 1, 60),
      `The picture has 4400x4400 pixels, 19.36 megapixels: a progressive JPEG in 60 scans may have at most 10. ${AS_JPEG}`,
    ],
    [
      'a JPEG',
      jpeg(pictures.jpeg, 0xc0, 9000, 6000),
      'The picture has 9000x6000 pixels, 54 megapixels: a JPEG may have at most 50. Scale it down.',
    ],
    [
      'a panorama',
      jpeg(pictures.jpeg, 0xc0, 20_000, 1000),
      'The picture has 20000x1000 pixels: a side may have at most 16384. Scale it down.',
    ],
    [
      'a PNG too large for a JPEG',
      png(9000, 6000, 8, 2),
      'The picture has 9000x6000 pixels, 54 megapixels: a PNG of 8-bit colour may have at most 8.5. Scale it down.',
    ],
  ])('%s', (_, bytes, told) => {
    expect(detail(bytes)).toEqual({ code: 'image_too_large', detail: told });
  });
});
