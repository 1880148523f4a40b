/** Frames of a login, rendered from the test face: a head that turns, or a print of the photo. */
import { encodeJpeg } from '../../scripts/simulate/jpeg-encoder.ts';
import { edgesOf, type Photo, render, type View } from '../../scripts/simulate/render.ts';
import { ANGLES } from '../../scripts/simulate/scenes.ts';
import { head, type Surface, sheet } from '../../scripts/simulate/surfaces.ts';
import { locate } from '../../worker/face/detection/locate.ts';
import { openPicture } from '../../worker/image/open.ts';
import type { Pixels } from '../../worker/image/pixels.ts';
import type { Action } from '../../worker/login/poses.ts';
import { codecs } from './codecs.ts';
import { finder } from './engine.ts';
import { face } from './pictures.ts';

export const SIZE = { width: 640, height: 480 };

const picture = openPicture(face('face.jpg'), codecs);
const { face: found } = await locate(await finder(), picture, 'dominant');
export const photo: Photo = { pixels: picture.pixels(1), landmarks: found.landmarks };

/** The photo on paper. */
export const paper: Surface = sheet(edgesOf(photo));

/** Frame that a camera sees. */
export function view(aim: Partial<View>, surface: Surface = head): Pixels {
  return render(photo, surface, { yaw: 0, pitch: 0, roll: 0, eyes: 76, ...aim }, SIZE);
}

/**
 * A JPEG of what a camera sees.
 *
 * @param gain of the light
 * @param colour 0 for grey
 */
export function shoot(
  aim: Partial<View>,
  surface: Surface = head,
  gain = 1,
  colour = 1,
): Uint8Array {
  const seen = view(aim, surface);
  const rgb = seen.rgb.map((value, i) => {
    const luma = lumaOf(seen.rgb.subarray(i - (i % 3), i - (i % 3) + 3));
    return gain * (luma + colour * (value - luma));
  });
  return encodeJpeg({ ...seen, rgb }, 90);
}

/** BT.601 */
function lumaOf([r = 0, g = 0, b = 0]: Uint8Array): number {
  return 0.299 * r + 0.587 * g + 0.114 * b;
}

/** @param more how this time differs: nobody holds a pose twice in just the same way */
export function pose(name: Action | 'frontal', more: Partial<View> = {}): Uint8Array {
  return shoot({ ...ANGLES[name], ...more });
}
