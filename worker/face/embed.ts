/** From crops to embeddings. */
import { CROP_HEIGHT, CROP_WIDTH, type Crop } from './align.ts';
import type { Network } from './network.ts';

/** Length of an embedding (FaceNet, arXiv:1503.03832, 5.4: 128 serve as well as more). */
export const DIMENSION = 128;

/** A unit vector of 128 floats. */
export type Embedding = Float32Array;

/** Embeds crops in one run of the network. */
export async function embed(embedder: Network, crops: readonly Crop[]): Promise<Embedding[]> {
  const size = 3 * CROP_HEIGHT * CROP_WIDTH;
  const data = new Uint8Array(crops.length * size);
  for (const [i, crop] of crops.entries()) data.set(crop, i * size);
  const { embedding } = await embedder.run({
    data,
    shape: [crops.length, 3, CROP_HEIGHT, CROP_WIDTH],
  });
  if (embedding?.length !== crops.length * DIMENSION) throw new Error('not an embedding model');
  return crops.map((_, i) => embedding.slice(i * DIMENSION, (i + 1) * DIMENSION));
}
