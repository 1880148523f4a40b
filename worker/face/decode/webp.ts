/** WebP: lossy, lossless and with alpha, over white (RFC 9649). */
import { MAX_DECODED_PIXELS, MAX_WEBP_PIXELS, MAX_WEBP_PLANES_PIXELS } from '../../limits.ts';
import type { Denominator, Picture, Pixels } from '../pixels.ts';
import { Canvas } from './canvas.ts';
import { readOrientation } from './exif.ts';
import { swapsSides, upright } from './orient.ts';
import { DecodeError, decoding, judgeSize, undecodable, unsupported } from './refuse.ts';
import { blend, spread } from './rows.ts';
import { readWebpHeader } from './webp-header.ts';
import { decodeWebp } from './webp-wasm.ts';

/** @throws Refusal `image_too_large`, `unsupported_format` (animated), `undecodable_image` */
export function openWebp(bytes: Uint8Array, module: WebAssembly.Module): Picture {
  const header = readWebpHeader(bytes);
  if (!header) throw undecodable('The WebP is damaged or cut short.');
  if (header.animated) throw unsupported('An animated WebP is not supported.');
  const { width, height } = header;
  judgeSize(width, height, header.planes ? MAX_WEBP_PLANES_PIXELS : MAX_WEBP_PIXELS);
  const orientation = readOrientation(header.exif);
  const swap = swapsSides(orientation);
  return {
    format: 'webp',
    width: swap ? height : width,
    height: swap ? width : height,
    pixels(denominator: Denominator): Pixels {
      judgeSize(
        Math.ceil(width / denominator),
        Math.ceil(height / denominator),
        MAX_DECODED_PIXELS,
      );
      const canvas = new Canvas(width, height, denominator);
      decoding('WebP', () =>
        decodeWebp(module, bytes, (rgba, decodedWidth, decodedHeight) => {
          if (decodedWidth !== width || decodedHeight !== height) {
            throw new DecodeError('not of the size read');
          }
          paint(rgba, canvas, width, height);
        }),
      );
      return upright(canvas.finish(), canvas.width, canvas.height, orientation);
    },
  };
}

/** Row by row, so that RGBA and RGB of the whole picture never exist together at full size. */
function paint(rgba: Uint8Array, canvas: Canvas, width: number, height: number): void {
  const rgb = new Uint8Array(width * 3);
  for (let y = 0; y < height; y++) {
    const row = rgba.subarray(y * width * 4, (y + 1) * width * 4);
    spread(row, 0, width, rgb, 4, 1);
    blend(row, 3, width, rgb, 4);
    canvas.add(y, rgb, width);
  }
}
