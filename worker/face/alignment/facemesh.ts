/**
 * The points of a found face, far sharper than the detector's, and which way it looks: MediaPipe's
 * Face Mesh (arXiv:1907.06724), of whose 468 vertices we read a few.
 */

import type { Pyramid } from '../../image/pyramid.ts';
import type { Network } from '../network.ts';
import {
  type Box,
  type Face,
  type Landmarks,
  mean,
  type Point,
  type Region,
  regionMap,
} from './geometry.ts';
import { estimateHeadPose, type HeadPose, type Vector } from './head-pose.ts';

/** Vertices of each landmark, which is their mean. Left and right are the person's own. */
export const VERTICES_OF: Readonly<Record<keyof Landmarks, readonly number[]>> = {
  // Corners and lids: the middle of the eye, whichever way it looks.
  rightEye: [33, 133, 159, 145],
  leftEye: [263, 362, 386, 374],
  nose: [1],
  mouth: [61, 291],
  rightEar: [234],
  leftEar: [454],
};

/** Vertex on the other half of the face. */
const OPPOSITE: ReadonlyMap<number, number> = new Map(
  [
    ...VERTICES_OF.rightEye.map((right, i) => [right, VERTICES_OF.leftEye[i] as number] as const),
    [61, 291] as const,
    [234, 454] as const,
    [1, 1] as const,
  ].flatMap(([right, left]) => [
    [right, left],
    [left, right],
  ]),
);

/** Vertices in the order of the network's output (scripts/convert/facemesh.ts). */
export const VERTICES: readonly number[] = Object.values(VERTICES_OF).flat();

/** Side of the network's input, in pixels. */
const INPUT = 192;
/** Values it takes: 0 to 1. */
const VALUES = { scale: 1 / 255, offset: 0 };

/** Side of what it is shown over the longer side of the face's box, as it was trained. */
export const ROI_SCALE = 1.5;

/** A face with sharp landmarks; its box and confidence are the detector's. */
export interface FaceMeshResult extends Face {
  readonly orientation: HeadPose;
}

/** @returns undefined where, says Face Mesh, there is more likely no face than one */
export async function refineLandmarks(
  landmarker: Network,
  picture: Pyramid,
  face: Face,
): Promise<FaceMeshResult | undefined> {
  const side = ROI_SCALE * longer(face.box);
  const region = { ...middle(face.box), side, angle: roll(face) };
  const { logit, landmarks, orientation } = await fitMesh(landmarker, picture, region);
  if (!(logit >= 0) || orientation === undefined) return undefined;
  return { ...face, landmarks, orientation };
}

/** Face Mesh laid over a region, whether or not that shows a face. */
export interface FittedMesh {
  /** Logit of there being a face. */
  readonly logit: number;
  readonly landmarks: Landmarks;
  /** Undefined where the points are not those of a solid face. */
  readonly orientation: HeadPose | undefined;
}

/** Lays Face Mesh over a square of the picture. @throws Error where it is another network */
export async function fitMesh(
  landmarker: Network,
  picture: Pyramid,
  region: Region,
): Promise<FittedMesh> {
  const map = regionMap(region, INPUT);
  const data = picture.view(map, INPUT, INPUT, VALUES);
  const { points, face: logit } = await landmarker.run({ data, shape: [1, 3, INPUT, INPUT] });
  if (points?.length !== 3 * VERTICES.length || logit?.length !== 1) {
    throw new Error('not a Face Mesh model');
  }
  const step = Math.hypot(map.a, map.d);
  const solid = new Map(
    VERTICES.map((vertex, i): [number, Vector] => {
      const [x = 0, y = 0, depth = 0] = points.subarray(3 * i, 3 * i + 3);
      const [u, v] = [x - 0.5, y - 0.5];
      return [
        region.mirrored ? (OPPOSITE.get(vertex) as number) : vertex,
        // Depth is on the scale of x and y, and grows away from the viewer.
        [map.a * u + map.b * v + map.c + 0.5, map.d * u + map.e * v + map.f + 0.5, -depth * step],
      ];
    }),
  );
  const at = (vertex: number): Point => {
    const [x, y] = solid.get(vertex) as Vector;
    return { x, y };
  };
  const landmarks = Object.fromEntries(
    Object.entries(VERTICES_OF).map(([name, vertices]) => [name, mean(vertices.map(at))]),
  );
  return {
    logit: logit[0] as number,
    landmarks: landmarks as unknown as Landmarks,
    orientation: estimateHeadPose(solid),
  };
}

function middle({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

function longer({ width, height }: Box): number {
  return Math.max(width, height);
}

/** Radians, clockwise as seen. */
function roll({ landmarks: { rightEye, leftEye } }: Face): number {
  return Math.atan2(leftEye.y - rightEye.y, leftEye.x - rightEye.x);
}
