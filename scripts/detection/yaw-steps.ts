/** Faces by steps of yaw, and what is decided on the pairs of each step. Pure. */
import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import type { Quality } from '../../worker/face/quality/quality.ts';
import { undecidedReasons } from '../../worker/face/quality/quality-floor.ts';

/** Width of a step, in degrees to either side. */
const STEP = 15;
const STEPS = 6;

/** A picture with a label: compared, or refused with a code. */
export type Turned = {
  readonly person: string;
  /** Degrees. */
  readonly yaw: number;
} & (
  | { readonly embedding: Float32Array; readonly quality: Quality; readonly code?: undefined }
  | { readonly code: string }
);

/** Pairs, and those of them that pass as one person. */
export interface Decided {
  readonly pairs: number;
  readonly same: number;
}

export interface YawStep<F> {
  readonly name: string;
  readonly faces: readonly F[];
}

/** Faces by how far they are turned, to either side: 0 to 15 degrees, 15 to 30, to the last, 75 and more. */
export function yawSteps<F extends { readonly yaw: number }>(faces: readonly F[]): YawStep<F>[] {
  return Array.from({ length: STEPS }, (_, i) => ({
    name: i === STEPS - 1 ? `${STEP * i}° and more` : `${STEP * i} to ${STEP * (i + 1)}°`,
    faces: faces.filter(({ yaw }) => Math.min(STEPS - 1, Math.floor(Math.abs(yaw) / STEP)) === i),
  }));
}

/**
 * Decisions on the pairs of a turned face and another one of its person that looks at the camera; all
 * count, also those with a refused picture and those that nothing is decided on.
 */
export function decideOwn(
  turned: readonly Turned[],
  frontal: readonly Turned[],
  threshold: number,
): Decided {
  const pairs = turned.flatMap((a) =>
    frontal.filter((b) => a !== b && a.person === b.person).map((b) => [a, b] as const),
  );
  return count(pairs, threshold);
}

/** Decisions on the pairs of different people within one step, of those that something is decided on. */
export function decideOthers(faces: readonly Turned[], threshold: number): Decided {
  const pairs = faces.flatMap((a, i) =>
    faces
      .slice(0, i)
      .filter((b) => a.person !== b.person && isDecided(a, b))
      .map((b) => [a, b] as const),
  );
  return count(pairs, threshold);
}

function count(pairs: readonly (readonly [Turned, Turned])[], threshold: number): Decided {
  const same = pairs.filter(
    ([a, b]) =>
      a.code === undefined &&
      b.code === undefined &&
      isDecided(a, b) &&
      squaredDistance(a.embedding, b.embedding) <= threshold,
  );
  return { pairs: pairs.length, same: same.length };
}

function isDecided(a: Turned, b: Turned): boolean {
  return (
    a.code === undefined &&
    b.code === undefined &&
    undecidedReasons(a.quality, b.quality) === undefined
  );
}
