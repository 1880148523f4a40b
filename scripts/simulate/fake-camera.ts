/**
 * Film of Chromium's fake camera: a file of one frame, which Chromium reads anew for every frame it
 * shows. Another still written into it is a person who moved, and who then holds still for as long
 * as a busy machine takes to look. A patch of its own colour in a corner of each still tells a test
 * that watches the preview what is being shown.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Pixels } from '../../worker/image/pixels.ts';

/** Most stills that patches tell apart: each has a corner of the colour cube, and none has black. */
const MAX_STILLS = 7;

/** Side of the patch at the upper left, in pixels: whole blocks of any codec. */
export const PATCH = 48;

const FRAMES_PER_SECOND = 10;

const BLACK = [0, 0, 0] as const;

/** The colour of the patch of still `index`: the bits of the next number, as red, green, blue. */
function patchColour(index: number): Colour {
  const bits = index + 1;
  return [bits & 1 ? 255 : 0, bits & 2 ? 255 : 0, bits & 4 ? 255 : 0];
}

/** The still whose patch has this colour, or -1 for black. */
export function stillOf([red, green, blue]: Colour): number {
  return (red > 127 ? 1 : 0) + (green > 127 ? 2 : 0) + (blue > 127 ? 4 : 0) - 1;
}

export type Colour = readonly [red: number, green: number, blue: number];

/** Writes a film of one still. @param index number of its patch; without it there is none */
export function writeFilm(path: string, still: Pixels, index?: number): void {
  const file = openSync(path, 'w');
  try {
    writeFrame(file, index === undefined ? still : marked(still, patchColour(index)));
  } finally {
    closeSync(file);
  }
}

/**
 * Changes what the camera shows, while it runs. A frame that Chromium reads meanwhile may be of
 * two stills, but has no patch then: that is written last.
 *
 * @param path a film of the same size
 * @param index number of the still, by which `stillOf` knows it
 */
export function changeFilm(path: string, still: Pixels, index: number): void {
  if (index >= MAX_STILLS) throw new Error(`No patch is left for still ${index}.`);
  const file = openSync(path, 'r+');
  try {
    writeFrame(file, marked(still, BLACK));
    writeFrame(file, marked(still, patchColour(index)));
  } finally {
    closeSync(file);
  }
}

/** Writes a YUV4MPEG2 file (4:2:0, BT.601 in video range, as Chromium takes it). */
function writeFrame(file: number, still: Pixels): void {
  const size = `W${still.width} H${still.height}`;
  const header = `YUV4MPEG2 ${size} F${FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\nFRAME\n`;
  const bytes = Buffer.concat([Buffer.from(header), toYuv(still)]);
  if (writeSync(file, bytes, 0, bytes.length, 0) < bytes.length)
    throw new Error('The disk is full.');
}

function marked({ width, height, rgb }: Pixels, colour: Colour): Pixels {
  const copy = rgb.slice();
  for (let y = 0; y < PATCH; y++) {
    for (let x = 0; x < PATCH; x++) copy.set(colour, 3 * (y * width + x));
  }
  return { width, height, rgb: copy };
}

/** Planar Y, Cb, Cr; the halved planes take the mean of four pixels. Even sides only. */
function toYuv({ width, height, rgb }: Pixels): Uint8Array {
  const quarter = (width * height) / 4;
  const luma = new Uint8Array(width * height);
  const cb = new Float32Array(quarter);
  const cr = new Float32Array(quarter);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const p = 3 * (y * width + x);
      const [r, g, b] = [rgb[p] as number, rgb[p + 1] as number, rgb[p + 2] as number];
      const q = (y >> 1) * (width / 2) + (x >> 1);
      luma[y * width + x] = Math.round(16 + (65.738 * r + 129.057 * g + 25.064 * b) / 256);
      cb[q] = (cb[q] as number) + (-37.945 * r - 74.494 * g + 112.439 * b) / 1024;
      cr[q] = (cr[q] as number) + (112.439 * r - 94.154 * g - 18.285 * b) / 1024;
    }
  }
  const out = new Uint8Array(width * height * 1.5);
  out.set(luma);
  for (let i = 0; i < quarter; i++) {
    out[luma.length + i] = Math.round(128 + (cb[i] as number));
    out[luma.length + quarter + i] = Math.round(128 + (cr[i] as number));
  }
  return out;
}
