/** Tasks and results of the threads of `sort`. */
import type { Box } from '../../worker/face/alignment/geometry.ts';
import type { FloorFailure, Weakness } from '../../worker/face/quality/quality-floor.ts';
import type { Place } from '../dataset/pictures.ts';

export interface SortTask {
  readonly place: Place;
  readonly network: string;
}

export interface FoundFace {
  readonly box: Box;
  readonly embedding: Float32Array;
  readonly reasons: readonly FloorFailure[];
  readonly weaknesses: readonly Weakness[];
  /** Aligned crop as JPEG. */
  readonly thumbnail: Uint8Array;
}

/** Faces of a picture, or the code of its refusal. */
export type Sorted = { readonly faces: readonly FoundFace[] } | { readonly code: string };

/** Code of a file that could not be read: all others are those of refusals. */
export const UNREADABLE = 'unreadable_file';
