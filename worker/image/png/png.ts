/**
 * PNG (RFC 2083), decoded row by row: a large one never exists whole at full size.
 *
 * Written out here and not left to `@jsquash/png`, measured at 4 megapixels RGB: that one takes
 * 39 MB (10 bytes a pixel, for the RGBA it makes grows in place), cannot scale while decoding, and
 * inflates a bomb to its end (1 GB: 2.5 s, from 4 MB). See `limits.ts` for what this one takes.
 */

import { Refusal } from '../../errors.ts';
import { MAX_PNG_PIXELS, MAX_PNG_ROW_BYTES } from '../../limits.ts';
import type { Canvas } from '../canvas.ts';
import { painted } from '../painted.ts';
import type { Picture } from '../pixels.ts';
import { DecodeError, judgeSize, undecodable } from '../refuse.ts';
import { type Pass, type PngHeader, readPngHeader } from './header.ts';
import { inflate } from './inflate.ts';
import { rowReader } from './rows.ts';

/**
 * An animated PNG is taken as its default image, which viewers without animation show.
 * @throws Refusal `image_too_large`, `undecodable_image` (malformed, cut short, a wrong checksum)
 */
export function openPng(bytes: Uint8Array): Picture {
  const header = readPngHeader(bytes);
  if (!header) throw undecodable('The PNG is damaged or cut short.');
  const { width, height } = header;
  judgeSize(width, height, MAX_PNG_PIXELS);
  judgeTime(header);
  const interlaced = header.passes.length > 1;
  return painted('png', { ...header, interlaced }, (canvas) => decode(header, canvas));
}

/** @throws Refusal `image_too_large` */
function judgeTime({ depth, passes }: PngHeader): void {
  const bytes = passes.reduce((sum, { rows, rowBytes }) => sum + rows * rowBytes, 0);
  if (bytes * (depth === 16 ? 2 : 1) <= MAX_PNG_ROW_BYTES) return;
  throw new Refusal({
    code: 'image_too_large',
    detail: 'A PNG of 16 bits a sample, or with alpha, must be smaller: save it at fewer pixels.',
  });
}

/** Undo the filters (RFC 2083, 6) of each row and paint it. @throws DecodeError */
function decode(header: PngHeader, canvas: Canvas): void {
  const toRgb = rowReader(header);
  const { bitsPerPixel, passes } = header;
  const step = Math.max(1, bitsPerPixel >> 3);
  let pass = 0;
  let y = 0;
  let row = new Uint8Array(0);
  let above = new Uint8Array(0);
  let filled = 0;
  const startPass = () => {
    // One more byte for the filter type; the row above the first counts as zeros.
    const length = 1 + (passes[pass] as Pass).rowBytes;
    row = new Uint8Array(length);
    above = new Uint8Array(length);
    y = 0;
  };
  startPass();
  const rgb = new Uint8Array(header.width * 3);
  inflate(header.data, (bytes) => {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + row.length - filled);
      row.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < row.length) break;
      filled = 0;
      unfilter(row, above, step);
      const p = passes[pass] as Pass;
      toRgb(row, p.columns, rgb);
      canvas.add(p.y + y * p.dy, rgb, p.columns, p.x, p.dx);
      [row, above] = [above, row];
      if (++y < p.rows) continue;
      if (++pass === passes.length) return true;
      startPass();
    }
    return false;
  });
}

/**
 * Filter of a row undone, in place. Byte 0 is its type; `step` is the distance to the pixel before.
 */
function unfilter(row: Uint8Array, above: Uint8Array, step: number): void {
  const { length } = row;
  switch (row[0]) {
    case 0:
      return;
    case 1:
      for (let i = 1 + step; i < length; i++) (row[i] as number) += row[i - step] as number;
      return;
    case 2:
      for (let i = 1; i < length; i++) (row[i] as number) += above[i] as number;
      return;
    case 3:
      for (let i = 1; i <= step && i < length; i++) (row[i] as number) += (above[i] as number) >> 1;
      for (let i = 1 + step; i < length; i++)
        (row[i] as number) += ((row[i - step] as number) + (above[i] as number)) >> 1;
      return;
    case 4:
      for (let channel = 1; channel <= step; channel++) unfilterPaeth(row, above, channel, step);
      return;
    default:
      throw new DecodeError('unknown filter');
  }
}

/** RFC 2083, 6.6: whichever neighbour is nearest to left + up - upLeft is added. */
function unfilterPaeth(row: Uint8Array, above: Uint8Array, from: number, step: number): void {
  const { length } = row;
  let left = 0;
  let upLeft = 0;
  for (let i = from; i < length; i += step) {
    const up = above[i] as number;
    const toLeft = Math.abs(up - upLeft);
    const toUp = Math.abs(left - upLeft);
    const toUpLeft = Math.abs(left + up - 2 * upLeft);
    const nearest = toLeft <= toUp && toLeft <= toUpLeft ? left : toUp <= toUpLeft ? up : upLeft;
    left = ((row[i] as number) + nearest) & 255;
    row[i] = left;
    upLeft = up;
  }
}
