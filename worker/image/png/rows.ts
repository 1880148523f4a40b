/** A PNG's samples, of whatever kind and depth, to RGB over white. */

import { blend, overWhite, spread } from '../rows.ts';
import type { PngCodec } from './codec.ts';
import type { PngHeader } from './header.ts';

/**
 * The first `columns` pixels as RGB, valid until the next row is read.
 *
 * @param k number of the codec's row
 * @param row its bytes, unfiltered, after that of the filter's type
 */
export type RowReader = (k: 0 | 1, row: Uint8Array, columns: number) => Uint8Array;

/** The same, written to the beginning of `rgb`. */
type RowWriter = (row: Uint8Array, columns: number, rgb: Uint8Array) => void;

const GREY = 0;
const RGB = 2;
const PALETTE = 3;
const GREY_ALPHA = 4;
const RGBA = 6;

export function rowReader(header: PngHeader, codec: PngCodec): RowReader {
  const { colourType, depth, transparency } = header;
  if (depth === 8 && !transparency) {
    // Bytes, which most large pictures have.
    if (colourType === GREY) return (k, _, columns) => codec.toRgb('grey', k, columns);
    if (colourType === RGB) return (_, row, columns) => row.subarray(1, 1 + columns * 3);
    if (colourType === RGBA) return (k, _, columns) => codec.toRgb('rgba', k, columns);
  }
  const rgb = new Uint8Array(header.width * 3);
  const write = rowWriter(header);
  return (_, row, columns) => {
    write(row, columns, rgb);
    return rgb;
  };
}

function rowWriter(header: PngHeader): RowWriter {
  const { colourType, depth } = header;
  if (colourType === PALETTE) return indexed(depth, paletteColours(header));
  if (colourType === GREY && depth <= 8) return indexed(depth, greyColours(header));
  const grey = colourType === GREY || colourType === GREY_ALPHA;
  return direct(header, grey, colourType >= GREY_ALPHA);
}

/** One byte or less a pixel: look the colour up. */
function indexed(depth: number, colours: Uint8Array): RowWriter {
  const mask = (1 << depth) - 1;
  if (depth === 8) return (row, columns, rgb) => lookUp(row, columns, rgb, colours);
  return (row, columns, rgb) => {
    for (let i = 0, bit = 8, to = 0; i < columns; i++, bit += depth) {
      const from = (((row[bit >> 3] as number) >> (8 - depth - (bit & 7))) & mask) * 3;
      rgb[to++] = colours[from] as number;
      rgb[to++] = colours[from + 1] as number;
      rgb[to++] = colours[from + 2] as number;
    }
  };
}

/** The same of whole bytes, which pictures of many pixels have. */
function lookUp(row: Uint8Array, columns: number, rgb: Uint8Array, colours: Uint8Array): void {
  for (let i = 1, to = 0; i <= columns; i++, to += 3) {
    const from = (row[i] as number) * 3;
    rgb[to] = colours[from] as number;
    rgb[to + 1] = colours[from + 1] as number;
    rgb[to + 2] = colours[from + 2] as number;
  }
}

/** Indices beyond the palette are an error (RFC 2083, 4.1.2) that libpng paints black: so do we. */
function paletteColours({ palette, transparency }: PngHeader): Uint8Array {
  const colours = new Uint8Array(256 * 3);
  for (let i = 0; i < 256 * 3 && i < palette.length; i++) {
    colours[i] = overWhite(palette[i] as number, transparency?.[(i / 3) | 0] ?? 255);
  }
  return colours;
}

function greyColours({ depth, transparency }: PngHeader): Uint8Array {
  const colours = new Uint8Array(256 * 3);
  const most = (1 << depth) - 1;
  const clear = transparency && transparency.length >= 2 ? pair(transparency, 0) : -1;
  for (let i = 0; i <= most; i++) {
    colours.fill(i === clear ? 255 : (i * 255) / most, i * 3, i * 3 + 3);
  }
  return colours;
}

/** High byte of 16 bits, as libpng's `png_set_strip_16` takes it. */
function direct({ depth, transparency }: PngHeader, grey: boolean, alpha: boolean): RowWriter {
  const bytes = depth >> 3;
  const colours = grey ? 1 : 3;
  const step = (colours + (alpha ? 1 : 0)) * bytes;
  const clear = transparency && transparency.length >= 2 * colours ? transparency : undefined;
  return (row, columns, rgb) => {
    spread(row, 1, columns, rgb, step, grey ? 0 : bytes);
    if (alpha) blend(row, 1 + step - bytes, columns, rgb, step);
    else if (clear) clearMatching(row, columns, rgb, step, clear);
  };
}

/** The one transparent colour of tRNS, as 16-bit samples (RFC 2083, 4.2.9). */
function clearMatching(
  row: Uint8Array,
  columns: number,
  rgb: Uint8Array,
  step: number,
  clear: Uint8Array,
) {
  // The low bytes alone count at 8 bits a sample.
  const key = step < 6 && step !== 2 ? clear.filter((_, i) => i % 2 === 1) : clear;
  for (let i = 0, from = 1; i < columns; i++, from += step) {
    let same = true;
    for (let b = 0; b < step && same; b++) same = row[from + b] === key[b];
    if (same) rgb.fill(255, i * 3, i * 3 + 3);
  }
}

function pair(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
