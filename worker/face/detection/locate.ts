/**
 * Search for the faces of a picture, over scales (detect.ts looks at one). Everything is in pixels at
 * full size.
 */
import { Refusal } from '../../errors.ts';
import type { Picture } from '../../image/pixels.ts';
import type { Pyramid } from '../../image/pyramid.ts';
import { ScaledPicture } from '../../image/scaled-picture.ts';
import { MIN_FACE_PIXELS } from '../../limits.ts';
import { type FaceMeshResult, refineLandmarks } from '../alignment/facemesh.ts';
import type { Face, Region } from '../alignment/geometry.ts';
import { confirm, type FaceModels, isOneFace, refine } from './confirm.ts';
import { isSameFace, scan } from './detect.ts';
import {
  choose,
  type FaceChoice,
  type FacePolicy,
  largestFirst,
  matters,
  wantedWidth,
} from './policy.ts';
import { findProfile, isInProfile, WIDE } from './profile.ts';

/** A face, and pixels that show it large enough to be cut out. */
export interface Located {
  readonly face: FaceMeshResult;
  readonly pyramid: Pyramid;
}

/** Least confidence of a detection before its close-up; `confirm` decides. */
const CANDIDATE_CONFIDENCE = 0.5;

/** The search begins where the picture's longer side has this many pixels or more. */
const SEARCH_SIDE = 480;

/** Pixels of a tile's side, at least, as far as the picture has them. The detector takes 128. */
const TILE_PIXELS = SEARCH_SIDE / 4;

/** Box width, in pixels, at which a crop of 116 x 140 is cut without enlarging. */
const CROP_FACE_WIDTH = 90;

/** Tiles that are looked at, unless what was found before says otherwise. */
interface Pass {
  /** Side of a tile, as a share of the picture's longer side. */
  readonly share: number;
  /** Radians by which a tile is turned. */
  readonly angle: number;
  /** Least confidence of a close-up, 0..1. */
  readonly minConfidence: number;
  /** Condition on the passes before; `always` by default. */
  readonly when?: 'no-face-yet' | 'face-found' | 'small-face-found';
}

/**
 * The search, coarse to fine. Tiles and rotations show the detector many more things that are no face, so they
 * need more confidence; the picture is rotated only if nothing is found upright. Tiles of seven tenths are used
 * only to rule out a second face: four of them mostly save nine of a half. Tiles of an eighth are for groups of
 * people, where all faces are wanted, and only around faces found: a photo of 4:3 has 108 such tiles, and 33 coarser ones.
 */
const PASSES: readonly Pass[] = [
  { share: 1, angle: 0, minConfidence: 0.65 },
  { share: 1, angle: -Math.PI / 4, minConfidence: 0.72, when: 'no-face-yet' },
  { share: 1, angle: Math.PI / 4, minConfidence: 0.72, when: 'no-face-yet' },
  { share: 0.7, angle: 0, minConfidence: 0.72, when: 'face-found' },
  { share: 1 / 2, angle: 0, minConfidence: 0.72 },
  { share: 1 / 4, angle: 0, minConfidence: 0.72 },
  { share: 1 / 8, angle: 0, minConfidence: 0.72, when: 'small-face-found' },
];

/**
 * Candidates of a picture that are looked at closely, the largest of each pass: whoever lays a
 * pattern of a thousand half-faces shall not have them all confirmed. With 5, too, the faces of 10,701 photos
 * (LFW, CelebA) are found as with 10, to the byte.
 */
const MAX_CONFIRMED_CANDIDATES = 6;

/**
 * The same for each face that is taken, where all are wanted. Without it a picture of 256 faces, of which 16 are
 * taken, takes as long as twenty ordinary ones.
 */
const CONFIRMED_PER_TAKEN = 4;

/**
 * Least width of a face, as a share of its tile, that the detector finds reliably: of 70 faces all
 * at 0.16, 96 % at 0.14, 69 % at 0.12.
 */
const RELIABLE = 0.16;

/**
 * Finds the face that is meant. Its pyramid is the caller's to free.
 *
 * @throws Refusal `no_face`, `multiple_faces`, `face_too_small`, `undecodable_image`
 */
export async function locate(
  models: FaceModels,
  picture: Picture,
  policy: FacePolicy,
): Promise<Located> {
  const scaled = new ScaledPicture(picture, models.sampler);
  try {
    const { faces, pyramid } = await search(models, scaled, policy, MAX_CONFIRMED_CANDIDATES);
    if (faces.length === 0) throw new Refusal({ code: 'no_face', detail: notFound(picture) });
    return await enlarge(models, scaled, choose(faces, policy, picture), pyramid);
  } catch (error) {
    scaled.free();
    throw error;
  }
}

/**
 * All faces of a picture that are large enough to be compared, the largest first. A pyramid is freed when the
 * next face is asked for, or none any more.
 *
 * @param most faces that are taken, the largest
 * @throws Refusal `no_face`, `face_too_small` where all are, `undecodable_image`
 */
export async function* locateAll(
  models: FaceModels,
  picture: Picture,
  most: number,
): AsyncGenerator<Located> {
  const scaled = new ScaledPicture(picture, models.sampler);
  try {
    const { faces, pyramid } = await search(models, scaled, 'all', CONFIRMED_PER_TAKEN * most);
    const enough = faces.filter(({ box }) => box.width >= MIN_FACE_PIXELS);
    const taken = enough.length > 0 ? enough.slice(0, most) : faces.slice(0, 1);
    let fault: Refusal | undefined = new Refusal({ code: 'no_face', detail: notFound(picture) });
    for (const face of taken) {
      try {
        yield await enlarge(models, scaled, face, pyramid);
        fault = undefined;
      } catch (error) {
        // A closer look may find it too small after all.
        if (!(error instanceof Refusal && error.failure.code === 'face_too_small')) throw error;
        fault &&= error;
      }
    }
    if (fault) throw fault;
  } finally {
    scaled.free();
  }
}

/** A face that is small in the reduced picture is looked at again in a larger one. */
async function enlarge(
  models: FaceModels,
  picture: ScaledPicture,
  found: FaceMeshResult,
  searched: Pyramid,
): Promise<Located> {
  const finer = picture.showing(found.box.width, CROP_FACE_WIDTH);
  const face =
    finer === searched || isInProfile(found)
      ? found
      : ((await refine(models, finer, found)) ??
        (await refineLandmarks(models.landmarker, finer, found)) ??
        found);
  if (face.box.width < MIN_FACE_PIXELS) {
    throw new Refusal({
      code: 'face_too_small',
      detail: `The face is ${Math.round(face.box.width)} pixels wide; ${MIN_FACE_PIXELS} are needed.`,
    });
  }
  return { face, pyramid: finer };
}

/** The faces of a picture, largest first: all, or those that the policy has to know of. */
export async function findFaces(
  models: FaceModels,
  picture: Picture,
  policy: FaceChoice = 'all',
): Promise<FaceMeshResult[]> {
  const scaled = new ScaledPicture(picture, models.sampler);
  try {
    const confirmed = policy === 'all' ? Number.POSITIVE_INFINITY : MAX_CONFIRMED_CANDIDATES;
    return (await search(models, scaled, policy, confirmed)).faces;
  } finally {
    scaled.free();
  }
}

/** Width from which on a face is found, in a picture of this size. */
export function findableWidth({ width, height }: { width: number; height: number }): number {
  const longer = Math.max(width, height);
  const finest = PASSES.filter(({ when }) => when === undefined)
    .map(({ share }) => longer * share)
    .filter(couldShowAny);
  return Math.ceil(RELIABLE * (finest.at(-1) ?? longer));
}

function notFound(picture: Picture): string {
  const width = findableWidth(picture);
  const smaller =
    width > MIN_FACE_PIXELS
      ? ` In one of this size, faces less than ${width} pixels wide may be missed: send a closer one.`
      : '';
  return `No face was found in the picture.${smaller}`;
}

/** True of a tile so large that a face of the least width could be found in it. */
function couldShowAny(side: number): boolean {
  return side >= MIN_FACE_PIXELS / RELIABLE;
}

/**
 * Searches ever smaller tiles, until smaller faces could no longer change the choice.
 *
 * @param mostConfirmed candidates that are looked at closely
 * @returns confirmed faces, largest first, and the pixels that the search began with: only tiles of an eighth have finer ones
 */
async function search(
  models: FaceModels,
  picture: ScaledPicture,
  policy: FaceChoice,
  mostConfirmed: number,
): Promise<{ faces: FaceMeshResult[]; pyramid: Pyramid }> {
  const longer = Math.max(picture.width, picture.height);
  let left = mostConfirmed;
  const coarsest = picture.showing(longer, SEARCH_SIDE);
  let faces: FaceMeshResult[] = [];
  const upright: Face[] = [];
  let coarser = longer;
  for (const { share, angle, minConfidence, when } of PASSES) {
    const side = longer * share;
    if (!isDue(when, faces, coarser, policy)) continue;
    if (share < 1) {
      if (wantedWidth(faces, policy, picture) >= RELIABLE * coarser) break;
      if (!couldShowAny(side)) break;
    }
    coarser = side;
    const pyramid = picture.showing(side, TILE_PIXELS);
    let rest = tiles(picture, side);
    let before: number;
    do {
      before = faces.length;
      const now = when === 'small-face-found' ? rest.filter(reachesInto(faces)) : rest;
      rest = rest.filter((tile) => !now.includes(tile));
      const regions = now.map((tile) => ({ ...tile, angle }));
      const seen = await scan(models.detector, pyramid, regions, CANDIDATE_CONFIDENCE);
      if (angle === 0) upright.push(...seen);
      const close = new Set(largestFirst(seen, picture).slice(0, left));
      for (const face of seen) {
        if (!close.has(face) || !matters(face, faces, policy, picture)) continue;
        if (faces.some((known) => isSameFace(face, known))) continue;
        left--;
        const confirmed = await confirm(models, pyramid, face, side, minConfidence);
        // A face found again in a finer pass stays as it was: the answer must not depend on the policy.
        if (confirmed !== undefined && !faces.some((known) => isOneFace(known, confirmed))) {
          faces = largestFirst([...faces, confirmed], picture);
        }
      }
    } while (rest.length > 0 && faces.length > before); // around those found now, too
  }
  if (faces.length === 0) {
    const wide = { x: picture.width / 2, y: picture.height / 2, side: WIDE * longer };
    const views = [wide, { ...wide, mirrored: true }];
    upright.push(...(await scan(models.detector, coarsest, views, CANDIDATE_CONFIDENCE)));
    const profile = await findProfile(models, coarsest, upright);
    if (profile !== undefined) faces = [profile];
  }
  return { faces, pyramid: coarsest };
}

/**
 * True of a pass under the condition `when`, after `faces` were found in tiles of `side` and larger. A face is small
 * that is less than twice as wide as these show for certain: beside it may be some that they did not show.
 */
function isDue(
  when: Pass['when'],
  faces: readonly FaceMeshResult[],
  side: number,
  policy: FaceChoice,
): boolean {
  if (when === undefined) return true;
  if (when === 'small-face-found') {
    return policy === 'all' && faces.some(({ box }) => box.width < 2 * RELIABLE * side);
  }
  return (when === 'face-found') === faces.length > 0;
}

/** True of tiles that reach into the rectangle which holds these faces: people of a group stand together. */
function reachesInto(faces: readonly FaceMeshResult[]): (tile: Region) => boolean {
  const left = Math.min(...faces.map(({ box }) => box.x));
  const right = Math.max(...faces.map(({ box }) => box.x + box.width));
  const top = Math.min(...faces.map(({ box }) => box.y));
  const bottom = Math.max(...faces.map(({ box }) => box.y + box.height));
  return ({ x, y, side }) =>
    x + side / 2 > left && x - side / 2 < right && y + side / 2 > top && y - side / 2 < bottom;
}

/** Square tiles that cover the picture, each overlapping its neighbours by a third or more. */
function tiles({ width, height }: ScaledPicture, side: number): Region[] {
  const centres = (length: number): number[] => {
    if (length <= side) return [length / 2];
    const count = Math.ceil((length - side) / ((side * 2) / 3)) + 1;
    return Array.from({ length: count }, (_, i) => side / 2 + (i * (length - side)) / (count - 1));
  };
  return centres(height).flatMap((y) => centres(width).map((x) => ({ x, y, side })));
}
