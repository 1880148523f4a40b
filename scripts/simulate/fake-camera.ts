/**
 * A film for Chromium's fake camera: one still after the other, each marked with a patch of its
 * own colour in a corner, by which a test that watches the preview knows what is being shown.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Pixels } from '../../worker/image/pixels.ts';

/** Stills shown in one round; each has a corner of the colour cube, and none has black. */
const MAX_STILLS = 7;

/** Side of the patch at the upper left, in pixels: whole blocks of any codec. */
export const PATCH = 48;

const FRAMES_PER_SECOND = 5;

/** The colour of the patch of still `index`: the bits of the next number, as red, green, blue. */
function patchColour(index: number): readonly [number, number, number] {
  const bits = index + 1;
  return [bits & 1 ? 255 : 0, bits & 2 ? 255 : 0, bits & 4 ? 255 : 0];
}

/** The still whose patch has this colour, or -1 for black. */
export function stillOf([red, green, blue]: readonly [number, number, number]): number {
  return (red > 127 ? 1 : 0) + (green > 127 ? 2 : 0) + (blue > 127 ? 4 : 0) - 1;
}

/**
 * Writes a YUV4MPEG2 file (4:2:0, BT.601 in video range, as Chromium takes it).
 *
 * @param seconds that each still is shown before the next; the film then begins again
 * @param options `patches: false` for a film that is only to be looked at
 */
export function writeFilm(
  path: string,
  stills: readonly Pixels[],
  seconds: number,
  { patches = true } = {},
): void {
  const [first] = stills;
  if (!first || stills.length > MAX_STILLS) throw new Error(`1 to ${MAX_STILLS} stills, please`);
  const file = openSync(path, 'w');
  try {
    const { width, height } = first;
    writeSync(file, `YUV4MPEG2 W${width} H${height} F${FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\n`);
    for (const [index, still] of stills.entries()) {
      const planes = toYuv(patches ? marked(still, index) : still);
      for (let i = 0; i < seconds * FRAMES_PER_SECOND; i++) {
        writeSync(file, 'FRAME\n');
        writeSync(file, planes);
      }
    }
  } finally {
    closeSync(file);
  }
}

function marked({ width, height, rgb }: Pixels, index: number): Pixels {
  const copy = rgb.slice();
  const colour = patchColour(index);
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
