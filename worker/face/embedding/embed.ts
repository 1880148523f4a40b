/** Embeddings of crops. */
import { CROP_HEIGHT, CROP_WIDTH, type Crop } from '../alignment/align.ts';
import type { Embedder } from '../network.ts';

/** Length of an embedding (FaceNet, arXiv:1503.03832, 5.4: 128 serve as well as more). */
export const DIMENSION = 128;

/** A unit vector of 128 floats. */
export type Embedding = Float32Array;

/**
 * Output of a network that is trained to embed a face from one crop. Its name is a part of the file,
 * so that the model's id covers it.
 */
const FACE_OUTPUT = 'face_embedding';

/** Output of a network whose embedding of a face is the mean of two: crop and mirror image. */
const CROP_OUTPUT = 'embedding';

/**
 * Embeds faces: each from its crop, or, by networks that say so, as the mean of its crop's embedding
 * and that of the crop's mirror image. A person looks alike in both, the network's errors do not, so
 * the mean is the better vector: `npm run tool -- evaluate --plain` measures by how much.
 */
export async function embed(embedder: Embedder, crops: readonly Crop[]): Promise<Embedding[]> {
  const plain = await embedPlain(embedder, crops);
  return takesMirrors(embedder) ? addMirrors(embedder, crops, plain) : plain;
}

/** True of a network whose embedding of a face is the mean of two. */
export function takesMirrors({ outputs }: Embedder): boolean {
  return !outputs.includes(FACE_OUTPUT);
}

/** Embeddings of faces, from those of their crops: each the mean with that of the mirror image. */
export async function addMirrors(
  embedder: Embedder,
  crops: readonly Crop[],
  plain: readonly Embedding[],
): Promise<Embedding[]> {
  const mirrors = await embedPlain(embedder, crops.map(mirrored));
  return plain.map((embedding, i) => unitMean(embedding, mirrors[i] as Embedding));
}

/**
 * Embedding of each crop as it is, without its mirror image. One crop a run: what the runtime takes for a run it
 * keeps for good, some 4 MB a crop of mobilefacenet, of an isolate's 128, and several at once are no faster on one thread.
 */
export async function embedPlain(embedder: Embedder, crops: readonly Crop[]): Promise<Embedding[]> {
  const embeddings: Embedding[] = [];
  for (const crop of crops) embeddings.push(await embedCrop(embedder, crop));
  return embeddings;
}

async function embedCrop(embedder: Embedder, crop: Crop): Promise<Embedding> {
  const outputs = await embedder.run({
    data: crop,
    shape: [1, 3, CROP_HEIGHT, CROP_WIDTH],
  });
  const embedding = outputs[FACE_OUTPUT] ?? outputs[CROP_OUTPUT];
  if (embedding?.length !== DIMENSION) throw new Error('not an embedding model');
  return embedding.slice();
}

/** The crop as a mirror shows it. */
function mirrored(crop: Crop): Crop {
  const out = crop.slice();
  for (let row = 0; row < out.length; row += CROP_WIDTH) {
    out.subarray(row, row + CROP_WIDTH).reverse();
  }
  return out;
}

/** The mean of two unit vectors, made a unit vector again. */
function unitMean(a: Embedding, b: Embedding): Embedding {
  const sum = a.map((value, i) => value + (b[i] as number));
  const length = Math.hypot(...sum);
  return sum.map((value) => value / length);
}

/**
 * Runs the network on one colour.
 *
 * @throws Error where it does not run, or what it gives is no unit vector
 */
export async function checkEmbedder(embedder: Embedder): Promise<void> {
  const [embedding] = await embed(embedder, [
    new Uint8Array(3 * CROP_HEIGHT * CROP_WIDTH).fill(128),
  ]);
  const length = Math.hypot(...(embedding ?? []));
  if (!(Math.abs(length - 1) < 1e-3)) throw new Error(`an embedding of length ${length}`);
}
