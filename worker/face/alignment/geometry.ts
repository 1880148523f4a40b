/** Geometry of faces in a picture, in its pixels: points, boxes, landmarks, and the square that a network is shown. */
import type { Affine } from '../../image/sampling/sampler.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Upright rectangle: its corner at the top left, and its size. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Points of a face. Left and right are the person's own. */
export interface Landmarks {
  readonly rightEye: Point;
  readonly leftEye: Point;
  readonly nose: Point;
  readonly mouth: Point;
  readonly rightEar: Point;
  readonly leftEar: Point;
}

export interface Face {
  readonly box: Box;
  readonly landmarks: Landmarks;
  /** 0..1, the detector's own. */
  readonly confidence: number;
}

/** A square of the picture, which a network is shown. */
export interface Region {
  /** Centre, in pixels. */
  readonly x: number;
  readonly y: number;
  readonly side: number;
  /** Radians, clockwise as seen; default 0. */
  readonly angle?: number;
  /** Mirror image shown to the network; what it finds is told in the picture as it is all the same. */
  readonly mirrored?: boolean;
}

/** Map from pixel centres of a network's square `input` to pixel centres of the picture. */
export function regionMap(
  { x, y, side, angle = 0, mirrored = false }: Region,
  input: number,
): Affine {
  const step = side / input;
  const cos = Math.cos(angle) * step;
  const sin = Math.sin(angle) * step;
  const [a, b, d, e] = mirrored ? [-cos, -sin, -sin, cos] : [cos, -sin, sin, cos];
  const centre = (input - 1) / 2;
  return {
    a,
    b,
    c: x - 0.5 - centre * (a + b),
    d,
    e,
    f: y - 0.5 - centre * (d + e),
  };
}

/** Centre of points. */
export function mean(points: readonly Point[]): Point {
  const sum = points.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }));
  return { x: sum.x / points.length, y: sum.y / points.length };
}
