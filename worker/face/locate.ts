/** Which face of a picture is meant: the search over scales, and the policies of choice. */
import { Refusal } from '../errors.ts';
import { MIN_FACE_PIXELS } from '../limits.ts';
import { closeUp, type Face, merge, type Region, scan } from './detect.ts';
import type { Network } from './network.ts';
import type { Denominator, Picture } from './pixels.ts';
import { Pyramid } from './pyramid.ts';

/**
 * - `dominant`: the largest face; refused when another has more than half its box's area
 * - `one`: refused when there is any second face
 * - `largest`: the largest face, whatever else there is
 */
export const FACE_POLICIES = ['dominant', 'one', 'largest'] as const;
export type FacePolicy = (typeof FACE_POLICIES)[number];

/** A face, and pixels that show it large enough to be cut out. */
export interface Located {
  /** In pixels of the upright picture at full size. */
  readonly face: Face;
  /** In pixels of `pyramid`. */
  readonly close: Face;
  readonly pyramid: Pyramid;
}

/**
 * Confidence asked of a detection at first sight and of its close-up. The close-up decides: of
 * the false detections of the first pass it throws out nearly all (`npm run false-faces`).
 */
const FIRST_FLOOR = 0.5;
const CLOSE_FLOOR = 0.5;

/** A picture is searched at the smallest scale whose longer side is still this long, in pixels. */
const SEARCH_SIDE = 480;

/** Box width, in pixels, at which a crop of 116 x 140 is cut without enlarging. */
const CROP_FACE_WIDTH = 90;

/** Pixels decoded at most to see a small face better: 3 bytes each of a 128 MB isolate. */
const MAX_DECODED_PIXELS = 13_000_000;

/** Tiles' sides as a share of the picture's longer side; 1 is the whole picture. */
const SHARES = [1, 1 / 2, 1 / 4] as const;

/** Least width of a face, as a share of its tile, that the detector finds reliably. */
const RELIABLE = 0.2;

/** Angles, in radians, at which the whole picture is searched again when upright shows nothing. */
const TURNS = [-Math.PI / 4, Math.PI / 4] as const;

/**
 * Finds the face that is meant.
 *
 * @throws Refusal `no_face`, `multiple_faces`, `face_too_small`, `undecodable_image`
 */
export async function locate(
  detector: Network,
  picture: Picture,
  policy: FacePolicy,
): Promise<Located> {
  const searched = searchDenominator(picture);
  let pyramid = new Pyramid(picture.pixels(searched));
  const faces = await search(detector, pyramid, policy);
  const chosen = choose(faces, policy);

  // A face that is small in the reduced picture is looked at again in a larger one.
  let denominator = searched;
  while (
    denominator > 1 &&
    (chosen.box.width * searched) / denominator < CROP_FACE_WIDTH &&
    (picture.width * picture.height * 4) / denominator ** 2 <= MAX_DECODED_PIXELS
  ) {
    denominator = (denominator / 2) as Denominator;
  }
  let close: Face | undefined = chosen;
  if (denominator < searched) {
    pyramid = new Pyramid(picture.pixels(denominator));
    close = await closeUp(detector, pyramid, scaled(chosen, searched / denominator), CLOSE_FLOOR);
    close ??= scaled(chosen, searched / denominator);
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

/** All faces of a picture, largest first, in pixels of the upright picture at full size. */
export async function findFaces(detector: Network, picture: Picture, policy: FacePolicy) {
  const denominator = searchDenominator(picture);
  const faces = await search(detector, new Pyramid(picture.pixels(denominator)), policy);
  return faces.map((face) => scaled(face, denominator));
}

/**
 * Searches ever smaller tiles, until smaller faces could no longer change the choice.
 *
 * @returns confirmed faces in pixels of `picture`, largest first
 */
async function search(detector: Network, picture: Pyramid, policy: FacePolicy): Promise<Face[]> {
  const longer = Math.max(picture.width, picture.height);
  let faces: Face[] = [];
  for (const share of SHARES) {
    const side = longer * share;
    const wanted = wantedWidth(faces, policy);
    if (share < 1 && (wanted >= RELIABLE * side * 2 || side < MIN_FACE_PIXELS / RELIABLE)) break;
    faces = await confirmed(detector, picture, tiles(picture, side), faces);
    if (share === 1 && faces.length === 0) {
      const turned = TURNS.flatMap((angle) => tiles(picture, side).map((t) => ({ ...t, angle })));
      faces = await confirmed(detector, picture, turned, faces);
    }
  }
  return faces;
}

/** The least width of a face that would still matter beside those found. */
function wantedWidth(faces: readonly Face[], policy: FacePolicy): number {
  const largest = faces[0];
  if (largest === undefined || policy === 'one') return 0;
  // Half the area is 0.71 of the width.
  return policy === 'largest' ? largest.box.width : largest.box.width * Math.SQRT1_2;
}

/** Faces of `regions` that a close-up confirms, together with those already `known`. */
async function confirmed(
  detector: Network,
  picture: Pyramid,
  regions: readonly Region[],
  known: readonly Face[],
): Promise<Face[]> {
  const faces = [...known];
  for (const face of await scan(detector, picture, regions, FIRST_FLOOR)) {
    const sharper = await closeUp(detector, picture, face, CLOSE_FLOOR);
    if (sharper !== undefined) faces.push(sharper);
  }
  return merge(faces).sort((a, b) => b.box.width - a.box.width);
}

/** Square tiles that cover the picture, each overlapping its neighbours by a third or more. */
function tiles({ width, height }: Pyramid, side: number): Region[] {
  const centres = (length: number): number[] => {
    if (length <= side) return [length / 2];
    const count = Math.ceil((length - side) / ((side * 2) / 3)) + 1;
    return Array.from({ length: count }, (_, i) => side / 2 + (i * (length - side)) / (count - 1));
  };
  return centres(height).flatMap((y) => centres(width).map((x) => ({ x, y, side, angle: 0 })));
}

function choose(faces: readonly Face[], policy: FacePolicy): Face {
  const [largest, second] = faces;
  if (largest === undefined) throw new Refusal({ code: 'no_face' });
  const rival = second !== undefined && area(second) > area(largest) / 2;
  if ((policy === 'one' && second !== undefined) || (policy === 'dominant' && rival)) {
    throw new Refusal({ code: 'multiple_faces', count: faces.length });
  }
  return largest;
}

function area({ box }: Face): number {
  return box.width * box.height;
}

function scaled(face: Face, factor: number): Face {
  const point = ({ x, y }: { x: number; y: number }) => ({ x: x * factor, y: y * factor });
  const { rightEye, leftEye, nose, mouth, rightEar, leftEar } = face.landmarks;
  return {
    confidence: face.confidence,
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
