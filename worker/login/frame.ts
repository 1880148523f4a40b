/** The frames of a login: one burst of one camera, each with one large face. */
import { Refusal } from '../errors.ts';
import type { FaceMeshResult } from '../face/alignment/facemesh.ts';
import { confirm, type FaceModels, isOneFace, type Networks } from '../face/detection/confirm.ts';
import { scan } from '../face/detection/detect.ts';
import { choose, largestFirst } from '../face/detection/policy.ts';
import { type AlignedFace, cutOut, type Engine } from '../face/pipeline.ts';
import { openPicture } from '../image/open.ts';
import type { Pyramid } from '../image/pyramid.ts';
import { ScaledPicture } from '../image/scaled-picture.ts';
import { MIN_FACE_PIXELS } from '../limits.ts';

/** Least longer side of a decoded frame, in pixels: one of 1282 or more is decoded at a half, or less. */
const FRAME_SIDE = 641;

/**
 * Confidence asked of a face in the whole frame, and of its close-up. Less than `locate` asks of a
 * close-up: a login shows one large face and little else. Of 889 rendered frames 13 were left
 * without a face, instead of 26 at 0.65.
 */
const FLOOR = 0.5;

/**
 * The largest face of a frame, cut out. Cheaper than `detectAndAlign`: one who logs in fills a fifth of
 * the frame or more, so it is searched as a whole and never in tiles. A second face does not
 * matter, unless it is so large that it is not clear who is meant.
 *
 * @throws Refusal for whatever is wrong with the picture
 */
export async function detectAndAlignFrame(
  { codecs, sampler, ...networks }: Pick<Engine, 'codecs' | keyof FaceModels>,
  bytes: Uint8Array,
): Promise<AlignedFace> {
  const picture = openPicture(bytes, codecs);
  const longer = Math.max(picture.width, picture.height);
  const pyramid = new ScaledPicture(picture, sampler).showing(longer, FRAME_SIDE);
  try {
    const face = await find(networks, pyramid);
    if (face.box.width < MIN_FACE_PIXELS) {
      throw new Refusal({ code: 'face_too_small', detail: 'The face is too small.' });
    }
    return cutOut({ face, pyramid });
  } finally {
    pyramid.free();
  }
}

/**
 * The largest face of a frame. Each candidate is confirmed before it may be the largest: what passes
 * for a face at first sight is often larger than the face, most of all beside a turned one.
 */
async function find(networks: Networks, pyramid: Pyramid): Promise<FaceMeshResult> {
  const { width, height } = pyramid;
  const whole = { x: width / 2, y: height / 2, side: Math.max(width, height) };
  const faces: FaceMeshResult[] = [];
  for (const candidate of await scan(networks.detector, pyramid, [whole], FLOOR)) {
    const face = await confirm(networks, pyramid, candidate, whole.side, FLOOR);
    if (face !== undefined && !faces.some((known) => isOneFace(known, face))) faces.push(face);
  }
  return choose(largestFirst(faces, pyramid), 'dominant', pyramid);
}
