/**
 * PNG (RFC 2083), decoded row by row: a large one never exists whole at full size.
 *
 * Written out here and not left to `@jsquash/png`, measured at 4 megapixels RGB: that one takes
 * 39 MB (10 bytes a pixel, for the RGBA it makes grows in place), cannot scale while decoding, and
 * inflates a bomb to its end (1 GB: 2.5 s, from 4 MB). See `limits.ts` for what this one takes.
 */
import type { Canvas } from '../canvas.ts';
import { judgeSize, undecodable } from '../picture-errors.ts';
import { pngLimit } from '../picture-limits.ts';
import type { Picture } from '../pixels.ts';
import { unscaledPicture } from '../unscaled-picture.ts';
import { type PngCodec, withPngCodec } from './codec.ts';
import { type Pass, type PngHeader, readPngHeader } from './header.ts';
import { rowReader } from './rows.ts';

/** Bit of a colour type (RFC 2083, 4.1.1). */
const ALPHA = 4;

/**
 * An animated PNG is taken as its default image, which viewers without animation show.
 * @throws Refusal `image_too_large`, `undecodable_image` (malformed, cut short, a wrong checksum)
 */
export function openPng(bytes: Uint8Array, module: WebAssembly.Module): Picture {
  const header = readPngHeader(bytes);
  if (!header) throw undecodable('The PNG is damaged or cut short.');
  const { width, height } = header;
  const interlaced = header.passes.length > 1;
  const alpha = (header.colourType & ALPHA) !== 0;
  judgeSize(width, height, pngLimit({ ...header, alpha, interlaced }));
  const using = (use: (codec: PngCodec) => void) => withPngCodec(module, use);
  return unscaledPicture(
    'png',
    { ...header, interlaced },
    (canvas) => using((codec) => decode(header, codec, canvas)),
    (rows, width, out) => using((codec) => codec.halve(rows, width, out)),
  );
}

/** Undo the filter of each row and paint it. @throws DecodeError */
function decode(header: PngHeader, codec: PngCodec, canvas: Canvas): void {
  const toRgb = rowReader(header, codec);
  const { bitsPerPixel, passes } = header;
  const step = Math.max(1, bitsPerPixel >> 3);
  let pass = 0;
  let y = 0;
  let k: 0 | 1 = 0;
  let row: Uint8Array = new Uint8Array(0);
  let above: Uint8Array = new Uint8Array(0);
  let filled = 0;
  const startPass = () => {
    // One more byte for the filter type; the row above the first counts as zeros.
    const length = 1 + (passes[pass] as Pass).rowBytes;
    k = 0;
    row = codec.row(0, length);
    above = codec.row(1, length).fill(0);
    y = 0;
  };
  startPass();
  codec.inflate(header.data, (bytes) => {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + row.length - filled);
      row.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < row.length) break;
      filled = 0;
      codec.unfilter(k, row.length, step);
      const p = passes[pass] as Pass;
      canvas.add(p.y + y * p.dy, toRgb(k, row, p.columns), p.columns, p.x, p.dx);
      [row, above] = [above, row];
      k = k === 0 ? 1 : 0;
      if (++y < p.rows) continue;
      if (++pass === passes.length) return true;
      startPass();
    }
    return false;
  });
}
