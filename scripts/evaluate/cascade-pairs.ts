/** Pairs of pictures by a cascade: what both networks make of a picture, as one vector. */
import type { NetworkPoints } from '../../worker/face/decision/calibration.ts';
import { type CascadeParameters, fastDecides, fuse } from '../../worker/face/decision/cascade.ts';
import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import { DIMENSION } from '../../worker/face/embedding/embed.ts';
import type { Distance } from '../statistics/all-pairs.ts';
import { cropOf, distanceOfViews, faceOf, templateDistanceOfViews, type Views } from './views.ts';

/** Embedding by the fast network and views by the slow one, one behind the other. */
export function joined(
  fast: ReadonlyMap<string, Views>,
  slow: ReadonlyMap<string, Views>,
): Map<string, Float32Array> {
  return new Map(
    [...fast].map(([file, views]) => [file, joinedOf(views, slow.get(file) as Views)]),
  );
}

/** The same of one picture. */
export function joinedOf(fast: Views, slow: Views): Float32Array {
  return Float32Array.of(...faceOf(fast), ...slow);
}

/** Distance of two such vectors, as the Worker has it (`cascadeDistance`). */
export function distanceOfJoined(points: CascadeParameters): Distance {
  return cascading(points, slowDistance(points.slow));
}

function cascading(points: CascadeParameters, slow: Distance): Distance {
  return (a, b) => {
    const distance = fastDistance(a, b);
    if (fastDecides(distance, points)) return distance;
    return fuse(distance, slow(a, b), points);
  };
}

/** Distance of a template from such a vector, as the Worker has it (`cascadeTemplateDistance`). */
export function templateDistanceOfJoined(points: CascadeParameters): Distance {
  return cascading(points, slowTemplateDistance(points.slow));
}

/** Distance of two such vectors by the slow network alone. */
export function slowDistance(points: NetworkPoints): Distance {
  return ofSlow(distanceOfViews(points));
}

/** Distance of a template from such a vector by the slow network alone. */
export function slowTemplateDistance(points: NetworkPoints): Distance {
  return ofSlow(templateDistanceOfViews(points));
}

/** Distance of two such vectors by the slow network's crops alone. */
export const slowCropDistance = ofSlow((a, b) => squaredDistance(cropOf(a), cropOf(b)));

function ofSlow(distance: Distance): Distance {
  return (a, b) => distance(a.subarray(DIMENSION), b.subarray(DIMENSION));
}

/** Distance of two such vectors by the fast network alone. */
export function fastDistance(a: Float32Array, b: Float32Array): number {
  return squaredDistance(a.subarray(0, DIMENSION), b.subarray(0, DIMENSION));
}
