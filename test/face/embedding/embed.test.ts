import { describe, expect, it } from 'vitest';
import { CROP_HEIGHT, CROP_WIDTH } from '../../../worker/face/alignment/align.ts';
import { DIMENSION, embed, embedPlain } from '../../../worker/face/embedding/embed.ts';
import type { Embedder } from '../../../worker/face/network.ts';

const SIZE = 3 * CROP_HEIGHT * CROP_WIDTH;

/** A network that points at the column of the first bright pixel: all it sees is left and right. */
const pointer: Embedder = {
  outputs: ['embedding'],
  async run({ data, shape }) {
    expect(shape.slice(1)).toEqual([3, CROP_HEIGHT, CROP_WIDTH]);
    const count = shape[0] as number;
    const embedding = new Float32Array(count * DIMENSION);
    for (let i = 0; i < count; i++) {
      const column = data.subarray(i * SIZE, (i + 1) * SIZE).indexOf(255) % CROP_WIDTH;
      embedding[i * DIMENSION + column] = 1;
    }
    return { embedding };
  },
};

const cropWith = (column: number) => {
  const crop = new Uint8Array(SIZE);
  crop[column] = 255;
  return crop;
};
const ones = (vector: Float32Array) => [...vector.keys()].filter((i) => (vector[i] as number) > 0);

describe('embed', () => {
  it('is the unit mean of crop and mirror image', async () => {
    const [first, second] = await embed(pointer, [cropWith(3), cropWith(50)]);
    expect(ones(first as Float32Array)).toEqual([3, CROP_WIDTH - 4]);
    expect(ones(second as Float32Array)).toEqual([50, CROP_WIDTH - 51]);
    expect(Math.hypot(...(first as Float32Array))).toBeCloseTo(1, 6);
  });

  it('is that of the crop alone where the network is taught so', async () => {
    const taught: Embedder = {
      outputs: ['face_embedding'],
      run: async (input) => ({
        face_embedding: (await pointer.run(input)).embedding as Float32Array,
      }),
    };
    const [first, second] = await embed(taught, [cropWith(3), cropWith(50)]);
    expect(ones(first as Float32Array)).toEqual([3]);
    expect(ones(second as Float32Array)).toEqual([50]);
  });

  it('takes one crop a run, and gives them back in their order', async () => {
    const counts: number[] = [];
    const counted: Embedder = {
      outputs: pointer.outputs,
      run(input) {
        counts.push(input.shape[0] as number);
        return pointer.run(input);
      },
    };
    const columns = [7, 3, 90, 41, 12];
    const embeddings = await embedPlain(counted, columns.map(cropWith));
    expect(counts).toEqual([1, 1, 1, 1, 1]);
    expect(embeddings.map(ones)).toEqual(columns.map((column) => [column]));
  });

  it('leaves the crop as it was', async () => {
    const crop = cropWith(3);
    await embed(pointer, [crop]);
    expect(crop).toEqual(cropWith(3));
  });

  it('refuses a network that is none of ours', async () => {
    const other: Embedder = {
      outputs: ['embedding'],
      run: async () => ({ embedding: new Float32Array(5) }),
    };
    await expect(embedPlain(other, [cropWith(3)])).rejects.toThrow('not an embedding model');
  });
});
