/**
 * MediaPipe's Face Mesh (arXiv:1907.06724), to ONNX.
 *
 * The network (Apache-2.0) is taken from the npm package `@mediapipe/face_mesh`, where it is packed
 * with others into one file. Of its 468 points only those are kept that `worker/face/alignment/facemesh.ts` reads: they are
 * channels of the last convolution, so the others cost nothing to leave out.
 *
 * In: `input` [N,3,192,192] RGB in [0,1]. Out: `points` [N,3K,1,1] (x, y, depth of each point, in
 * pixels of the input), `face` [N,1,1,1], the logit of there being a face.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { VERTICES } from '../../worker/face/alignment/facemesh.ts';
import { toOnnx } from './mediapipe.ts';
import { readTflite } from './tflite.ts';

const ASSETS = '@mediapipe/face_mesh/face_mesh_solution_packed_assets';
const FILE = 'face_landmark.tflite';
const POINTS = 'conv2d_21';
const FACE = 'conv2d_31';

/** One file of Emscripten's packed assets: its loader names where each starts and ends. */
function unpack(assets: string, file: string): Buffer {
  const resolve = createRequire(import.meta.url).resolve;
  const loader = readFileSync(resolve(`${assets}_loader.js`), 'utf8');
  const found = new RegExp(`/${file}", "start": (\\d+), "end": (\\d+)`).exec(loader);
  if (found === null) throw new Error(`${assets} holds no ${file}`);
  return readFileSync(resolve(`${assets}.data`)).subarray(Number(found[1]), Number(found[2]));
}

export function facemeshModel(): Uint8Array {
  const bytes = unpack(ASSETS, FILE);
  const graph = readTflite(bytes);
  const channels = VERTICES.flatMap((vertex) => [3 * vertex, 3 * vertex + 1, 3 * vertex + 2]);
  return toOnnx(graph, { [POINTS]: 'points', [FACE]: 'face' }, { [POINTS]: channels }).finish(
    'face-mesh',
    [{ name: 'input', shape: ['N', 3, 192, 192] }],
    [
      { name: 'points', shape: ['N', channels.length, 1, 1] },
      { name: 'face', shape: ['N', 1, 1, 1] },
    ],
    {
      source: `npm ${ASSETS}.data, ${FILE}`,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      license: 'Apache-2.0',
    },
  );
}
