/**
 * The face nearest to a picture's middle: what many published LFW figures take. Not a policy of
 * the API, since a client's picture has no reason to be centred; here to say what it would change.
 */
import { Refusal } from '../../worker/errors.ts';
import { align, type Crop } from '../../worker/face/align.ts';
import { openPicture } from '../../worker/face/decode/index.ts';
import type { Face } from '../../worker/face/detect.ts';
import { type Finder, findFaces } from '../../worker/face/locate.ts';
import { sharpen } from '../../worker/face/mesh.ts';
import { Pyramid } from '../../worker/face/pyramid.ts';
import type { Engine } from '../../worker/face/verify.ts';

/** For small pictures such as LFW's: it is decoded whole. @throws Refusal */
export async function cropNearestCentre(
  { codecs, detector, landmarker }: Pick<Engine, 'codecs' | keyof Finder>,
  bytes: Uint8Array,
): Promise<Crop> {
  const picture = openPicture(bytes, codecs);
  const { width, height } = picture;
  const off = ({ box }: Face) =>
    Math.hypot(box.x + (box.width - width) / 2, box.y + (box.height - height) / 2);
  const faces = await findFaces(detector, picture, 'largest');
  const [nearest] = faces.sort((a, b) => off(a) - off(b));
  if (nearest === undefined) throw new Refusal({ code: 'no_face' });
  const pyramid = new Pyramid(picture.pixels(1));
  return align(pyramid, (await sharpen(landmarker, pyramid, nearest)).landmarks);
}
