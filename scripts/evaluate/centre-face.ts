/**
 * The face nearest to a picture's middle: what many published LFW figures take. Not a policy of
 * the API, since a client's picture has no reason to be centred; here to say what it would change.
 */
import { Refusal } from '../../worker/errors.ts';
import type { Face } from '../../worker/face/alignment/geometry.ts';
import type { FaceModels } from '../../worker/face/detection/confirm.ts';
import { findFaces } from '../../worker/face/detection/locate.ts';
import { type AlignedFace, cutOut, type Engine } from '../../worker/face/pipeline.ts';
import { openPicture } from '../../worker/image/open.ts';
import { Pyramid } from '../../worker/image/pyramid.ts';

/**
 * Face nearest the middle of a small picture such as LFW's, decoded whole.
 * @throws Refusal
 */
export async function alignNearestCentre(
  engine: Pick<Engine, 'codecs' | keyof FaceModels>,
  bytes: Uint8Array,
): Promise<AlignedFace> {
  const picture = openPicture(bytes, engine.codecs);
  const { width, height } = picture;
  const off = ({ box }: Face) =>
    Math.hypot(box.x + (box.width - width) / 2, box.y + (box.height - height) / 2);
  const faces = await findFaces(engine, picture, 'largest');
  const [nearest] = faces.sort((a, b) => off(a) - off(b));
  if (nearest === undefined) throw new Refusal({ code: 'no_face' });
  const pyramid = new Pyramid(picture.pixels(1), 1, picture, engine.sampler);
  return cutOut({ face: nearest, pyramid });
}
