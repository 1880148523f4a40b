/** Embeddings without pictures: unit vectors of 128 numbers, the same for the same seed. */
import { DIMENSION, type Embedding } from '../../worker/face/embedding/embed.ts';
import { random } from './random.ts';

export function unitVector(seed: number): Embedding {
  return vectorNear(new Float32Array(DIMENSION), 1, seed);
}

export function unitVectors(count: number, seed: number): Embedding[] {
  return Array.from({ length: count }, (_, i) => unitVector(seed * 10_007 + i));
}

/** A unit vector off `centre` by noise of this length, more or less. */
export function vectorNear(centre: Embedding, noise: number, seed: number): Embedding {
  const next = random(seed);
  // Of four uniform numbers the sum is near enough to a normal one, with a variance of 1/3.
  const spread = noise * Math.sqrt(3 / DIMENSION);
  const uniform = () => next(1_000_000) / 1_000_000;
  const normal = () => (uniform() + uniform() + uniform() + uniform() - 2) * spread;
  const vector = Float32Array.from(centre, (value) => value + normal());
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
