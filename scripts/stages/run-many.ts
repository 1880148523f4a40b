import { CROP_HEIGHT, CROP_WIDTH } from '../../worker/face/alignment/align.ts';
import type { Network } from '../../worker/face/network.ts';

const SHAPE = [1, 3, CROP_HEIGHT, CROP_WIDTH] as const;
const CROP = new Uint8Array(3 * CROP_HEIGHT * CROP_WIDTH).map((_, i) => (i * 7919) % 256);

/** Runs an embedding network on one crop, again and again. */
export async function runMany(network: Network, runs: number): Promise<void> {
  for (let i = 0; i < runs; i++) await network.run({ data: CROP, shape: SHAPE });
}
