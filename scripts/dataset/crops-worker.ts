/** One core's share of the tool `crops`: pictures in, crops out. */
import { Refusal } from '../../worker/errors.ts';
import { align } from '../../worker/face/alignment/align.ts';
import { locate } from '../../worker/face/detection/locate.ts';
import type { FacePolicy } from '../../worker/face/detection/policy.ts';
import { isInProfile } from '../../worker/face/detection/profile.ts';
import { openPicture } from '../../worker/image/open.ts';
import { serve } from '../batch/pool.ts';
import type { Shard } from '../batch/shards.ts';
import { compileCodecs } from '../engine/modules.ts';
import { loadFastestFaceModels } from '../engine/native.ts';
import { interleaved } from './pack.ts';
import { type Place, readPlace } from './pictures.ts';

export interface CropJob {
  /** Path below the folder or in the archive. */
  readonly file: string;
  readonly place: Place;
  /** Person that the picture shows, where its path says. */
  readonly person: string | null;
}

export interface CropTask {
  readonly faces: FacePolicy;
  readonly jobs: readonly CropJob[];
}

/** Notes beside the crops themselves, which are 140 x 116 x 3 each. */
export interface CropNotes {
  readonly faces: readonly object[];
  readonly refused: readonly { readonly file: string; readonly code: string }[];
}

const codecs = compileCodecs();
const faceModels = await loadFastestFaceModels();

serve<CropTask, Shard>(async ({ faces: policy, jobs }) => {
  const crops: Uint8Array[] = [];
  const faces: object[] = [];
  const refused: { file: string; code: string }[] = [];
  for (const { file, place, person } of jobs) {
    try {
      const picture = openPicture(readPlace(place), codecs);
      const { face, pyramid } = await locate(faceModels, picture, policy);
      if (isInProfile(face)) {
        refused.push({ file, code: 'low_quality' });
        continue;
      }
      crops.push(interleaved(align(pyramid, face.landmarks)));
      faces.push({ file, person, ...face });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.push({ file, code: error.failure.code });
    }
  }
  return { bytes: Buffer.concat(crops), notes: { faces, refused } satisfies CropNotes };
});
