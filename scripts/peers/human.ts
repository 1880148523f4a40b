/**
 * `@vladmandic/human`, a peer of the whole pipeline: detector, mesh and description alone.
 *
 * It is no dependency of ours: install it with `@tensorflow/tfjs` and
 * `@tensorflow/tfjs-backend-wasm`, 4.22.0 both, anywhere and name the `node_modules` in NODE_PATH.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Pixels } from '../../worker/image/pixels.ts';

const OFF = { enabled: false };

/** @returns the function from a picture to the descriptor of its one face */
export async function openHuman(): Promise<(picture: Pixels) => Promise<Float32Array>> {
  const require = createRequire(import.meta.url);
  const { fetch } = globalThis;
  globalThis.fetch = async (url, init) =>
    String(url).startsWith('file:')
      ? new Response(readFileSync(new URL(`${url}`)))
      : fetch(url, init);
  require('@tensorflow/tfjs-backend-wasm').setThreadsCount(1);
  const tfjs = dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  const folder = dirname(require.resolve('@vladmandic/human')); // dist/
  const { Human } = require(join(folder, 'human.node-wasm.js'));
  const human = new Human({
    backend: 'wasm',
    wasmPath: join(tfjs, 'dist/'),
    modelBasePath: `file://${join(folder, '../models/')}`,
    cacheSensitivity: 0, // every picture is a new one
    filter: OFF,
    face: {
      enabled: true,
      detector: { rotation: false, maxDetected: 1 },
      mesh: { enabled: true },
      description: { enabled: true },
      ...{ iris: OFF, emotion: OFF, antispoof: OFF, liveness: OFF },
    },
    ...{ body: OFF, hand: OFF, object: OFF, gesture: OFF, segmentation: OFF },
  });
  await human.load();
  return async ({ width, height, rgb }) => {
    const input = human.tf.tensor3d(rgb, [height, width, 3], 'int32');
    const { face, error } = await human.detect(input);
    input.dispose();
    const embedding: number[] | undefined = face?.[0]?.embedding;
    if (embedding === undefined) throw new Error(`human sees no face: ${error ?? ''}`);
    return Float32Array.from(embedding);
  };
}
