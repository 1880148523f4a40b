/** What can be said of a face's picture before comparing it. Rough, cheap, and documented. */
import { CROP_HEIGHT, CROP_WIDTH, type Crop } from './align.ts';
import type { Landmarks, Point } from './detect.ts';

export interface Quality {
  /** Width of the face's box in pixels of the picture at full size. */
  readonly faceWidth: number;
  /** 0 (smooth) to 1: how much fine detail the crop shows. */
  readonly sharpness: number;
  /** Mean brightness of the face, 0 (black) to 1 (white). */
  readonly exposure: number;
  /** Degrees; positive when turned to the person's own left. */
  readonly yaw: number;
  /** Degrees; positive when looking up. */
  readonly pitch: number;
  /** Degrees; positive when the head leans to the person's own left shoulder. */
  readonly roll: number;
}

/** The middle of the crop, without hair and background: brows to chin. */
const FACE = { left: 24, right: 92, top: 48, bottom: 120 } as const;

/** Variance of the Laplacian at which sharpness is one half, in squared 8-bit grey levels. */
const HALF_SHARP = 150;

export function quality(faceWidth: number, crop: Crop, landmarks: Landmarks): Quality {
  return { faceWidth, ...light(crop), ...pose(landmarks) };
}

/** Brightness, and sharpness as the variance of the Laplacian (Pech-Pacheco et al. 2000). */
function light(crop: Crop): { sharpness: number; exposure: number } {
  const plane = CROP_WIDTH * CROP_HEIGHT;
  // BT.601 luma
  const luma = (i: number) =>
    0.299 * (crop[i] as number) +
    0.587 * (crop[i + plane] as number) +
    0.114 * (crop[i + 2 * plane] as number);
  let sum = 0;
  let edge = 0;
  let edgeSquared = 0;
  for (let y = FACE.top; y < FACE.bottom; y++) {
    for (let x = FACE.left; x < FACE.right; x++) {
      const i = y * CROP_WIDTH + x;
      const here = luma(i);
      const laplacian =
        luma(i - 1) + luma(i + 1) + luma(i - CROP_WIDTH) + luma(i + CROP_WIDTH) - 4 * here;
      sum += here;
      edge += laplacian;
      edgeSquared += laplacian * laplacian;
    }
  }
  const count = (FACE.bottom - FACE.top) * (FACE.right - FACE.left);
  const variance = edgeSquared / count - (edge / count) ** 2;
  return { sharpness: variance / (variance + HALF_SHARP), exposure: sum / count / 255 };
}

/** How far the tip of the nose stands out of the plane of eyes and mouth, in eye distances. */
const NOSE_DEPTH = 0.45;
/**
 * From the eyes down to the mouth, in eye distances, and the nose's share of it: what the detector
 * finds on frontal faces (medians over 999 photos of CelebA).
 */
const MOUTH_DROP = 1.0;
const NOSE_SHARE = 0.66;

/**
 * Head pose from four points: a turned head moves the tip of the nose, which stands out, against
 * the plane of eyes and mouth. Good for "about frontal" and "clearly turned", not for degrees.
 */
export function pose({ rightEye, leftEye, nose, mouth }: Landmarks) {
  const across = { x: leftEye.x - rightEye.x, y: leftEye.y - rightEye.y };
  const roll = Math.atan2(across.y, across.x);
  const eyes = { x: (leftEye.x + rightEye.x) / 2, y: (leftEye.y + rightEye.y) / 2 };
  // Coordinates along the eyes and down the face, in pixels, from between the eyes.
  const inFace = (point: Point) => {
    const x = point.x - eyes.x;
    const y = point.y - eyes.y;
    return {
      x: x * Math.cos(roll) + y * Math.sin(roll),
      y: y * Math.cos(roll) - x * Math.sin(roll),
    };
  };
  const tip = inFace(nose);
  const lips = inFace(mouth);
  // Both are foreshortened alike by the turn, so their ratio is the tangent of its angle.
  const yaw = Math.atan(tip.x / (NOSE_DEPTH * Math.hypot(across.x, across.y)));
  const share = tip.y / Math.max(lips.y, 1e-6);
  const pitch = Math.atan(((NOSE_SHARE - share) * MOUTH_DROP) / NOSE_DEPTH);
  const degrees = (angle: number) => (angle * 180) / Math.PI;
  return { yaw: degrees(yaw), pitch: degrees(pitch), roll: degrees(roll) };
}
