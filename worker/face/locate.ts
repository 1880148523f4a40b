/** Finds the faces of a picture: the search over scales. */
import { Refusal } from '../errors.ts';
import type { Denominator, Picture } from '../image/pixels.ts';
import { Pyramid } from '../image/pyramid.ts';
import { MAX_DECODED_PIXELS, MIN_FACE_PIXELS } from '../limits.ts';
import { confirm, type FaceModels, isOneFace } from './confirm.ts';
import { closeUp, type Face, isSameFace, type Region, scan } from './detect.ts';
import { type FaceMeshResult, refineLandmarks } from './facemesh.ts';
import { choose, type FacePolicy, largestFirst, matters, wantedWidth } from './policy.ts';

/** A face, and pixels that show it large enough to be cut out. */
export interface Located {
  /** In pixels of the upright picture at full size. */
  readonly face: FaceMeshResult;
  /** In pixels of `pyramid`. */
  readonly close: FaceMeshResult;
  readonly pyramid: Pyramid;
}

/** Confidence asked of a detection at first sight; `confirm` decides. */
const FIRST_FLOOR = 0.5;

/** A picture is searched at the smallest scale whose longer side is still this long, in pixels. */
const SEARCH_SIDE = 480;

/** Box width, in pixels, at which a crop of 116 x 140 is cut without enlarging. */
const CROP_FACE_WIDTH = 90;

/**
 * The search, coarse to fine: tiles whose side is a share of the picture's longer side (1 is the
 * whole picture), the angle at which they are shown, and the confidence asked of a close-up. Tiles
 * and turns show the detector many more things that are no face, so there more is asked.
 */
const PASSES = [
  { share: 1, angle: 0, floor: 0.65 },
  { share: 1, angle: -Math.PI / 4, floor: 0.72 },
  { share: 1, angle: Math.PI / 4, floor: 0.72 },
  { share: 1 / 2, angle: 0, floor: 0.72 },
  { share: 1 / 4, angle: 0, floor: 0.72 },
] as const;

/**
 * Candidates of a picture that are looked at closely, the largest of each pass: whoever lays a
 * pattern of a thousand half-faces shall not have them all confirmed.
 */
const MAX_CONFIRMED_CANDIDATES = 10;

/**
 * Least width of a face, as a share of its tile, that the detector finds reliably: of 70 faces all
 * at 0.16, 96 % at 0.14, 69 % at 0.12.
 */
const RELIABLE = 0.16;

/**
 * Finds the face that is meant.
 *
 * @throws Refusal `no_face`, `multiple_faces`, `face_too_small`, `undecodable_image`
 */
export async function locate(
  finder: FaceModels,
  picture: Picture,
  policy: FacePolicy,
): Promise<Located> {
  const searched = searchDenominator(picture);
  const pyramid = new Pyramid(picture.pixels(searched));
  const faces = await search(finder, pyramid, policy);
  const chosen = choose(faces, policy, pyramid);
  return enlarge(finder, picture, chosen, { denominator: searched, pyramid });
}

/**
 * All faces of a picture that are large enough to be compared, the largest first.
 *
 * @param most faces that are taken, the largest
 * @throws Refusal `no_face`, `undecodable_image`
 */
export async function* locateAll(
  finder: FaceModels,
  picture: Picture,
  most: number,
): AsyncGenerator<Located> {
  const denominator = searchDenominator(picture);
  const searched = { denominator, pyramid: new Pyramid(picture.pixels(denominator)) };
  const found = await search(finder, searched.pyramid, 'all');
  const faces = found.filter(({ box }) => box.width * denominator >= MIN_FACE_PIXELS);
  if (faces.length === 0) throw new Refusal({ code: 'no_face' });
  let larger: Sampled | undefined; // one at a time: the smaller the face, the larger the pixels
  for (const face of faces.slice(0, most)) {
    try {
      yield await enlarge(finder, picture, face, searched, (denominator) => {
        if (larger?.denominator !== denominator) {
          larger = { denominator, pyramid: new Pyramid(picture.pixels(denominator)) };
        }
        return larger.pyramid;
      });
    } catch (error) {
      // A closer look may find it too small after all.
      if (!(error instanceof Refusal && error.failure.code === 'face_too_small')) throw error;
    }
  }
}

/** A picture's pixels at 1 / `denominator` of its size. */
interface Sampled {
  readonly denominator: Denominator;
  readonly pyramid: Pyramid;
}

/** A face that is small in the reduced picture is looked at again in a larger one. */
async function enlarge(
  finder: FaceModels,
  picture: Picture,
  chosen: FaceMeshResult,
  searched: Sampled,
  open = (denominator: Denominator) => new Pyramid(picture.pixels(denominator)),
): Promise<Located> {
  let { denominator, pyramid } = searched;
  while (
    denominator > 1 &&
    (chosen.box.width * searched.denominator) / denominator < CROP_FACE_WIDTH &&
    (picture.width * picture.height * 4) / denominator ** 2 <= MAX_DECODED_PIXELS
  ) {
    denominator = (denominator / 2) as Denominator;
  }
  let close = chosen;
  if (denominator < searched.denominator) {
    pyramid = open(denominator);
    const larger = scaled(chosen, searched.denominator / denominator);
    const again = (await closeUp(finder.detector, pyramid, larger)) ?? larger;
    close = (await refineLandmarks(finder.landmarker, pyramid, again)) ?? larger;
  }
  const face = scaled(close, denominator);
  if (face.box.width < MIN_FACE_PIXELS) {
    throw new Refusal({
      code: 'face_too_small',
      detail: `The face is ${Math.round(face.box.width)} pixels wide; ${MIN_FACE_PIXELS} are needed.`,
    });
  }
  return { face, close, pyramid };
}

function searchDenominator({ width, height }: Picture): Denominator {
  const side = Math.max(width, height);
  return ([8, 4, 2] as const).find((d) => side / d >= SEARCH_SIDE) ?? 1;
}

/**
 * The faces of a picture, largest first, in pixels of the upright picture at full size: all, or those
 * that the policy has to know of.
 */
export async function findFaces(
  finder: FaceModels,
  picture: Picture,
  policy: FacePolicy | 'all' = 'all',
) {
  const denominator = searchDenominator(picture);
  const faces = await search(finder, new Pyramid(picture.pixels(denominator)), policy);
  return faces.map((face) => scaled(face, denominator));
}

/**
 * Searches ever smaller tiles, until smaller faces could no longer change the choice.
 *
 * @returns confirmed faces in pixels of `picture`, largest first
 */
async function search(
  finder: FaceModels,
  picture: Pyramid,
  policy: FacePolicy | 'all',
): Promise<FaceMeshResult[]> {
  const longer = Math.max(picture.width, picture.height);
  let left = policy === 'all' ? Number.POSITIVE_INFINITY : MAX_CONFIRMED_CANDIDATES;
  let faces: FaceMeshResult[] = [];
  for (const { share, angle, floor } of PASSES) {
    const side = longer * share;
    if (angle !== 0 && faces.length > 0) continue; // turned only where upright shows nothing
    if (share < 1) {
      if (wantedWidth(faces, policy, picture) >= 2 * RELIABLE * side) break;
      if (side < MIN_FACE_PIXELS / RELIABLE) break; // what it could show would be too small
    }
    const regions = tiles(picture, side).map((tile) => ({ ...tile, angle }));
    const seen = await scan(finder.detector, picture, regions, FIRST_FLOOR);
    const close = new Set(largestFirst(seen, picture).slice(0, left));
    for (const face of seen) {
      if (!close.has(face) || !matters(face, faces, policy, picture)) continue;
      if (faces.some((known) => isSameFace(face, known))) continue;
      left--;
      const confirmed = await confirm(finder, picture, face, side, floor);
      // A face found again in a finer pass stays as it was: the answer must not hang on the policy.
      if (confirmed !== undefined && !faces.some((known) => isOneFace(known, confirmed))) {
        faces = largestFirst([...faces, confirmed], picture);
      }
    }
  }
  return faces;
}

/** Square tiles that cover the picture, each overlapping its neighbours by a third or more. */
function tiles({ width, height }: Pyramid, side: number): Region[] {
  const centres = (length: number): number[] => {
    if (length <= side) return [length / 2];
    const count = Math.ceil((length - side) / ((side * 2) / 3)) + 1;
    return Array.from({ length: count }, (_, i) => side / 2 + (i * (length - side)) / (count - 1));
  };
  return centres(height).flatMap((y) => centres(width).map((x) => ({ x, y, side })));
}

function scaled<F extends Face>(face: F, factor: number): F {
  const point = ({ x, y }: { x: number; y: number }) => ({ x: x * factor, y: y * factor });
  const { rightEye, leftEye, nose, mouth, rightEar, leftEar } = face.landmarks;
  return {
    ...face,
    box: {
      ...point(face.box),
      width: face.box.width * factor,
      height: face.box.height * factor,
    },
    landmarks: {
      rightEye: point(rightEye),
      leftEye: point(leftEye),
      nose: point(nose),
      mouth: point(mouth),
      rightEar: point(rightEar),
      leftEar: point(leftEar),
    },
  };
}
