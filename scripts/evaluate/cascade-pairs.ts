/** Pairs of pictures by a cascade: what both networks make of a picture, as one vector. */
import { type CascadePoints, fuse, isSure } from '../../worker/face/cascade.ts';
import { squaredDistance } from '../../worker/face/compare.ts';
import { DIMENSION } from '../../worker/face/embed.ts';
import type { Distance } from '../statistics/all-pairs.ts';

/** Embeddings by the fast network and by the slow one, one behind the other: 256 numbers a picture. */
export function joined(
  fast: ReadonlyMap<string, Float32Array>,
  slow: ReadonlyMap<string, Float32Array>,
): Map<string, Float32Array> {
  return new Map(
    [...fast].map(([file, embedding]) => [
      file,
      joinedOf(embedding, slow.get(file) as Float32Array),
    ]),
  );
}

/** The same of one picture. */
export function joinedOf(fast: Float32Array, slow: Float32Array): Float32Array {
  return Float32Array.of(...fast, ...slow);
}

/** Distance of two such vectors, as the Worker has it (`cascadeDistance`). */
export function distanceOfJoined(points: CascadePoints): Distance {
  return (a, b) => {
    const distance = fastDistance(a, b);
    if (isSure(distance, points)) return distance;
    return fuse(distance, squaredDistance(a.subarray(DIMENSION), b.subarray(DIMENSION)), points);
  };
}

/** Distance of two such vectors by the fast network alone. */
export function fastDistance(a: Float32Array, b: Float32Array): number {
  return squaredDistance(a.subarray(0, DIMENSION), b.subarray(0, DIMENSION));
}
