/** Crops made worse in one way at a time, to see from where on that costs matches. */
import { CROP_HEIGHT, CROP_WIDTH, type Crop } from '../../worker/face/alignment/align.ts';
import { Pyramid } from '../../worker/image/pyramid.ts';
import { interleaved } from '../dataset/pack.ts';

/** Box width of a face that fills a crop of 116 x 140, in pixels. */
const CROP_FACE_WIDTH = 90;

const PLANE = CROP_WIDTH * CROP_HEIGHT;

/** The crop as from a picture in which the face is only so many pixels wide. */
export function shrunken(crop: Crop, faceWidth: number): Crop {
  const scale = faceWidth / CROP_FACE_WIDTH;
  const width = Math.round(CROP_WIDTH * scale);
  const height = Math.round(CROP_HEIGHT * scale);
  const small = new Uint8Array(3 * width * height);
  const picture = { width: CROP_WIDTH, height: CROP_HEIGHT, rgb: interleaved(crop) };
  new Pyramid(picture).sample(
    stretch(CROP_WIDTH / width, CROP_HEIGHT / height),
    width,
    height,
    small,
  );
  const plane = width * height;
  const rgb = small.map((_, i) => small[(i % 3) * plane + Math.floor(i / 3)] as number);
  const out = new Uint8Array(3 * PLANE);
  const back = stretch(width / CROP_WIDTH, height / CROP_HEIGHT);
  new Pyramid({ width, height, rgb }).sample(back, CROP_WIDTH, CROP_HEIGHT, out);
  return out;
}

/** Map from pixel centres to pixel centres. */
function stretch(x: number, y: number) {
  return { a: x, b: 0, c: x / 2 - 0.5, d: 0, e: y, f: y / 2 - 0.5 };
}

/** Blurred by a Gaussian, its deviation in pixels of the crop. */
export function blurred(crop: Crop, deviation: number): Crop {
  const reach = Math.ceil(3 * deviation);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)),
  );
  const along = (from: ArrayLike<number>, step: number, length: number) =>
    Float32Array.from(from, (_, i) => {
      const at = Math.floor(i / step) % length;
      let sum = 0;
      let weight = 0;
      for (const [k, w] of kernel.entries()) {
        const to = at + k - reach;
        if (to < 0 || to >= length) continue;
        sum += w * (from[i + (k - reach) * step] as number);
        weight += w;
      }
      return sum / weight;
    });
  const both = along(along(crop, 1, CROP_WIDTH), CROP_WIDTH, CROP_HEIGHT);
  return Uint8Array.from(both, Math.round);
}

/**
 * The crop as if the camera had taken in so much of the light, or more than it holds; sRGB's gamma
 * is 2.2.
 */
export function exposed(crop: Crop, light: number): Crop {
  return crop.map((value) => Math.min(255, Math.round(value * light ** (1 / 2.2))));
}
