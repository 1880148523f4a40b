/**
 * Views of a face by a network: its embedding and, by a network that takes mirror images too, that of the crop
 * alone, by which early exit may decide.
 */
import type { Crop } from '../../worker/face/alignment/align.ts';
import type { NetworkPoints } from '../../worker/face/decision/calibration.ts';
import { exitDistance } from '../../worker/face/decision/early-exit.ts';
import { squaredDistance } from '../../worker/face/embedding/distance.ts';
import {
  addMirrors,
  DIMENSION,
  type Embedding,
  embedPlain,
  takesMirrors,
} from '../../worker/face/embedding/embed.ts';
import type { Embedder } from '../../worker/face/network.ts';
import type { Distance } from '../statistics/all-pairs.ts';

/** Vector of 128 numbers; of 256 where the network takes mirror images. */
export type Views = Float32Array;

export async function embedViews(embedder: Embedder, crop: Crop): Promise<Views> {
  const [plain] = (await embedPlain(embedder, [crop])) as [Embedding];
  if (!takesMirrors(embedder)) return plain;
  const [face] = (await addMirrors(embedder, [crop], [plain])) as [Embedding];
  return Float32Array.of(...face, ...plain);
}

export function faceOf(views: Views): Embedding {
  return views.subarray(0, DIMENSION);
}

export function cropOf(views: Views): Embedding {
  return views.subarray(-DIMENSION);
}

/** True of views by a network that takes mirror images. */
export function isMirrored(views: Views): boolean {
  return views.length > DIMENSION;
}

/** Distance of two faces, as the Worker has it (`distanceOfFaces`). */
export function distanceOfViews(points: NetworkPoints): Distance {
  return (a, b) => exitOf(cropOf(a), b, points) ?? squaredDistance(faceOf(a), faceOf(b));
}

/** Distance of a template from a face, as the Worker has it (`distanceOfTemplate`). */
export function templateDistanceOfViews(points: NetworkPoints): Distance {
  return (template, views) =>
    exitOf(template, views, points) ?? squaredDistance(template, faceOf(views));
}

function exitOf(reference: Embedding, views: Views, points: NetworkPoints): number | undefined {
  if (!isMirrored(views)) return undefined;
  return exitDistance(squaredDistance(reference, cropOf(views)), points);
}
