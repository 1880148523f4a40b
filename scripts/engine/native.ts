/**
 * Networks on native onnxruntime: for labelling and cropping in bulk, some three times faster.
 *
 * `onnxruntime-node` is no dependency of ours (its binaries weigh 200 MB and are fetched at
 * install time): install it anywhere and name it in NATIVE_ORT. Evaluation and calibration never
 * use this: they must run what is deployed.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { FaceModels } from '../../worker/face/detection/confirm.ts';
import type { Network } from '../../worker/face/network.ts';
import { loadSampler } from './modules.ts';
import { DETECTOR, LANDMARKER, loadFaceModels } from './networks.ts';

/** @returns undefined where NATIVE_ORT is not set */
export async function nativeNetwork(file: string): Promise<Network | undefined> {
  const module = process.env.NATIVE_ORT;
  if (module === undefined) return undefined;
  const ort = createRequire(import.meta.url)(module);
  const session = await ort.InferenceSession.create(file, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  const [name] = session.inputNames;
  return {
    async run({ data: given, shape }) {
      const data = given.slice(); // it reads on a thread of its own, after the promise is there
      const type = data instanceof Uint8Array ? 'uint8' : 'float32';
      const outputs = await session.run({ [name]: new ort.Tensor(type, data, shape) });
      return Object.fromEntries(
        Object.entries(outputs as Record<string, { data: Float32Array }>).map(([key, value]) => [
          key,
          value.data,
        ]),
      );
    },
  };
}

/** The detector and the landmarks' network, native where NATIVE_ORT is set, else as deployed. */
export async function loadFastestFaceModels(): Promise<FaceModels> {
  const detector = await nativeNetwork(fileURLToPath(DETECTOR));
  const landmarker = await nativeNetwork(fileURLToPath(LANDMARKER));
  if (detector === undefined || landmarker === undefined) return loadFaceModels();
  return { detector, landmarker, sampler: loadSampler() };
}
