/**
 * `@vladmandic/face-api`, a peer of the whole pipeline: from two pictures to a distance.
 *
 * The package is ours already; TensorFlow.js, which it runs on in Node, is no dependency of ours:
 * install `@tensorflow/tfjs` and `@tensorflow/tfjs-backend-wasm`, 4.22.0 both, anywhere and name
 * the `node_modules` in NODE_PATH.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Pixels } from '../../worker/image/pixels.ts';

/** Its detectors, each with the landmarks that go with it. */
export const VARIANTS = {
  tiny: 'tiny detector at 320 px, tiny landmarks',
  default: 'its defaults: SSD, 68 landmarks',
} as const;

/** @returns the descriptor of the picture's best face */
export type FaceApi = (variant: keyof typeof VARIANTS, picture: Pixels) => Promise<Float32Array>;

/** The package's networks, on one thread of WebAssembly. */
export async function openFaceApi(): Promise<FaceApi> {
  const require = createRequire(import.meta.url);
  const api = require('@vladmandic/face-api/dist/face-api.node-wasm.js');
  require('@tensorflow/tfjs-backend-wasm').setThreadsCount(1);
  const { tf, nets } = api;
  await tf.setBackend('wasm');
  await tf.ready();
  const models = join(dirname(require.resolve('@vladmandic/face-api/package.json')), 'model');
  for (const net of [
    nets.tinyFaceDetector,
    nets.ssdMobilenetv1,
    nets.faceLandmark68TinyNet,
    nets.faceLandmark68Net,
    nets.faceRecognitionNet,
  ]) {
    await net.loadFromDisk(models);
  }
  return async (variant, { width, height, rgb }) => {
    const tiny = variant === 'tiny';
    const options = tiny
      ? new api.TinyFaceDetectorOptions({ inputSize: 320 })
      : new api.SsdMobilenetv1Options();
    const input = tf.tensor3d(rgb, [height, width, 3], 'int32');
    const face = await api
      .detectSingleFace(input, options)
      .withFaceLandmarks(tiny)
      .withFaceDescriptor();
    input.dispose();
    if (face === undefined) throw new Error('face-api sees no face');
    return face.descriptor;
  };
}
