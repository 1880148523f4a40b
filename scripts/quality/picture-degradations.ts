/**
 * Pictures made worse in one way at a time, as whole pictures and saved again: unlike `degrade.ts`,
 * which changes crops, so that the detector sees the change too. degradations.json fixes kinds and strengths.
 */
import type { Face } from '../../worker/face/alignment/geometry.ts';
import type { Pixels } from '../../worker/image/pixels.ts';
import { Pyramid } from '../../worker/image/pyramid.ts';
import { encodeJpeg } from '../simulate/jpeg-encoder.ts';
import { random } from '../statistics/intervals.ts';
import { type Covering, covered } from './coverings.ts';
import file from './degradations.json';

/** One kind; without any change the picture stays as its file is. */
export interface Degradation {
  readonly name: string;
  /** Times the value of every pixel. */
  readonly light?: number;
  /** Made so small that the face has this width in pixels, and enlarged again. */
  readonly faceWidth?: number;
  /** Standard deviation of a Gaussian, in eye distances. */
  readonly blur?: number;
  readonly coverings?: readonly Covering[];
  readonly upsideDown?: boolean;
  /** Standard deviation of Gaussian noise, in 8-bit levels. */
  readonly noise?: number;
}

export const DEGRADATIONS = file.kinds as readonly Degradation[];

/** False for the kind that leaves pictures as they are. */
export const isChanged = ({ name: _, ...changes }: Degradation): boolean =>
  Object.keys(changes).length > 0;

/** @param seed the same one gives the same colours, sizes and noise */
export function degraded(pixels: Pixels, face: Face, kind: Degradation, seed: number): Uint8Array {
  return encodeJpeg(changed(pixels, face, kind, seed), file.jpegQuality);
}

function changed(pixels: Pixels, { box, landmarks }: Face, kind: Degradation, seed: number) {
  const { rightEye, leftEye } = landmarks;
  const next = random(seed);
  let out = pixels;
  for (const covering of kind.coverings ?? []) out = covered(out, landmarks, covering, next);
  if (kind.faceWidth !== undefined) out = enlargedFrom(out, kind.faceWidth / box.width);
  if (kind.blur !== undefined) {
    const eyes = Math.hypot(leftEye.x - rightEye.x, leftEye.y - rightEye.y);
    out = blurredBy(out, kind.blur * eyes);
  }
  if (kind.light !== undefined) out = mapped(out, (value) => value * (kind.light as number));
  if (kind.noise !== undefined) {
    const gaussian = () => (next() + next() + next() + next() - 2) * Math.sqrt(3);
    out = mapped(out, (value) => value + (kind.noise as number) * gaussian());
  }
  return kind.upsideDown ? upsideDown(out) : out;
}

function mapped({ width, height, rgb }: Pixels, change: (value: number) => number): Pixels {
  const clamp = (value: number) => Math.min(255, Math.max(0, Math.round(value)));
  return { width, height, rgb: rgb.map((value) => clamp(change(value))) };
}

function enlargedFrom(pixels: Pixels, scale: number): Pixels {
  const { width, height } = pixels;
  const small = resized(pixels, Math.max(1, width * scale), Math.max(1, height * scale));
  return resized(small, width, height);
}

function resized(pixels: Pixels, width: number, height: number): Pixels {
  const [w, h] = [Math.round(width), Math.round(height)];
  const [x, y] = [pixels.width / w, pixels.height / h];
  const planes = new Uint8Array(3 * w * h);
  const map = { a: x, b: 0, c: x / 2 - 0.5, d: 0, e: y, f: y / 2 - 0.5 };
  new Pyramid(pixels).sample(map, w, h, planes);
  const rgb = planes.map((_, i) => planes[(i % 3) * w * h + Math.floor(i / 3)] as number);
  return { width: w, height: h, rgb };
}

/** Beyond the edge the edge's own pixels. */
function blurredBy({ width, height, rgb }: Pixels, deviation: number): Pixels {
  const reach = Math.ceil(3 * deviation);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)),
  );
  const weight = kernel.reduce((sum, value) => sum + value);
  const along = (from: ArrayLike<number>, step: number, length: number) =>
    Float32Array.from(from, (_, i) => {
      const at = Math.floor(i / step) % length;
      let sum = 0;
      for (const [k, value] of kernel.entries()) {
        const to = Math.min(length - 1, Math.max(0, at + k - reach));
        sum += value * (from[i + (to - at) * step] as number);
      }
      return sum / weight;
    });
  const both = along(along(rgb, 3, width), 3 * width, height);
  return { width, height, rgb: Uint8Array.from(both, Math.round) };
}

function upsideDown({ width, height, rgb }: Pixels): Pixels {
  const last = width * height - 1;
  return {
    width,
    height,
    rgb: rgb.map((_, i) => rgb[3 * (last - Math.floor(i / 3)) + (i % 3)] as number),
  };
}

/** A seed from a file's name. */
export function seedOf(name: string): number {
  let seed = 7;
  for (const character of name) seed = (Math.imul(seed, 31) + character.charCodeAt(0)) >>> 0;
  return seed;
}
