/**
 * The face nearest to a picture's middle: what many published LFW figures take. Not a policy of
 * the API, since a client's picture has no reason to be centred; here to say what it would change.
 */
import { Refusal } from '../../worker/errors.ts';
import { align, type Crop } from '../../worker/face/align.ts';
import { openPicture } from '../../worker/face/decode/index.ts';
import { closeUp, type Face, scan } from '../../worker/face/detect.ts';
import { Pyramid } from '../../worker/face/pyramid.ts';
import type { Engine } from '../../worker/face/verify.ts';

/** Confidence asked at first sight and close up, as the pipeline does of a whole picture. */
const FIRST_FLOOR = 0.5;
const CLOSE_FLOOR = 0.6;

/** For small pictures such as LFW's: it is decoded whole and scanned once. @throws Refusal */
export async function cropNearestCentre(
  { codecs, detector }: Pick<Engine, 'codecs' | 'detector'>,
  bytes: Uint8Array,
): Promise<Crop> {
  const pyramid = new Pyramid(openPicture(bytes, codecs).pixels(1));
  const { width, height } = pyramid;
  const side = Math.max(width, height);
  const whole = { x: width / 2, y: height / 2, side, angle: 0 };
  const faces: Face[] = [];
  for (const face of await scan(detector, pyramid, [whole], FIRST_FLOOR)) {
    const close = await closeUp(detector, pyramid, face);
    if (close !== undefined && close.confidence >= CLOSE_FLOOR) faces.push(close);
  }
  const off = ({ box }: Face) =>
    Math.hypot(box.x + (box.width - width) / 2, box.y + (box.height - height) / 2);
  const [nearest] = faces.sort((a, b) => off(a) - off(b));
  if (nearest === undefined) throw new Refusal({ code: 'no_face' });
  return align(pyramid, nearest.landmarks);
}
