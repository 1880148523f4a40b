/** The deployed detector and landmarks, as tests of the pipeline's parts need it. */
import type { FaceModels } from '../../worker/face/detection/confirm.ts';
import { MODELS } from '../../worker/runtime/models.ts';
import { openNetwork } from '../../worker/runtime/onnx.ts';
import onnxruntime from '../../worker/runtime/onnxruntime.wasm';
import { sampler } from './sampler.ts';

let ready: Promise<FaceModels> | undefined;

export function finder(): Promise<FaceModels> {
  ready ??= load();
  return ready;
}

async function load(): Promise<FaceModels> {
  const { detectorSha256, landmarkerSha256 } = MODELS['mobilefacenet-int8'].calibration;
  return {
    detector: await openNetwork(detectorSha256, onnxruntime),
    landmarker: await openNetwork(landmarkerSha256, onnxruntime),
    sampler,
  };
}
