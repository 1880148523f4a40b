/**
 * Finds faces: BlazeFace short range (arXiv:1907.05047) over the whole picture, then over tiles
 * for small faces, and close up where a first look is not enough.
 */

import type { Pyramid } from '../../image/pyramid.ts';
import type { Affine } from '../../image/sampling/sampler.ts';
import {
  type Face,
  type Landmarks,
  type Point,
  type Region,
  regionMap,
} from '../alignment/geometry.ts';
import type { Network } from '../network.ts';

/** Side of the network's input, in pixels. */
const INPUT = 128;
/** Values it takes: -1 to 1. */
const VALUES = { scale: 1 / 127.5, offset: -1 };
const NAMES = ['rightEye', 'leftEye', 'nose', 'mouth', 'rightEar', 'leftEar'] as const;
const MIRRORED_NAMES = ['leftEye', 'rightEye', 'nose', 'mouth', 'leftEar', 'rightEar'] as const;

/**
 * Centres of the 896 anchors in 0..1: two at each cell of a 16 x 16 grid, then six at each cell
 * of an 8 x 8 grid (ssd_anchors_calculator of MediaPipe's face_detection_short_range).
 */
const ANCHORS: readonly Point[] = [
  { grid: 16, each: 2 },
  { grid: 8, each: 6 },
].flatMap(({ grid, each }) =>
  Array.from({ length: grid * grid * each }, (_, i) => {
    const cell = Math.floor(i / each);
    return { x: ((cell % grid) + 0.5) / grid, y: (Math.floor(cell / grid) + 0.5) / grid };
  }),
);

/**
 * Runs the detector over square regions of a picture.
 *
 * @param floor the least confidence kept, 0..1
 * @returns faces in pixels of the picture, overlapping ones merged, surest first
 */
export async function scan(
  detector: Network,
  picture: Pyramid,
  regions: readonly Region[],
  floor: number,
): Promise<Face[]> {
  const faces: Face[] = [];
  for (const region of regions) {
    const map = regionMap(region, INPUT);
    const data = picture.view(map, INPUT, INPUT, VALUES);
    const { boxes, scores } = await detector.run({ data, shape: [1, 3, INPUT, INPUT] });
    if (boxes === undefined || scores === undefined) throw new Error('not a BlazeFace model');
    const logit = Math.log(floor / (1 - floor));
    for (let i = 0; i < ANCHORS.length; i++) {
      const score = scores[i] as number;
      if (!(score >= logit)) continue;
      const confidence = 1 / (1 + Math.exp(-score));
      faces.push(decode(boxes, i, ANCHORS[i] as Point, confidence, region, map));
    }
  }
  return merge(faces);
}

/** One anchor's outputs, in input pixels relative to the anchor, as a face of the picture. */
function decode(
  boxes: Float32Array,
  index: number,
  anchor: Point,
  confidence: number,
  region: Region,
  map: Affine,
): Face {
  const at = (k: number): Point => {
    const x = (boxes[index * 16 + k] as number) + anchor.x * INPUT - 0.5;
    const y = (boxes[index * 16 + k + 1] as number) + anchor.y * INPUT - 0.5;
    return { x: map.a * x + map.b * y + map.c + 0.5, y: map.d * x + map.e * y + map.f + 0.5 };
  };
  const centre = at(0);
  const step = region.side / INPUT;
  // The box is upright whatever the region's angle: a rolled face's box is that of the face.
  const width = (boxes[index * 16 + 2] as number) * step;
  const height = (boxes[index * 16 + 3] as number) * step;
  const names = region.mirrored ? MIRRORED_NAMES : NAMES;
  const landmarks = Object.fromEntries(names.map((name, k) => [name, at(4 + 2 * k)]));
  return {
    box: { x: centre.x - width / 2, y: centre.y - height / 2, width, height },
    landmarks: landmarks as unknown as Landmarks,
    confidence,
  };
}

/** Overlap at which two detections are one face (MediaPipe's non_max_suppression: 0.3). */
const SAME_FACE_IOU = 0.3;

/** BlazeFace's suppression: overlapping detections are averaged, weighted by confidence. */
function merge(faces: readonly Face[]): Face[] {
  let rest = [...faces].sort((a, b) => b.confidence - a.confidence);
  const merged: Face[] = [];
  while (rest.length > 0) {
    const best = rest[0] as Face;
    const group: Face[] = [];
    const others: Face[] = [];
    for (const face of rest) {
      (face === best || isSameFace(face, best) ? group : others).push(face);
    }
    merged.push(average(group, best.confidence));
    rest = others;
  }
  return merged;
}

/** Mean of several detections of one face, weighted by their confidence. */
export function average(group: readonly Face[], confidence: number): Face {
  const total = group.reduce((sum, face) => sum + face.confidence, 0);
  const of = (value: (face: Face) => number) =>
    group.reduce((sum, face) => sum + value(face) * face.confidence, 0) / total;
  const landmarks = Object.fromEntries(
    NAMES.map((name) => [
      name,
      { x: of((f) => f.landmarks[name].x), y: of((f) => f.landmarks[name].y) },
    ]),
  );
  return {
    box: {
      x: of((f) => f.box.x),
      y: of((f) => f.box.y),
      width: of((f) => f.box.width),
      height: of((f) => f.box.height),
    },
    landmarks: landmarks as unknown as Landmarks,
    confidence,
  };
}

/** True of two detections of one face, by the intersection over union of their boxes. */
export function isSameFace({ box: a }: Face, { box: b }: Face): boolean {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return false;
  const shared = width * height;
  return shared / (a.width * a.height + b.width * b.height - shared) > SAME_FACE_IOU;
}

/** The close-up's side over the face's box. */
const CLOSE_UP = 1.8;

/** Confidence from which up a close-up is believed without its mirror image. */
const SURE = 0.85;

/** Confidence asked of each close-up by itself; what is asked of their mean is the caller's. */
const CLOSE_UP_FLOOR = 0.4;

/**
 * Looks at a found face again, close up and turned upright by its eyes.
 *
 * The detector puts eyes above the mouth whichever way up a face is, so an unsure face is also
 * looked at the other way up, and the surer of the two is kept. A face that is still unsure is
 * looked at mirrored as well, and the mean is taken: a face looks much the same in a mirror,
 * whereas what passes for one by chance seldom does so twice.
 *
 * @returns the sharper face, or undefined where a close-up shows none: a false detection
 */
export async function closeUp(
  detector: Network,
  picture: Pyramid,
  face: Face,
): Promise<Face | undefined> {
  const { box, landmarks } = face;
  const { rightEye, leftEye } = landmarks;
  const angle = Math.atan2(leftEye.y - rightEye.y, leftEye.x - rightEye.x);
  const side = CLOSE_UP * Math.max(box.width, box.height);
  const look = async (angle: number, mirrored = false) => {
    const region = { x: box.x + box.width / 2, y: box.y + box.height / 2, side, angle, mirrored };
    const found = await scan(detector, picture, [region], CLOSE_UP_FLOOR);
    return found.find((candidate) => isSameFace(candidate, face));
  };
  const seen = await look(angle);
  if (seen !== undefined && seen.confidence >= SURE) return seen;
  const turned = await look(angle + Math.PI);
  const isUpsideDown = (turned?.confidence ?? 0) > (seen?.confidence ?? 0);
  const surer = isUpsideDown ? turned : seen;
  if (surer === undefined || surer.confidence >= SURE) return surer;
  const mirrored = await look(isUpsideDown ? angle + Math.PI : angle, true);
  return mirrored && average([surer, mirrored], (surer.confidence + mirrored.confidence) / 2);
}
