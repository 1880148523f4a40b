/** One core's share of the tool `yaw-labels`. */
import { join } from 'node:path';
import { Refusal } from '../../worker/errors.ts';
import type { Network } from '../../worker/face/network.ts';
import { openPicture } from '../../worker/image/open.ts';
import { Pyramid } from '../../worker/image/pyramid.ts';
import { serve } from '../batch/pool.ts';
import type { Shard } from '../batch/shards.ts';
import { compileCodecs, loadSampler } from '../engine/modules.ts';
import { loadNetwork } from '../engine/networks.ts';
import { estimateYaw, type FacePlace, type YawEstimate } from './fsanet.ts';
import { type Place, readPlace } from './pictures.ts';

export interface YawTask {
  readonly pictures: readonly (readonly [file: string, place: Place])[];
  /** Folder with the two networks. */
  readonly weights: string;
  readonly face: FacePlace;
}

export interface YawLabel extends YawEstimate {
  readonly file: string;
}

const FILES = ['fsanet-1x1-iter-688590.onnx', 'fsanet-var-iter-688590.onnx'];

const codecs = compileCodecs();
const sampler = loadSampler();
let networks: Promise<Network[]> | undefined;

serve<YawTask, Shard>(async ({ pictures, weights, face }) => {
  networks ??= Promise.all(FILES.map((file) => loadNetwork(join(weights, file))));
  const loaded = await networks;
  const notes: YawLabel[] = [];
  for (const [file, place] of pictures) {
    try {
      const picture = openPicture(readPlace(place), codecs);
      const pyramid = new Pyramid(picture.pixels(1), 1, undefined, sampler);
      notes.push({ file, ...(await estimateYaw(loaded, pyramid, face)) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
  return { bytes: new Uint8Array(), notes };
});
