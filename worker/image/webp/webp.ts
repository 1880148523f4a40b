/** WebP: lossy, lossless and with alpha, over white; an animation of one frame too (RFC 9649). */
import type { Canvas } from '../canvas.ts';
import { DecodeError, judgeSize, undecodable, unsupported } from '../picture-errors.ts';
import { webpLimit } from '../picture-limits.ts';
import type { Picture } from '../pixels.ts';
import { blend, spread } from '../rows.ts';
import { unscaledPicture } from '../unscaled-picture.ts';
import { decodeWebp } from './codec.ts';
import { type Frame, readWebpHeader, stillOf } from './header.ts';

/** @throws Refusal `image_too_large`, `unsupported_format` (animated), `undecodable_image` */
export function openWebp(bytes: Uint8Array, module: WebAssembly.Module): Picture {
  const header = readWebpHeader(bytes);
  if (!header) throw undecodable('The WebP is damaged or cut short.');
  if (header.animated) throw unsupported('An animated WebP is not supported.');
  const { width, height } = header;
  judgeSize(width, height, webpLimit(header.planes));
  const { frame } = header;
  return unscaledPicture('webp', header, (canvas) => {
    const still = frame.chunks ? stillOf(frame, frame.chunks) : bytes;
    decodeWebp(module, still, (rgba, decodedWidth, decodedHeight) => {
      if (decodedWidth !== frame.width || decodedHeight !== frame.height) {
        throw new DecodeError('not of the size read');
      }
      paint(rgba, frame, canvas, width, height);
    });
  });
}

/** Row by row, so that RGBA and RGB of the whole picture never exist together at full size. */
function paint(rgba: Uint8Array, frame: Frame, canvas: Canvas, width: number, height: number) {
  const rgb = new Uint8Array(width * 3);
  const inFrame = rgb.subarray(frame.x * 3, (frame.x + frame.width) * 3);
  const stride = frame.width * 4;
  for (let y = 0; y < height; y++) {
    rgb.fill(255); // around a frame that is smaller than its animation
    const from = (y - frame.y) * stride;
    if (from >= 0 && from < rgba.length) {
      const row = rgba.subarray(from, from + stride);
      spread(row, 0, frame.width, inFrame, 4, 1);
      blend(row, 3, frame.width, inFrame, 4);
    }
    canvas.add(y, rgb, width);
  }
}
