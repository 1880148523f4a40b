/** The embedding of an enrolled person, as it is kept: 128 bytes a network. */
import { DIMENSION, type Embedding } from './embed.ts';

/** Template of a person's pictures. Sealed before it leaves the Worker. */
export interface Template {
  readonly embedding: Int8Array;
  /** Number of pictures that it is the mean of: its thresholds depend on that. */
  readonly pictures: number;
  /** The same pictures by the fast network of a cascade; absent where it did not see them. */
  readonly fast?: FastTemplate | undefined;
}

/** Embedding by a fast network, and the id of that: those of another are not compared. */
export interface FastTemplate {
  readonly model: string;
  readonly embedding: Int8Array;
}

/** The largest component's code. -128 is left out, so that the codes are symmetric. */
const LARGEST = 127;

/**
 * A unit vector as 8 bits a component (FaceNet, arXiv:1503.03832, 5.4: without loss of accuracy).
 * The largest component gets the largest code: nothing is clipped, and the scale need not be kept,
 * since a unit vector is known by its direction.
 *
 * @throws Error for anything but a unit vector of 128 finite numbers
 */
export function quantize(unit: Embedding): Int8Array {
  const length = Math.hypot(...unit);
  if (unit.length !== DIMENSION || !(Math.abs(length - 1) < 1e-3))
    throw new Error('no unit vector');
  const largest = unit.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Int8Array.from(unit, (value) => Math.round((value * LARGEST) / largest));
}

/** @throws Error for what `quantize` never made */
export function dequantize(codes: Int8Array): Embedding {
  const length = Math.hypot(...codes);
  if (codes.length !== DIMENSION || length < LARGEST) throw new Error('no template');
  return Float32Array.from(codes, (code) => code / length);
}

/** The unit vector in the middle of some. @throws Error where they cancel, or there are none */
export function meanUnit(embeddings: readonly Embedding[]): Embedding {
  const sum = new Float64Array(DIMENSION);
  for (const embedding of embeddings) {
    for (let i = 0; i < DIMENSION; i++) sum[i] = (sum[i] as number) + (embedding[i] as number);
  }
  const length = Math.hypot(...sum);
  if (!(length > 1e-6)) throw new Error('no mean direction');
  return Float32Array.from(sum, (value) => value / length);
}
