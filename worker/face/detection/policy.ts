/** Face policy: which of a picture's faces is meant. */
import { Refusal } from '../../errors.ts';
import type { Box } from '../alignment/geometry.ts';

/**
 * - `dominant`: the largest face; refused when another has more than half its area
 * - `one`: refused when there is any second face
 * - `largest`: the largest face, whatever else there is
 *
 * A face's area is that of its box, as far as it lies in the picture: who is cut off by the edge is
 * seldom whom a picture is of.
 */
export const FACE_POLICIES = ['dominant', 'one', 'largest'] as const;
export type FacePolicy = (typeof FACE_POLICIES)[number];

/** A policy that names one face, or every face, the largest first. */
export const FACE_CHOICES = [...FACE_POLICIES, 'all'] as const;
export type FaceChoice = (typeof FACE_CHOICES)[number];

interface Boxed {
  readonly box: Box;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Area of a face's box, as far as it lies in the picture; in squared pixels. */
export function visibleArea({ box: { x, y, width, height } }: Boxed, picture: Size): number {
  const across = Math.min(x + width, picture.width) - Math.max(x, 0);
  const down = Math.min(y + height, picture.height) - Math.max(y, 0);
  return Math.max(across, 0) * Math.max(down, 0);
}

export function largestFirst<F extends Boxed>(faces: readonly F[], picture: Size): F[] {
  return [...faces].sort((a, b) => visibleArea(b, picture) - visibleArea(a, picture));
}

/**
 * @param faces largest first
 * @throws Refusal `no_face`, `multiple_faces`
 */
export function choose<F extends Boxed>(faces: readonly F[], policy: FacePolicy, picture: Size): F {
  const [largest, second] = faces;
  if (largest === undefined) throw new Refusal({ code: 'no_face' });
  const rival =
    second !== undefined && visibleArea(second, picture) > visibleArea(largest, picture) / 2;
  if ((policy === 'one' && second !== undefined) || (policy === 'dominant' && rival)) {
    throw new Refusal({ code: 'multiple_faces', count: faces.length });
  }
  return largest;
}

/** Growth allowed to the area of a face's box, from the first sight to the confirmed face. */
const MAX_GROWTH = 1.5;

/**
 * Least area of a further face that would still change the choice, beside those found.
 *
 * @param faces confirmed so far, largest first
 * @param policy `all` where every face is wanted
 */
function leastRelevantArea(faces: readonly Boxed[], policy: FaceChoice, picture: Size): number {
  const [largest, second] = faces;
  if (policy === 'one' && second !== undefined) return Number.POSITIVE_INFINITY;
  if (largest === undefined || policy === 'one' || policy === 'all') return 0;
  const area = visibleArea(largest, picture);
  if (policy === 'largest') return area;
  const rival = second !== undefined && visibleArea(second, picture) > area / 2;
  // A face of twice the size would leave neither of the two a rival.
  return rival ? 2 * area : area / 2;
}

/**
 * True of a candidate that can still change the choice. Others get no close-up, so a picture of a hundred faces
 * costs little more than one of two.
 *
 * @param faces confirmed so far, largest first
 */
export function matters(
  seen: Boxed,
  faces: readonly Boxed[],
  policy: FaceChoice,
  picture: Size,
): boolean {
  const least = leastRelevantArea(faces, policy, picture);
  return least === 0 || MAX_GROWTH * visibleArea(seen, picture) > least;
}

/**
 * Least width of a face that would still change the choice, in pixels.
 *
 * @param faces confirmed so far, largest first
 */
export function wantedWidth(faces: readonly Boxed[], policy: FaceChoice, picture: Size): number {
  return Math.sqrt(leastRelevantArea(faces, policy, picture)); // the detector's boxes are squares
}
