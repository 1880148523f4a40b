/** One core's share of `npm run crops`: pictures in, crops out. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Refusal } from '../../worker/errors.ts';
import { align, CROP_HEIGHT, CROP_WIDTH } from '../../worker/face/align.ts';
import { locate } from '../../worker/face/locate.ts';
import type { FacePolicy } from '../../worker/face/policy.ts';
import { openPicture } from '../../worker/image/open.ts';
import { nativeNetwork } from '../runtime/native.ts';
import { DETECTOR, LANDMARKER, loadFinder } from '../runtime/networks.ts';
import { serve } from '../runtime/pool.ts';
import type { Shard } from '../runtime/shards.ts';
import { compileCodecs } from '../runtime/wasm.ts';

export interface CropTask {
  readonly from: string;
  readonly faces: string;
  readonly jobs: readonly { readonly file: string; readonly person: string | null }[];
}

/** Beside the crops themselves, each 140 x 116 x 3. */
export interface CropNotes {
  readonly faces: readonly object[];
  readonly refused: readonly { readonly file: string; readonly code: string }[];
}

const codecs = compileCodecs();
const detector = await nativeNetwork(fileURLToPath(DETECTOR));
const landmarker = await nativeNetwork(fileURLToPath(LANDMARKER));
const finder = detector && landmarker ? { detector, landmarker } : await loadFinder();

serve<CropTask, Shard>(async ({ from, faces: policy, jobs }) => {
  const crops: Uint8Array[] = [];
  const faces: object[] = [];
  const refused: { file: string; code: string }[] = [];
  for (const { file, person } of jobs) {
    try {
      const picture = openPicture(readFileSync(join(from, file)), codecs);
      const { face, close, pyramid } = await locate(finder, picture, policy as FacePolicy);
      crops.push(interleaved(align(pyramid, close.landmarks)));
      faces.push({ file, person, ...face });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.push({ file, code: error.failure.code });
    }
  }
  return { bytes: Buffer.concat(crops), notes: { faces, refused } satisfies CropNotes };
});

/** Planes to pixels, the order in which packs keep crops. */
function interleaved(crop: Uint8Array): Uint8Array {
  const plane = CROP_HEIGHT * CROP_WIDTH;
  const out = new Uint8Array(crop.length);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) out[3 * i + c] = crop[c * plane + i] as number;
  }
  return out;
}
