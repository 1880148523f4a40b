/**
 * MediaPipe's BlazeFace short range detector (arXiv:1907.05047), to ONNX.
 *
 * The network (Apache-2.0) is taken from the npm package `@mediapipe/face_detection`.
 *
 * In: `input` [N,3,128,128] RGB in [-1,1]. Out: `boxes` [N,896,16] (centre x, centre y, width,
 * height, then six points) in pixels relative to the anchors, `scores` [N,896,1] logits.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { toOnnx } from './mediapipe.ts';
import { readTflite } from './tflite.ts';

const SOURCE = '@mediapipe/face_detection/face_detection_short_range.tflite';

export function blazefaceModel(): Uint8Array {
  const bytes = readFileSync(createRequire(import.meta.url).resolve(SOURCE));
  return toOnnx(readTflite(bytes), { regressors: 'boxes', classificators: 'scores' }).finish(
    'blazeface-short-range',
    [{ name: 'input', shape: ['N', 3, 128, 128] }],
    [
      { name: 'boxes', shape: ['N', 896, 16] },
      { name: 'scores', shape: ['N', 896, 1] },
    ],
    {
      source: `npm ${SOURCE}`,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      license: 'Apache-2.0',
    },
  );
}
