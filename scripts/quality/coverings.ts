/** Medical masks and sunglasses, drawn on a face by its landmarks. */
import type { Landmarks } from '../../worker/face/alignment/geometry.ts';
import type { Pixels } from '../../worker/image/pixels.ts';

export const COVERINGS = ['mask', 'sunglasses'] as const;
export type Covering = (typeof COVERINGS)[number];

type Colour = readonly [red: number, green: number, blue: number];

/**
 * Colour and opacity of a covering at a point of the face, undefined where it is bare: `u` in eye distances from between the eyes to the person's own
 * left, `v` down the face, the mouth at 1.05.
 */
type Paint = (u: number, v: number) => { colour: Colour; alpha: number } | undefined;

/** Light blue, white, black. */
const CLOTHS: readonly Colour[] = [
  [152, 190, 214],
  [226, 226, 224],
  [38, 38, 42],
];
/** Black, brown, blue. */
const LENSES: readonly Colour[] = [
  [18, 17, 17],
  [48, 32, 22],
  [26, 30, 42],
];
const LOOP: Colour = [200, 200, 200];
const FRAME: Colour = [20, 18, 18];
const MOUTH = 1.05;

/** @param next uniform numbers in [0, 1): colour, size and fit */
export function covered(
  pixels: Pixels,
  landmarks: Landmarks,
  covering: Covering,
  next: () => number,
): Pixels {
  return unscaledPicture(pixels, landmarks, covering === 'mask' ? mask(next) : sunglasses(next));
}

function mask(next: () => number): Paint {
  const cloth = one(CLOTHS, next);
  const top = 0.34 + 0.1 * next();
  return (u, v) => {
    const side = Math.abs(u);
    if (side <= 0.98 && v >= top + 0.3 * side ** 2 && v <= 1.9 - 0.55 * side ** 2) {
      const isPleat = [0.85, 1.1, 1.35].some((at) => Math.abs(v - at - 0.05 * side) < 0.012);
      const light = (1 - 0.28 * side ** 2 - 0.08 * Math.max(0, v - 1.1)) * (isPleat ? 0.85 : 1);
      return { colour: lit(cloth, light), alpha: 1 };
    }
    const loop = 0.66 - ((side - 0.95) / 0.35) * 0.45;
    const isLoop = side > 0.95 && side < 1.3 && Math.abs(v - loop) < 0.02;
    return isLoop ? { colour: LOOP, alpha: 1 } : undefined;
  };
}

function sunglasses(next: () => number): Paint {
  const lens = one(LENSES, next);
  const halfWidth = 0.36 + 0.1 * next();
  const halfHeight = 0.27 + 0.08 * next();
  return (u, v) => {
    const side = Math.abs(u);
    const out =
      Math.abs((side - 0.52) / halfWidth) ** 2.6 + Math.abs((v - 0.06) / halfHeight) ** 2.6;
    if (out <= 1) {
      const light = out > 0.82 ? 0.5 : 1 + 0.5 * Math.max(0, 0.3 - v);
      return { colour: lit(lens, light), alpha: 0.97 };
    }
    const isBridge = side < 0.2 && Math.abs(v + 0.06) < 0.035;
    const isTemple = side > 0.8 && side < 1.35 && Math.abs(v + 0.05) < 0.035;
    return isBridge || isTemple ? { colour: FRAME, alpha: 1 } : undefined;
  };
}

function one<T>(of: readonly T[], next: () => number): T {
  return of[Math.floor(next() * of.length)] as T;
}

function lit([red, green, blue]: Colour, by: number): Colour {
  return [red * by, green * by, blue * by];
}

/** Each pixel is the mean of four points of the paint. */
const POINTS = [0.25, 0.75].flatMap((y) => [0.25, 0.75].map((x) => ({ x, y })));

function unscaledPicture(
  { width, height, rgb }: Pixels,
  landmarks: Landmarks,
  paint: Paint,
): Pixels {
  const { rightEye, leftEye, mouth } = landmarks;
  const origin = { x: (rightEye.x + leftEye.x) / 2, y: (rightEye.y + leftEye.y) / 2 };
  const across = { x: leftEye.x - rightEye.x, y: leftEye.y - rightEye.y };
  const down = { x: (mouth.x - origin.x) / MOUTH, y: (mouth.y - origin.y) / MOUTH };
  const area = across.x * down.y - across.y * down.x;
  const out = rgb.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sum = [0, 0, 0];
      let alpha = 0;
      for (const point of POINTS) {
        const dx = x + point.x - origin.x;
        const dy = y + point.y - origin.y;
        const found = paint(
          (dx * down.y - dy * down.x) / area,
          (dy * across.x - dx * across.y) / area,
        );
        if (found === undefined) continue;
        const share = found.alpha / POINTS.length;
        alpha += share;
        for (let k = 0; k < 3; k++)
          sum[k] = (sum[k] as number) + share * (found.colour[k] as number);
      }
      if (alpha === 0) continue;
      const at = 3 * (y * width + x);
      for (let k = 0; k < 3; k++) {
        out[at + k] = Math.round((rgb[at + k] as number) * (1 - alpha) + (sum[k] as number));
      }
    }
  }
  return { width, height, rgb: out };
}
