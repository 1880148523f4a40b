/**
 * Camera frames from one photo: the photo is laid on a surface (a head, a sheet of paper), the
 * surface is turned and seen by a pinhole camera. Not a likeness of any one head: the depths are
 * generic, the light does not change, and what the photo did not show is smeared.
 */
import type { Landmarks } from '../../worker/face/alignment/geometry.ts';
import type { Pixels } from '../../worker/image/pixels.ts';
import { Pyramid } from '../../worker/image/pyramid.ts';
import type { Surface } from './surfaces.ts';

export interface Photo {
  readonly pixels: Pixels;
  readonly landmarks: Landmarks;
}

export interface View {
  /** Degrees, with the signs of `worker/face/alignment/head-pose.ts`: own left, up, own left shoulder. */
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
  /** Distance of the eyes in the frame when seen from the front, in pixels. */
  readonly eyes: number;
  /** Place of the middle of the eyes before turning; default a little over the middle. */
  readonly x?: number;
  readonly y?: number;
  /** Distance from the camera, in eye distances; default 8 (50 cm). */
  readonly distance?: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Mesh cells per unit of face coordinates. */
const CELLS = 14;
const DISTANCE = 8;

export function render(photo: Photo, surface: Surface, view: View, size: Size): Pixels {
  const { width, height } = size;
  const texture = textureOf(photo, view.eyes);
  const rgb = backdrop(photo, size);
  const depths = new Float32Array(width * height).fill(Number.NEGATIVE_INFINITY);
  const project = camera(surface, view, size);
  const columns = Math.ceil((surface.right - surface.left) * CELLS);
  const rows = Math.ceil((surface.bottom - surface.top) * CELLS);
  const vertices: (Vertex | undefined)[] = [];
  for (let j = 0; j <= rows; j++) {
    for (let i = 0; i <= columns; i++) {
      const u = surface.left + ((surface.right - surface.left) * i) / columns;
      const v = surface.top + ((surface.bottom - surface.top) * j) / rows;
      const z = surface.height(u, v);
      vertices.push(z === undefined ? undefined : { ...project(u, v, z), ...texture.at(u, v) });
    }
  }
  const frame = { width, height, rgb };
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const at = j * (columns + 1) + i;
      const right = vertices[at + 1];
      const below = vertices[at + columns + 1];
      if (right === undefined || below === undefined) continue;
      const here = vertices[at];
      const across = vertices[at + columns + 2];
      if (here !== undefined) draw(here, right, below, texture.pixels, frame, depths);
      if (across !== undefined) draw(right, across, below, texture.pixels, frame, depths);
    }
  }
  return { width, height, rgb };
}

interface Vertex {
  /** Place in the frame. */
  readonly x: number;
  readonly y: number;
  /** Towards the camera. */
  readonly depth: number;
  /** Place in the texture. */
  readonly s: number;
  readonly t: number;
}

/** The photo at about the size it is drawn in, and where face coordinates lie on it. */
function textureOf({ pixels, landmarks }: Photo, eyes: number) {
  const frame = faceFrame(landmarks);
  const pyramid = new Pyramid(pixels);
  const k = Math.max(0, Math.floor(Math.log2(frame.unit / eyes)));
  const scale = 1 / 2 ** k;
  return {
    pixels: pyramid.level(k),
    at: (u: number, v: number) => {
      const { x, y } = frame.toPicture(u, v);
      return { s: x * scale - 0.5, t: y * scale - 0.5 };
    },
  };
}

/** Face coordinates of a picture. */
function faceFrame({ rightEye, leftEye }: Landmarks) {
  const across = { x: leftEye.x - rightEye.x, y: leftEye.y - rightEye.y };
  const origin = { x: (leftEye.x + rightEye.x) / 2, y: (leftEye.y + rightEye.y) / 2 };
  const unit = Math.hypot(across.x, across.y);
  return {
    unit,
    toPicture: (u: number, v: number) => ({
      x: origin.x + u * across.x - v * across.y,
      y: origin.y + u * across.y + v * across.x,
    }),
    toFace: (x: number, y: number) => {
      const [dx, dy] = [x - origin.x, y - origin.y];
      return {
        u: (dx * across.x + dy * across.y) / unit ** 2,
        v: (dy * across.x - dx * across.y) / unit ** 2,
      };
    },
  };
}

/** The edges of a photo in face coordinates, for a print of it. */
export function edgesOf({ pixels, landmarks }: Photo) {
  const { toFace } = faceFrame(landmarks);
  const start = toFace(0, 0);
  const end = toFace(pixels.width, pixels.height);
  return { left: start.u, right: end.u, top: start.v, bottom: end.v };
}

/** Projection from face coordinates to the frame, turned about the surface's pivot. */
function camera({ pivot }: Surface, view: View, { width, height }: Size) {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const [sinYaw, cosYaw] = [Math.sin(radians(view.yaw)), Math.cos(radians(view.yaw))];
  const [sinPitch, cosPitch] = [Math.sin(radians(view.pitch)), Math.cos(radians(view.pitch))];
  const [sinRoll, cosRoll] = [Math.sin(radians(view.roll)), Math.cos(radians(view.roll))];
  const { eyes, x = width / 2, y = height * 0.42, distance = DISTANCE } = view;
  return (u: number, v: number, z: number) => {
    const dv = v - pivot.v;
    const dz = z - pivot.height;
    // Up and down first, as a head nods on a neck that turns.
    const nodded = { v: dv * cosPitch - dz * sinPitch, z: dv * sinPitch + dz * cosPitch };
    const turned = { u: u * cosYaw + nodded.z * sinYaw, z: nodded.z * cosYaw - u * sinYaw };
    const leaned = {
      u: turned.u * cosRoll - nodded.v * sinRoll,
      v: turned.u * sinRoll + nodded.v * cosRoll,
    };
    const depth = turned.z + pivot.height;
    const scale = (eyes * distance) / (distance - depth);
    return { x: x + leaned.u * scale, y: y + (leaned.v + pivot.v) * scale, depth };
  };
}

/** Fills a triangle, nearest depth first; texture coordinates run straight within a small cell. */
function draw(
  a: Vertex,
  b: Vertex,
  c: Vertex,
  texture: Pixels,
  { width, height, rgb }: Pixels,
  depths: Float32Array,
): void {
  const area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
  if (Math.abs(area) < 1e-9) return;
  const left = Math.max(0, Math.floor(Math.min(a.x, b.x, c.x)));
  const right = Math.min(width - 1, Math.ceil(Math.max(a.x, b.x, c.x)));
  const top = Math.max(0, Math.floor(Math.min(a.y, b.y, c.y)));
  const bottom = Math.min(height - 1, Math.ceil(Math.max(a.y, b.y, c.y)));
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const wb = ((x - a.x) * (c.y - a.y) - (c.x - a.x) * (y - a.y)) / area;
      const wc = ((b.x - a.x) * (y - a.y) - (x - a.x) * (b.y - a.y)) / area;
      const wa = 1 - wb - wc;
      if (wa < -1e-6 || wb < -1e-6 || wc < -1e-6) continue;
      const depth = wa * a.depth + wb * b.depth + wc * c.depth;
      const i = y * width + x;
      if (depth <= (depths[i] as number)) continue;
      depths[i] = depth;
      bilinear(texture, wa * a.s + wb * b.s + wc * c.s, wa * a.t + wb * b.t + wc * c.t, rgb, 3 * i);
    }
  }
}

/** Bilinear sample of a picture, into `out` from `to`; beyond the edge the edge's own pixels. */
export function bilinear(
  { width, height, rgb }: Pixels,
  s: number,
  t: number,
  out: Uint8Array,
  to: number,
): void {
  const x = Math.min(width - 1.001, Math.max(0, s));
  const y = Math.min(height - 1.001, Math.max(0, t));
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - x0, y - y0];
  const p = 3 * (y0 * width + x0);
  const q = p + 3 * width;
  for (let k = 0; k < 3; k++) {
    const above = (rgb[p + k] as number) * (1 - fx) + (rgb[p + 3 + k] as number) * fx;
    const below = (rgb[q + k] as number) * (1 - fx) + (rgb[q + 3 + k] as number) * fx;
    out[to + k] = above * (1 - fy) + below * fy + 0.5;
  }
}

/** The photo stretched over the frame, so small before that no face is left in it. */
function backdrop({ pixels }: Photo, { width, height }: Size): Uint8Array {
  const pyramid = new Pyramid(pixels);
  const k = Math.max(0, Math.floor(Math.log2(Math.min(pixels.width, pixels.height) / 5)));
  const small = pyramid.level(k);
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const s = (x / width) * (small.width - 1);
      const t = (y / height) * (small.height - 1);
      bilinear(small, s, t, rgb, 3 * (y * width + x));
    }
  }
  return rgb;
}
