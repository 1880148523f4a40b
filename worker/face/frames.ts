/** The frames of a login: one burst of one camera, each with one large face. */
import { Refusal } from '../errors.ts';
import { MIN_FACE_PIXELS } from '../limits.ts';
import { align } from './align.ts';
import type { Finder } from './confirm.ts';
import { openPicture } from './decode/index.ts';
import { CLOSE_UP, closeUp, type Face, isSameFace, scan } from './detect.ts';
import { sharpen } from './mesh.ts';
import type { Network } from './network.ts';
import { type Pose, poseOf } from './poses.ts';
import { Pyramid } from './pyramid.ts';
import { quality } from './quality.ts';
import type { Engine, Portrait } from './verify.ts';

/** A longer side than this is more than a login needs: the frame is decoded at 1/2, 1/4, 1/8. */
const FRAME_SIDE = 1280;

/** Confidence asked of a face in the whole frame, and of its close-up; as `locate` asks it. */
const FIRST_FLOOR = 0.5;
const CLOSE_FLOOR = 0.65;

/**
 * Side of the close-up that poses are taken from, over the face's box: nearer than that for crops,
 * since the points then scatter less. Standard deviations, yaw and pitch: 6.2° and 4.8°, against
 * 7.2° and 5.6° at 1.8 (640 turned heads rendered from 29 photos of LFW and CelebA).
 */
const POSE_SPREAD = 1.5;

export interface Frame extends Portrait {
  readonly pose: Pose;
}

/**
 * The largest face of a frame, cut out. Cheaper than `portray`: one who logs in fills a fifth of
 * the frame or more, so it is searched as a whole and never in tiles. A second face does not
 * matter, unless it is so large that it is not clear who is meant.
 *
 * @param matched whether the crop will be compared with a template: then it is cut out by the same
 *   close-up as in any verification, and another one is taken for the pose
 * @throws Refusal for whatever is wrong with the picture
 */
export async function portrayFrame(
  { codecs, detector, landmarker }: Pick<Engine, 'codecs' | keyof Finder>,
  bytes: Uint8Array,
  matched: boolean,
): Promise<Frame> {
  const picture = openPicture(bytes, codecs);
  const longer = Math.max(picture.width, picture.height);
  const denominator = ([1, 2, 4, 8] as const).find((d) => longer / d <= FRAME_SIDE) ?? 8;
  const pyramid = new Pyramid(picture.pixels(denominator));
  const found = await find(detector, pyramid, matched ? CLOSE_UP : POSE_SPREAD);
  const face = (await sharpen(landmarker, pyramid, found)) ?? found;
  const faceWidth = face.box.width * denominator;
  if (faceWidth < MIN_FACE_PIXELS) {
    throw new Refusal({ code: 'face_too_small', detail: 'The face is too small.' });
  }
  const nearer = matched ? await closeUp(detector, pyramid, found, POSE_SPREAD) : found;
  const crop = align(pyramid, face.landmarks);
  return {
    report: { ...face, quality: quality(faceWidth, crop, face.landmarks) },
    crop,
    pose: poseOf((nearer ?? found).landmarks),
  };
}

/**
 * The largest face of a frame. Each candidate is looked at close up before it may be the largest:
 * what passes for a face at first sight is often larger than the face, most of all beside a turned
 * one.
 */
async function find(detector: Network, pyramid: Pyramid, spread: number): Promise<Face> {
  const { width, height } = pyramid;
  const whole = { x: width / 2, y: height / 2, side: Math.max(width, height) };
  const faces: Face[] = [];
  for (const candidate of await scan(detector, pyramid, [whole], FIRST_FLOOR)) {
    const face = await closeUp(detector, pyramid, candidate, spread);
    if (face === undefined || face.confidence < CLOSE_FLOOR) continue;
    if (!faces.some((known) => isSameFace(known, face))) faces.push(face);
  }
  const area = ({ box }: Face) => box.width * box.height;
  const [first, second] = faces.sort((a, b) => area(b) - area(a));
  if (first === undefined) throw new Refusal({ code: 'no_face' });
  if (second !== undefined && area(second) > area(first) / 2) {
    throw new Refusal({ code: 'multiple_faces', count: faces.length });
  }
  return first;
}
