/** WebP: lossy, lossless and with alpha, over white (RFC 9649). */
import { MAX_WEBP_PIXELS, MAX_WEBP_PLANES_PIXELS } from '../../limits.ts';
import type { Canvas } from '../canvas.ts';
import { painted } from '../painted.ts';
import type { Picture } from '../pixels.ts';
import { DecodeError, judgeSize, undecodable, unsupported } from '../refuse.ts';
import { blend, spread } from '../rows.ts';
import { decodeWebp } from './codec.ts';
import { readWebpHeader } from './header.ts';

/** @throws Refusal `image_too_large`, `unsupported_format` (animated), `undecodable_image` */
export function openWebp(bytes: Uint8Array, module: WebAssembly.Module): Picture {
  const header = readWebpHeader(bytes);
  if (!header) throw undecodable('The WebP is damaged or cut short.');
  if (header.animated) throw unsupported('An animated WebP is not supported.');
  const { width, height } = header;
  judgeSize(width, height, header.planes ? MAX_WEBP_PLANES_PIXELS : MAX_WEBP_PIXELS);
  return painted('webp', header, (canvas) => {
    decodeWebp(module, bytes, (rgba, decodedWidth, decodedHeight) => {
      if (decodedWidth !== width || decodedHeight !== height) {
        throw new DecodeError('not of the size read');
      }
      paint(rgba, canvas, width, height);
    });
  });
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
